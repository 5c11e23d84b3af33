package main

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/realtimekit-exporter/realtimekit_exporter/api/apitest"
)

func TestAppsAreFoundByTheirNameOrID(t *testing.T) {
	names := []string{"Main Stage", "STUDIO one", "studio two", "Été", "ID-3 not"}
	inStatusWorld(t, manyApps(len(names), 5, func(i int) string { return names[i] }), func(w *statusWorld) {
		for search, want := range map[string]struct {
			found string
			names string
		}{
			"studio":                 {"2 of 5 apps match.", "STUDIO one, studio two"},
			" StUdIo ":               {"2 of 5 apps match.", "STUDIO one, studio two"},
			"main stage":             {"1 of 5 apps matches.", "Main Stage"},
			"ID-3":                   {"2 of 5 apps match.", "ID-3 not, Été"},
			"éTÉ":                    {"1 of 5 apps matches.", "Été"},
			"i":                      {"All 5 apps match.", "ID-3 not, Main Stage, STUDIO one, studio two, Été"},
			"nowhere":                {"0 of 5 apps match.", ""},
			`"><script>alert(1)`:     {"0 of 5 apps match.", ""},
			strings.Repeat("a", 999): {"0 of 5 apps match.", ""},
			"":                       {"", "ID-3 not, Main Stage, STUDIO one, studio two, Été"},
		} {
			page := w.page(query(url.Values{"app": {search}}))
			if got := strings.Join(cards(page), ", "); got != want.names {
				t.Errorf("%q: got %s, want %s", search, got, want.names)
			}
			w.says(page, want.found)
			trimmed := strings.TrimSpace(search)
			if clearable := strings.Contains(page, `<a href="/status">Show all</a>`); clearable != (search != "") {
				t.Errorf("%q: whether it can be cleared is %v", search, clearable)
			}
			if field := `name="app" value="` + attribute(trimmed) + `"`; !strings.Contains(page, field) {
				t.Errorf("%q: %s is not on the page", search, field)
			}
		}
	})
}

// attribute is a text as html/template writes it in an attribute.
func attribute(text string) string {
	return strings.NewReplacer("<", "&lt;", ">", "&gt;", `"`, "&#34;").Replace(text)
}

// cards lists the apps on a page.
func cards(page string) (names []string) {
	for _, m := range regexp.MustCompile(`<h3 id="app-\d+"><bdi>([^<]*)</bdi></h3>`).FindAllStringSubmatch(page, -1) {
		names = append(names, html.UnescapeString(m[1]))
	}
	return names
}

func TestManyAppsAreSharedOutToPagesTheMostUrgentFirst(t *testing.T) {
	const apps = 120
	name := func(i int) string { return fmt.Sprintf("app %03d & co", i) }
	inStatusWorld(t, manyApps(apps, 5, name), func(w *statusWorld) {
		for i := range apps {
			w.sim.AddApp(statusAccount, fmt.Sprintf("id-%d", i))
		}
		for i := 90; i < 97; i++ {
			w.sim.Override(fmt.Sprintf("id-%d", i), apitest.Status(500, nil, ""))
		}
		w.scrape()
		page := w.page("")
		w.says(page, "7 of 120 apps fail. app 090 & co (server) app 091 & co (server) app 092 & co (server) app 093 & co (server) app 094 & co (server) and 2 more",
			"Page 1 of 3 Next page")
		if !strings.Contains(page, `<li><a href="/status#app-94"><bdi>app 094 &amp; co</bdi></a>`) || !strings.Contains(page, `<h3 id="app-94"><bdi>app 094 &amp; co</bdi></h3>`) {
			t.Error("what fails is not linked to its card")
		}
		w.saysNot(page, "Previous page")

		// From link to link every app is met once.
		seen := make(map[string]bool)
		var order []string
		for range 10 {
			order = append(order, cards(page)...)
			next := regexp.MustCompile(`<a href="/status([^"]*)" rel="next">`).FindStringSubmatch(page)
			if next == nil {
				break
			}
			page = w.page(html.UnescapeString(next[1]))
		}
		for _, app := range order {
			seen[app] = true
		}
		if len(order) != apps || len(seen) != apps || order[0] != name(90) || order[6] != name(96) || order[7] != name(0) || order[119] != name(119) {
			t.Errorf("got %d apps, %d different: %v", len(order), len(seen), order)
		}
		w.says(page, "Previous page Page 3 of 3")

		page = w.page("?app=co&page=2")
		for _, link := range []string{`href="/status?app=co&amp;page=1" rel="prev"`, `href="/status?app=co&amp;page=3" rel="next"`} {
			if !strings.Contains(page, link) {
				t.Errorf("%s is not on the page", link)
			}
		}
		for given, want := range map[string]string{"0": "Page 1 of 3", "-7": "Page 1 of 3", "4": "Page 3 of 3", "99999999999999999999": "Page 1 of 3", "x": "Page 1 of 3", "2": "Page 2 of 3"} {
			w.says(w.page("?page="+given), want)
		}
		if got := cards(w.page("?app=nothing&page=3")); len(got) != 0 {
			t.Errorf("got %v", got)
		}
	})
}

func TestTheStatusPageIsBoundedHoweverMuchThereIs(t *testing.T) {
	long := func(i int) string { return fmt.Sprintf("%04d%s", i, strings.Repeat("㊙", 196)) }
	for name, c := range map[string]struct {
		apps, days, most int
		name             func(int) string
	}{
		"1,000 apps of 35 days":         {1000, 35, 400_000, func(i int) string { return fmt.Sprintf("name %04d", i) }},
		"a year, and the longest names": {51, 366, 2_500_000, long},
	} {
		t.Run(name, func(t *testing.T) {
			inStatusWorld(t, manyApps(c.apps, c.days, c.name), func(w *statusWorld) {
				for i := range c.apps {
					add := w.sim.AddApp // those of the first page have many days
					if i >= appsPerPage {
						add = w.sim.AddEmptyApp
					}
					add(statusAccount, fmt.Sprintf("id-%d", i))
				}
				w.exporter.Snapshot(w.Context())
				page := w.page("")
				w.says(page, "All "+many(c.apps, "app")+" answered")
				if got := len(cards(page)); got != 50 {
					t.Errorf("%d apps on a page, want 50", got)
				}
				if len(page) > c.most {
					t.Errorf("the page has %d bytes, want at most %d", len(page), c.most)
				}
			})
		})
	}
	var text strings.Builder
	text.WriteString("accounts:\n")
	for i := range 1000 {
		fmt.Fprintf(&text, "  - {account_id: account-%d, api_token: token-%d, apps: [{app_id: id-%d}]}\n", i, i/500, i)
	}
	inStatusWorld(t, text.String(), func(w *statusWorld) {
		page := w.page("")
		w.says(page, "Token of 500 accounts, for 500 apps", "and 490 more")
		if len(page) > 100_000 {
			t.Errorf("1,000 accounts make a page of %d bytes", len(page))
		}
	})
}

// hostile are texts that try to be more than text.
func hostile() []string {
	return []string{
		"<script>alert(1)</script>", `"><img src=x onerror=alert(1)>`, "</style></title><h1>x", "' onmouseover='alert(1)",
		"{{.Config}}", "javascript:alert(1)", "<!--", "]]>", "&lt;b&gt;", "a\u202etxt.exe", "\u2066x\u2069\u2069", "nul\x00 bell\a line\u2028sep",
		"אבג שלום", strings.Repeat("W", 200),
	}
}

func TestHostileTextsStayTexts(t *testing.T) {
	inStatusWorld(t, twoApps, func(w *statusWorld) {
		w.sim.Override("stage-id", apitest.Status(500, nil, "<script>said by the API</script>\u202e"))
		plain := w.page("")
		w.scrape()
		for _, text := range hostile() {
			w.hostile = text
			if err := w.reload(); err != nil {
				t.Fatal(err)
			}
			w.broken = fmt.Errorf("broken by %s", text)
			if w.reload() == nil {
				t.Error("it is not refused")
			}
			w.broken = nil
			for _, q := range []string{"", query(url.Values{"app": {text}}), query(url.Values{"page": {text}})} {
				page := w.page(q)
				page = regexp.MustCompile(`name="app" value="[^"]*"`).ReplaceAllString(page, "") // what was searched for, as it was
				for tag, most := range map[string]int{"<script": 0, "<img": 0, "<h1": 1, "</style": 1, "</title": 1, "<!--": 0} {
					if got := strings.Count(page, tag); got > most {
						t.Errorf("%q: %d × %s on the page", text, got, tag)
					}
				}
				if handlers := regexp.MustCompile(`<[^>]*\son\w+=`).FindString(page); handlers != "" {
					t.Errorf("%q: %s on the page", text, handlers)
				}
				if i := strings.IndexAny(page, "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\x00\a\u2028"); i >= 0 {
					t.Errorf("%q: a character that is not seen: %q", text, page[max(0, i-50):i+10])
				}
			}
		}
		if strings.Contains(plain, "alert") {
			t.Error("this test says nothing")
		}
	})
}

func TestTheStatusPageIsServedAsItShouldBe(t *testing.T) {
	inStatusWorld(t, twoApps, func(w *statusWorld) {
		w.scrape()
		got := request(w.T, w.handler, http.MethodGet, "/status")
		page := got.Body.String()
		_, style, _ := strings.Cut(page, "<style>")
		style, _, _ = strings.Cut(style, "</style>")
		hash := sha256.Sum256([]byte(style))
		for name, want := range map[string]string{
			"Content-Type":           "text/html; charset=utf-8",
			"Cache-Control":          "no-store",
			"X-Content-Type-Options": "nosniff",
			"Content-Length":         fmt.Sprint(len(page)),
			"Content-Security-Policy": "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(hash[:]) +
				"'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
		} {
			if is := got.Header().Get(name); is != want {
				t.Errorf("%s is %q, want %q", name, is, want)
			}
		}
		if len(style) < 1000 || strings.Contains(page, " style=") || strings.Contains(page, "<script") || strings.Contains(page, "<link rel=\"stylesheet") {
			t.Error("the page uses what its policy forbids")
		}
		for _, m := range regexp.MustCompile(`(?:href|src|action)="([^"]*)"`).FindAllStringSubmatch(page, -1) {
			if !strings.HasPrefix(m[1], "#") && !strings.HasPrefix(m[1], "/") && !strings.HasPrefix(m[1], "data:") {
				t.Errorf("the page refers to %s", m[1])
			}
		}
		for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodPatch, http.MethodOptions} {
			if got := request(w.T, w.handler, method, "/status"); got.Code != http.StatusMethodNotAllowed || got.Header().Get("Allow") != "GET, HEAD" {
				t.Errorf("%s is answered %d, Allow: %s", method, got.Code, got.Header().Get("Allow"))
			}
		}
		if got := request(w.T, w.handler, http.MethodGet, "/status/"); got.Code != http.StatusNotFound {
			t.Errorf("/status/ is answered %d", got.Code)
		}
		if got := request(w.T, healthHandler(w.Context()), http.MethodGet, "/status"); got.Code != http.StatusNotFound {
			t.Errorf("the listener for probes answers it %d", got.Code)
		}
		if landing := request(w.T, w.handler, http.MethodGet, "/").Body.String(); !strings.Contains(landing, `href="/status"`) {
			t.Errorf("the landing page does not lead there:\n%s", landing)
		}
	})
}

// For the race detector.
func TestTheStatusPageIsMadeWhileScrapesAndReloadsGoOn(t *testing.T) {
	demo := newDemo(t, "--web.enable-lifecycle")
	var wg sync.WaitGroup
	for _, c := range [][2]string{{"GET", "/status"}, {"GET", "/status?app=demo&page=2"}, {"GET", "/metrics"}, {"POST", "/-/reload"}} {
		wg.Go(func() {
			for range 20 {
				if got := request(t, demo, c[0], c[1]); got.Code != http.StatusOK {
					t.Errorf("%v is answered %d", c, got.Code)
				}
			}
		})
	}
	wg.Wait()
}
