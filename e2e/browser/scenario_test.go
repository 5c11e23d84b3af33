package e2e

import (
	"fmt"
	"net/http"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/realtimekit-exporter/realtimekit_exporter/api/apitest"
)

// An actor is an app on a status page.
type actor struct {
	name, filters string
	idle          bool         // without a livestream
	fault         http.Handler // if its requests fail
}

// cast makes apps that are well, one for each name.
func cast(names ...string) (apps []actor) {
	for _, name := range names {
		apps = append(apps, actor{name: name})
	}
	return apps
}

const appsPerAccount = 80

// play configures these apps with some settings, and starts an exporter that
// nobody has scraped.
func (a *account) play(t *testing.T, settings string, apps ...actor) *process {
	t.Helper()
	a.script(t, settings, apps...)
	for i, app := range apps {
		of, id := a.role(i)
		a.api.AddToken(token, of)
		if app.idle {
			a.api.AddEmptyApp(of, id)
		} else {
			a.api.AddApp(of, id)
			a.api.SetDay(id, apitest.Day{Date: a.date(0), Sessions: 3, IngestSeconds: 5_400, ViewerSeconds: 1_234_567})
			a.api.SetDay(id, apitest.Day{Date: a.date(-4)}) // and none on one day
		}
		a.api.Override(id, app.fault)
	}
	return a.startExporter(t, unhurried, "--web.enable-lifecycle")
}

// script writes the configuration.
func (a *account) script(t *testing.T, settings string, apps ...actor) {
	t.Helper()
	var b strings.Builder
	fmt.Fprintf(&b, "window_days: %d\n%s\napi: {base_url: %q, rate_limit: {requests: 3600, per: 5m}}\naccounts:\n", windowDays, settings, a.url+"/client/v4")
	for i, app := range apps {
		of, id := a.role(i)
		if i%appsPerAccount == 0 {
			fmt.Fprintf(&b, "- account_id: %s\n  api_token_file: token\n  apps:\n", of)
		}
		fmt.Fprintf(&b, "  - {app_id: %s, name: %s, filters: %s}\n", id, strconv.Quote(app.name), strconv.Quote(app.filters))
	}
	write(t, filepath.Join(filepath.Dir(a.config), "token"), token+"\n")
	write(t, a.config, b.String())
}

// role is the account and the identifier of an app.
func (a *account) role(i int) (of, id string) {
	return fmt.Sprintf("account-%02d", i/appsPerAccount), fmt.Sprintf("app-%04d", i)
}

// settle scrapes until so many apps have answered well, and so many have not.
func (p *process) settle(t *testing.T, well, failing int) {
	t.Helper()
	eventually(t, func() error {
		s, err := p.scrape(t.Context(), patience)
		if err != nil {
			return err
		}
		up, down := int(s.total("realtimekit_report_up")), 0
		for app := range s.apps {
			if len(s.failures(app)) > 0 {
				down++
			}
		}
		if up != well || down != failing {
			return fmt.Errorf("%d apps are well and %d fail, want %d and %d", up, down, well, failing)
		}
		return nil
	})
}

// awaitOnStatus returns once the status page says so.
func (p *process) awaitOnStatus(t *testing.T, words string) {
	t.Helper()
	eventually(t, func() error {
		_, page, err := get(t.Context(), p.url+"/status", "")
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
	words := errorBody(1001, `<script>alert(1)</script> "quoted" `+"\u202e turned "+strings.Repeat("W", 300))
	return map[string]http.Handler{
		"auth": apitest.Status(403, nil, errorBody(10000, "Authentication error")), "not_found": apitest.Status(404, nil, words),
		"client": apitest.Status(409, nil, words), "server": apitest.Status(502, nil, words), "network": apitest.Reset(),
		"redirect": apitest.Redirect(302, "https://example.com/"), "api_error": apitest.Body(words), "malformed": apitest.Body("<html>"),
	}
}
