package browser

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/realtimekit-exporter/realtimekit_exporter/api/apitest"
	"github.com/realtimekit-exporter/realtimekit_exporter/e2e/harness"
	"github.com/realtimekit-exporter/realtimekit_exporter/e2e/harness/chromium"
)

// A state is a state of the exporter while its status page is viewed.
type state struct {
	pressEnter func(*testing.T, *harness.Account) *harness.Process
	pages      map[string][]string // and what each has to say
	names      []string            // the apps on the first page, to the letter
	every      bool                // kind of screen, not just the two that differ most
}

func states() map[string]state {
	thousand := make([]string, 1000)
	for i := range thousand {
		thousand[i] = fmt.Sprintf("livestream %d", i)
	}
	return map[string]state{
		"healthy": {
			pressEnter: func(t *testing.T, a *harness.Account) *harness.Process {
				t.Helper()
				p := startApps(t, a, "", append(appsNamed(goodNames()...), testApp{name: "idle", idle: true})...)
				p.AwaitReports(t, 6, 0)
				return p
			},
			names: append(goodNames(), "idle"),
			pages: map[string][]string{
				"/status": {"6 apps", "Up to date", "3,600"},
				"/status?app=" + url.QueryEscape("NIGHT"):   {"late night"},
				"/status?app=%3Cscript%3Ealert(1)%E2%80%AE": {"0 of 6 apps"},
			},
		},
		"cold": {
			pressEnter: func(t *testing.T, a *harness.Account) *harness.Process {
				t.Helper()
				return startApps(t, a, "", appsNamed(goodNames()...)...)
			},
			names: goodNames(),
			pages: map[string][]string{"/status": {"Not fetched yet"}},
		},
		"one app fails": {
			pressEnter: func(t *testing.T, a *harness.Account) *harness.Process {
				t.Helper()
				p := startApps(t, a, "", append(appsNamed(goodNames()...), testApp{name: "gone", fault: reasons()["auth"]})...)
				p.AwaitReports(t, 5, 1)
				return p
			},
			names: append(goodNames(), "gone"),
			pages: map[string][]string{"/status": {"1 of 6 apps", "Failing", "auth", "Authentication error"}},
		},
		"failing for many reasons": {
			pressEnter: func(t *testing.T, a *harness.Account) *harness.Process {
				t.Helper()
				apps := appsNamed(goodNames()...)
				for reason, fault := range reasons() {
					apps = append(apps, testApp{name: "fails by " + reason, fault: fault})
				}
				p := startApps(t, a, "", apps...)
				p.AwaitReports(t, 5, len(reasons()))
				return p
			},
			every: true,
			pages: map[string][]string{"/status": {
				"8 of 13 apps", `<script>alert(1)</script>`, "Authentication error",
				"auth", "not_found", "client", "server", "network", "redirect", "api_error", "malformed",
			}},
		},
		"paused by a 429": {
			pressEnter: func(t *testing.T, a *harness.Account) *harness.Process {
				t.Helper()
				p := startApps(t, a, "", testApp{name: "limited", fault: apitest.Status(429, http.Header{"Retry-After": {"3600"}}, harness.ErrorBody(971, "Please wait"))})
				p.AwaitReports(t, 0, 1)
				return p
			},
			names: []string{"limited"},
			pages: map[string][]string{"/status": {"rate_limited", "429"}},
		},
		"without a token": {
			pressEnter: func(t *testing.T, a *harness.Account) *harness.Process {
				t.Helper()
				p := startApps(t, a, "", appsNamed(goodNames()...)...)
				if err := os.Remove(filepath.Join(filepath.Dir(a.Config), "token")); err != nil {
					t.Fatal(err)
				}
				p.AwaitReports(t, 0, 5)
				return p
			},
			names: goodNames(),
			pages: map[string][]string{"/status": {"No usable token"}},
		},
		"waiting and too old": {
			pressEnter: func(t *testing.T, a *harness.Account) *harness.Process {
				t.Helper()
				p := startApps(t, a, "cache: {ttl: 1s, max_stale: 0s}", appsNamed(goodNames()...)...)
				p.AwaitReports(t, 5, 0)
				awaitOnStatus(t, p, "Too old")
				return p
			},
			names: goodNames(),
			pages: map[string][]string{"/status": {"Too old", "too old"}},
		},
		"1,000 apps": {
			pressEnter: func(t *testing.T, a *harness.Account) *harness.Process {
				t.Helper()
				apps := appsNamed(thousand...)
				apps[777].fault = reasons()["server"]
				p := startApps(t, a, "", apps...)
				p.AwaitReports(t, 999, 1)
				return p
			},
			pages: map[string][]string{
				"/status":               {"1 of 1,000 apps", "livestream 777", "Page 1 of 20", "13 accounts", "and 3 more"},
				"/status?app=STREAM+98": {"11 of 1,000 apps", "livestream 987"},
			},
		},
		"hostile names": {
			pressEnter: func(t *testing.T, a *harness.Account) *harness.Process {
				t.Helper()
				a.Config = filepath.Join(filepath.Dir(a.Config), "<b>\u202e.yml")
				apps := appsNamed(hostileNames()...)
				for i := range apps {
					apps[i].filters = "<b>" + strings.Repeat("x", 150*(i%2)) + "بث"
				}
				apps[0].fault, apps[11].fault, apps[13].fault = reasons()["client"], reasons()["client"], reasons()["client"]
				p := startApps(t, a, "", apps...)
				p.AwaitReports(t, len(apps)-3, 3)
				return p
			},
			names: hostileNames(),
			pages: map[string][]string{
				"/status": {"3 of 15 apps", `<b>\u202e.yml`},
				"/status?app=" + url.QueryEscape(`"><img src=x`): {"1 of 15 apps"},
			},
		},
		"after a reload that failed": {
			pressEnter: func(t *testing.T, a *harness.Account) *harness.Process {
				t.Helper()
				p := startApps(t, a, "", appsNamed(goodNames()...)...)
				p.AwaitReports(t, 5, 0)
				writeConfig(t, a, strings.Repeat("W", 300)+": 1", testApp{name: "<script>alert(1)</script>\u202e"})
				if reply := p.Send(t, "POST /-/reload HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"); reply.Status != http.StatusInternalServerError {
					t.Fatalf("the reload went well: %d, %s", reply.Status, reply.Body)
				}
				return p
			},
			names: goodNames(),
			pages: map[string][]string{"/status": {"The last reload failed", `"<script>alert(1)</script>\u202e"`}},
		},
	}
}

// Each is checked by the browser and by axe, with each kind of screen: in light and in
// night, on a desk and in the hand.
func TestStatusPage_EveryState(t *testing.T) {
	t.Parallel()
	browser := chromium.Start(t)
	for name, state := range states() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			exporter := state.pressEnter(t, harness.NewAccount(t))
			for i, screen := range chromium.Screens() {
				if i%3 != 0 && !state.every {
					continue
				}
				tab := browser.Open(t, screen)
				for path, texts := range state.pages {
					for _, wrong := range violations(tab, exporter.URL+path) {
						t.Errorf("%s on %s: %s", path, screen.Name, wrong)
					}
					text := chromium.Evaluate[string](tab, `document.body.innerText`)
					for _, words := range texts {
						if !strings.Contains(text, words) {
							t.Errorf("%s on %s does not say %q", path, screen.Name, words)
						}
					}
					if path == "/status" && state.names != nil {
						expectNames(tab, state.names)
					}
				}
			}
		})
	}
}

// expectNames has the page show these apps by their names, to the letter.
func expectNames(b *chromium.Tab, want []string) {
	b.T.Helper()
	got := chromium.Evaluate[[]string](b, `[...document.querySelectorAll('[aria-labelledby=apps] h3')].map(e => e.textContent)`)
	slices.Sort(got)
	if want := slices.Sorted(slices.Values(want)); !slices.Equal(got, want) {
		b.T.Errorf("on %s the apps are %q, want %q", b.Screen.Name, got, want)
	}
}
