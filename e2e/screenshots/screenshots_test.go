package screenshots

import (
	"bytes"
	"cmp"
	"fmt"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/page"

	"github.com/realtimekit-exporter/realtimekit_exporter/api/apitest"
	"github.com/realtimekit-exporter/realtimekit_exporter/e2e/harness"
	"github.com/realtimekit-exporter/realtimekit_exporter/e2e/harness/chromium"
)

const (
	pictures    = "../../docs/images"
	pictureSize = 150 << 10 // at most: they are loaded with the README
)

// pictured are the docs' pictures of the status page.
func pictured() map[string]chromium.Screen {
	return map[string]chromium.Screen{
		"status.png":       {Name: "the picture", Width: 1120, Height: 900},
		"status-dark.png":  {Name: "the dark picture", Width: 1120, Height: 900, Dark: true},
		"status-phone.png": {Name: "the picture of a phone", Width: 390, Height: 844, Phone: true},
	}
}

// They are taken every time, and put into $SCREENSHOTS, which `make screenshots`
// sets, or else nowhere.
func TestScreenshots_StatusPage(t *testing.T) {
	t.Parallel()
	into := cmp.Or(os.Getenv("SCREENSHOTS"), t.TempDir())
	exporter := startForPictures(t, harness.NewAccount(t))
	browser := chromium.Start(t)
	for name, screen := range pictured() {
		b := browser.Open(t, screen)
		b.Visit(exporter.URL + "/status")
		picture := chromium.Call(b, page.CaptureScreenshot, page.CaptureScreenshotParams{}).Data
		if err := os.WriteFile(filepath.Join(into, name), picture, 0o600); err != nil {
			t.Fatal(err)
		}
		checkPicture(t, filepath.Join(into, name), screen)
	}
}

// startForPictures returns an exporter whose apps are healthy, except one for whose account
// the token lacks the permission.
func startForPictures(t *testing.T, a *harness.Account) *harness.Process {
	t.Helper()
	const other = "9b1fd0c7a5e84f2e8c66d21f50ab7e34"
	a.API.AddToken(harness.Token, other)
	config := fmt.Sprintf("api: {base_url: %q}\naccounts:\n- account_id: %s\n  api_token_file: token\n  apps:\n", a.URL+"/client/v4", harness.AccountID)
	for _, name := range []string{"main-stage", "concerts", "late-night", "town-hall"} {
		a.API.AddApp(harness.AccountID, "demo-"+name) // whose weeks differ
		config += fmt.Sprintf("  - {app_id: demo-%s, name: %[1]s}\n", name)
	}
	harness.WriteFile(t, a.Config, config+"- account_id: "+other+"\n  api_token_file: token\n  apps: [{app_id: webinars}]\n")
	a.API.Override("webinars", apitest.Status(403, nil, harness.ErrorBody(10000, "Authentication error")))
	p := a.StartExporter(t, harness.LongOffset)
	p.AwaitReports(t, 4, 1)
	return p
}

// checkPicture has a file be a picture of that screen, and small.
func checkPicture(t *testing.T, path string, of chromium.Screen) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v: take it with make screenshots", err)
	}
	config, err := png.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	if int64(config.Width) != of.Width || int64(config.Height) != of.Height {
		t.Errorf("%s has %d × %d pixels, want %d × %d", path, config.Width, config.Height, of.Width, of.Height)
	}
	if len(data) > pictureSize {
		t.Errorf("%s has %d bytes, want %d at most", path, len(data), pictureSize)
	}
}

func TestScreenshots_AreInTheDocs(t *testing.T) {
	t.Parallel()
	var docs strings.Builder
	paths, err := filepath.Glob("../../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range append(paths, "../../README.md") {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		docs.Write(text)
	}
	for name, screen := range pictured() {
		checkPicture(t, filepath.Join(pictures, name), screen)
		if !strings.Contains(docs.String(), "images/"+name) {
			t.Errorf("neither the README nor a page of docs shows %s", name)
		}
	}
}
