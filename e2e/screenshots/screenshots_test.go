package e2e

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
)

const (
	pictures    = "../docs/images"
	pictureSize = 150 << 10 // at most: they are loaded with the README
)

// pictured are the docs' pictures of the status page.
func pictured() map[string]screen {
	return map[string]screen{
		"status.png":       {name: "the picture", width: 1120, height: 900},
		"status-dark.png":  {name: "the dark picture", width: 1120, height: 900, dark: true},
		"status-phone.png": {name: "the picture of a phone", width: 390, height: 844, phone: true},
	}
}

// They are taken every time, and put into $SCREENSHOTS, which `make screenshots`
// sets, or else nowhere.
func TestPicturesOfTheStatusPageAreTaken(t *testing.T) {
	t.Parallel()
	into := cmp.Or(os.Getenv("SCREENSHOTS"), t.TempDir())
	exporter := newAccount(t).pose(t)
	browser := openChromium(t)
	for name, screen := range pictured() {
		b := browser.open(t, screen)
		b.visit(exporter.url + "/status")
		picture := call(b, page.CaptureScreenshot, page.CaptureScreenshotParams{}).Data
		if err := os.WriteFile(filepath.Join(into, name), picture, 0o600); err != nil {
			t.Fatal(err)
		}
		checkPicture(t, filepath.Join(into, name), screen)
	}
}

// pose returns an exporter as one has it on the first day: all is well but one
// app, whose account has not given the token its permission.
func (a *account) pose(t *testing.T) *process {
	t.Helper()
	const other = "9b1fd0c7a5e84f2e8c66d21f50ab7e34"
	a.api.AddToken(token, other)
	config := fmt.Sprintf("api: {base_url: %q}\naccounts:\n- account_id: %s\n  api_token_file: token\n  apps:\n", a.url+"/client/v4", accountID)
	for _, name := range []string{"main-stage", "concerts", "late-night", "town-hall"} {
		a.api.AddApp(accountID, "demo-"+name) // whose weeks differ
		config += fmt.Sprintf("  - {app_id: demo-%s, name: %[1]s}\n", name)
	}
	write(t, a.config, config+"- account_id: "+other+"\n  api_token_file: token\n  apps: [{app_id: webinars}]\n")
	a.api.Override("webinars", reasons()["auth"])
	p := a.startExporter(t, unhurried)
	p.settle(t, 4, 1)
	return p
}

// checkPicture has a file be a picture of that screen, and small.
func checkPicture(t *testing.T, path string, of screen) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v: take it with make screenshots", err)
	}
	config, err := png.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	if int64(config.Width) != of.width || int64(config.Height) != of.height {
		t.Errorf("%s has %d × %d pixels, want %d × %d", path, config.Width, config.Height, of.width, of.height)
	}
	if len(data) > pictureSize {
		t.Errorf("%s has %d bytes, want %d at most", path, len(data), pictureSize)
	}
}

func TestTheDocsShowEveryPictureOfTheStatusPage(t *testing.T) {
	t.Parallel()
	var docs strings.Builder
	paths, err := filepath.Glob("../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range append(paths, "../README.md") {
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
