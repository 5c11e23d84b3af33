package browser

import (
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/realtimekit-exporter/realtimekit_exporter/e2e/harness"
	"github.com/realtimekit-exporter/realtimekit_exporter/e2e/harness/chromium"
)

// A mutation is a mistake that a status page might have, and all that has to be
// said of it.
type mutation struct {
	old, new string
	free     bool     // of the policy, which would have kept the page from harm
	status   int      // if not 200
	wants    []string // on a desktop
	phone    []string // on a phone in the dark; nil: not looked at there
}

const (
	beforeMain = "<main>\n"
	harm       = "issue: ContentSecurityPolicyIssue"
)

func mutations() map[string]mutation {
	in := func(html string) string { return beforeMain + html }
	return map[string]mutation{
		"none": {old: beforeMain, new: beforeMain, phone: []string{}},
		"a script": {
			old: beforeMain, new: in("<script>1</script>"),
			wants: []string{"active element: script", harm, "console: error of security"},
		},
		"a script that talks": {
			old: beforeMain, new: in("<script>console.warn('x')</script>"), free: true,
			wants: []string{"active element: script", "console.warning"},
		},
		"a script that throws": {
			old: beforeMain, new: in("<script>throw new Error('x')</script>"), free: true,
			wants: []string{"active element: script", "exception: "},
		},
		"a script that opens a dialog": {
			old: beforeMain, new: in("<script>setTimeout(() => alert(1))</script>"), free: true,
			wants: []string{"active element: script", "dialog: "},
		},
		"a script in an attribute": {
			old: "<article ", new: `<article onfocusin="x()" `,
			wants: []string{"active attribute: onfocusin", harm, "console: error of security"},
		},
		"a style in an attribute": {
			old: "<article ", new: `<article style="color:red" `,
			wants: []string{harm, "console: error of security"},
		},
		"a picture of another host": {
			old: beforeMain, new: in(`<img src="http://127.0.0.2:9/x.png" alt="x">`), free: true,
			wants: []string{"request elsewhere: http://127.0.0.2:9/x.png", "console: error of network"},
		},
		"a style sheet of another host": {
			old: "<style>", new: `<link rel="stylesheet" href="//127.0.0.2:9/x.css"><style>`, free: true,
			wants: []string{"active element: link", "request elsewhere: http://127.0.0.2:9/x.css", "console: error of network", "issue: StylesheetLoadingIssue"},
		},
		"a font of another host": {
			old: "</style>", new: "@font-face { font-family: x; src: url(http://127.0.0.2:9/x.woff2) } h2 { font-family: x }</style>", free: true,
			wants: []string{"request elsewhere: http://127.0.0.2:9/x.woff2", "console: error of network"},
		},
		"quirks": {
			old: "<!DOCTYPE html>", new: "", free: true,
			wants: []string{"issue: QuirksModeIssue"},
		},
		"a long line": {
			old: beforeMain, new: in("<pre>" + strings.Repeat("W", 300) + "</pre>"),
			wants: []string{"horizontal scroll: ", "wider than its box: "},
			phone: []string{"horizontal scroll: ", "layout: ", "wider than its box: "},
		},
		"a break that is kept": {
			old: "</style>", new: "article { white-space: pre-line }</style>", free: true,
			wants: []string{"an empty line: in <article>", "an empty line: "},
		},
		"cards as wide as a desk": {
			old: "</style>", new: "article { min-width: 50rem }</style>", free: true,
			phone: []string{"horizontal scroll: ", "layout: ", "outside of the screen: <article>", "outside of the screen: ", "wider than its box: "},
		},
		"no word for phones": {
			old: `content="width=device-width, initial-scale=1"`, new: `content=""`,
			phone: []string{"layout: 980 pixels wide"},
		},
		"no night": {
			old: "prefers-color-scheme: dark", new: "prefers-color-scheme: light", free: true,
			wants: []string{"colours: "},
			phone: []string{"colours: "},
		},
		"a pale colour": {
			old: "--quiet: #56616f", new: "--quiet: #c0c0c0", free: true,
			wants: []string{"axe: color-contrast: "},
			phone: []string{},
		},
		"a colour that is pale at night": {
			old: "--quiet: #a2adbb", new: "--quiet: #303030", free: true,
			phone: []string{"axe: color-contrast: "},
		},
		"a field without a name": {
			old: `<label for="app">`, new: "<label>",
			wants: []string{"axe: label: ", "issue: GenericIssue"},
		},
		"no language": {
			old: `<html lang="en">`, new: "<html>",
			wants: []string{"axe: html-has-lang: "},
		},
		"a picture without words": {
			old: ` role="img" aria-label="`, new: ` role="img" data-label="`,
			wants: []string{"axe: svg-img-alt: "},
		},
		"a name that turns the text around": {
			old: "main-stage", new: "main\u202e-stage",
			wants: []string{"text that turns"},
		},
		"no page": {
			old: beforeMain, new: beforeMain, status: http.StatusInternalServerError,
			wants: []string{"answer: 500", "console: error of network"},
		},
	}
}

func TestStatusPage_BrokenPageIsDetected(t *testing.T) {
	t.Parallel()
	a := harness.NewAccount(t)
	exporter := startApps(t, a, "", append(appsNamed("main-stage", "concerts"), testApp{name: "gone", fault: reasons()["auth"]})...)
	exporter.AwaitReports(t, 2, 1)
	page := exporter.Send(t, "GET /status HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		m := mutations()[r.URL.Query().Get("mutation")]
		maps.Copy(w.Header(), page.Header)
		w.Header().Del("Content-Length")
		if m.free {
			w.Header().Del("Content-Security-Policy")
		}
		if m.status != 0 {
			w.WriteHeader(m.status)
		}
		_, _ = w.Write([]byte(strings.ReplaceAll(page.Body, m.old, m.new))) // who has gone needs none
	}))
	t.Cleanup(server.Close)
	browser := chromium.Start(t)
	desktop, phone := browser.Open(t, chromium.Screens()[0]), browser.Open(t, chromium.Screens()[3])
	for name, m := range mutations() {
		if !strings.Contains(page.Body, m.old) {
			t.Errorf("%s: the page has no %q", name, m.old)
		}
		address := server.URL + "/?mutation=" + url.QueryEscape(name)
		expectComplaints(t, name, complaints(desktop, address), m.wants)
		if m.phone != nil {
			expectComplaints(t, name+", on a phone in the dark", complaints(phone, address), m.phone)
		}
	}
}

// expectComplaints has all of these be said, and nothing else.
func expectComplaints(t *testing.T, name string, got, want []string) {
	t.Helper()
	for _, w := range want {
		if !slices.ContainsFunc(got, func(s string) bool { return strings.Contains(s, w) }) {
			t.Errorf("%s: nobody said %q", name, w)
		}
	}
	for _, s := range got {
		if !slices.ContainsFunc(want, func(w string) bool { return strings.Contains(s, w) }) {
			t.Errorf("%s: %s", name, s)
		}
	}
}
