package browser

import (
	"fmt"
	"net/http"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/realtimekit-exporter/realtimekit_exporter/api/apitest"
	"github.com/realtimekit-exporter/realtimekit_exporter/e2e/harness"
)

// A testApp is an app on a status page.
type testApp struct {
	name, filters string
	idle          bool         // without a livestream
	fault         http.Handler // if its requests fail
}

// appsNamed makes apps that are well, one for each name.
func appsNamed(names ...string) (apps []testApp) {
	for _, name := range names {
		apps = append(apps, testApp{name: name})
	}
	return apps
}

const appsPerAccount = 80

// startApps configures these apps with some settings, and starts an exporter that
// no scrape has reached.
func startApps(t *testing.T, a *harness.Account, settings string, apps ...testApp) *harness.Process {
	t.Helper()
	writeConfig(t, a, settings, apps...)
	for i, app := range apps {
		of, id := identifiers(i)
		a.API.AddToken(harness.Token, of)
		if app.idle {
			a.API.AddEmptyApp(of, id)
		} else {
			a.API.AddApp(of, id)
			a.API.SetDay(id, apitest.Day{Date: a.Date(0), Sessions: 3, IngestSeconds: 5_400, ViewerSeconds: 1_234_567})
			a.API.SetDay(id, apitest.Day{Date: a.Date(-4)}) // and none on one day
		}
		a.API.Override(id, app.fault)
	}
	return a.StartExporter(t, harness.LongOffset, "--web.enable-lifecycle")
}

// writeConfig writes the configuration.
func writeConfig(t *testing.T, a *harness.Account, settings string, apps ...testApp) {
	t.Helper()
	var b strings.Builder
	fmt.Fprintf(&b, "window_days: %d\n%s\napi: {base_url: %q, rate_limit: {requests: 3600, per: 5m}}\naccounts:\n", harness.WindowDays, settings, a.URL+"/client/v4")
	for i, app := range apps {
		of, id := identifiers(i)
		if i%appsPerAccount == 0 {
			fmt.Fprintf(&b, "- account_id: %s\n  api_token_file: token\n  apps:\n", of)
		}
		fmt.Fprintf(&b, "  - {app_id: %s, name: %s, filters: %s}\n", id, strconv.Quote(app.name), strconv.Quote(app.filters))
	}
	harness.WriteFile(t, filepath.Join(filepath.Dir(a.Config), "token"), harness.Token+"\n")
	harness.WriteFile(t, a.Config, b.String())
}

// identifiers is the account and the identifier of an app.
func identifiers(i int) (of, id string) {
	return fmt.Sprintf("account-%02d", i/appsPerAccount), fmt.Sprintf("app-%04d", i)
}

// awaitOnStatus returns once the status page has this text.
func awaitOnStatus(t *testing.T, p *harness.Process, words string) {
	t.Helper()
	harness.Eventually(t, func() error {
		_, page, err := harness.Get(t.Context(), p.URL+"/status", "")
		if err == nil && !strings.Contains(string(page), words) {
			err = fmt.Errorf("the status page does not say %q", words)
		}
		return err
	})
}

func goodNames() []string {
	return []string{"main-stage", "concerts", "webinars", "town hall", "late night"}
}

// hostileNames are names that a configuration may hold.
func hostileNames() []string {
	return []string{
		`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `</bdi></h3></article><h1>&lt;`, `<!--`, `]]>`,
		`'single' "double" \back`, `{{.Name}} ${7*7} %s %00 &amp; &#x202e;`, `javascript:alert(1)`,
		"بث مباشر (1) → 2", "שידור חי <b>!", "🎥🎬 📡 e\u0301\u0323 ﷽",
		strings.Repeat("W", 200), strings.Repeat("<b>", 66), strings.Repeat("ﷺ", 200), strings.Repeat("wide words ", 18),
	}
}

// reasons are faults of which each has another reason.
func reasons() map[string]http.Handler {
	words := harness.ErrorBody(1001, `<script>alert(1)</script> "quoted" `+"\u202e turned "+strings.Repeat("W", 300))
	return map[string]http.Handler{
		"auth": apitest.Status(403, nil, harness.ErrorBody(10000, "Authentication error")), "not_found": apitest.Status(404, nil, words),
		"client": apitest.Status(409, nil, words), "server": apitest.Status(502, nil, words), "network": apitest.Reset(),
		"redirect": apitest.Redirect(302, "https://example.com/"), "api_error": apitest.Body(words), "malformed": apitest.Body("<html>"),
	}
}
