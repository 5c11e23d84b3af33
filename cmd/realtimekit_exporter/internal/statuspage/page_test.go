package statuspage_test

import (
	"fmt"
	"html"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/realtimekit-exporter/realtimekit_exporter/api/apitest"
	"github.com/realtimekit-exporter/realtimekit_exporter/cmd/realtimekit_exporter/internal/plural"
)

func TestPage_SearchByNameOrID(t *testing.T) {
	names := []string{"Main Stage", "STUDIO one", "studio two", "Été", "ID-3 not"}
	run(t, namedApps(len(names), 5, func(i int) string { return names[i] }), func(f *fixture) {
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
			page := f.page(query(url.Values{"app": {search}}))
			if got := strings.Join(cards(page), ", "); got != want.names {
				t.Errorf("%q: got %s, want %s", search, got, want.names)
			}
			f.contains(page, want.found)
			if clearable := strings.Contains(page, `<a href="status">Show all</a>`); clearable != (search != "") {
				t.Errorf("%q: whether the page links to all apps is %v", search, clearable)
			}
			if field := `name="app" value="` + attribute(strings.TrimSpace(search)) + `"`; !strings.Contains(page, field) {
				t.Errorf("%q: %s is not on the page", search, field)
			}
		}
	})
}

// attribute escapes a text as html/template does in an attribute.
func attribute(text string) string {
	return strings.NewReplacer("<", "&lt;", ">", "&gt;", `"`, "&#34;").Replace(text)
}

func TestPage_ManyAppsMostUrgentFirst(t *testing.T) {
	const apps = 120
	name := func(i int) string { return fmt.Sprintf("app %03d & co", i) }
	run(t, namedApps(apps, 5, name), func(f *fixture) {
		for i := range apps {
			f.api.AddApp(accountID, fmt.Sprintf("id-%d", i))
		}
		for i := 90; i < 97; i++ {
			f.api.Override(fmt.Sprintf("id-%d", i), apitest.Status(500, nil, ""))
		}
		f.scrape()
		page := f.page("")
		f.contains(page, "7 of 120 apps are failing. app 090 & co (server) app 091 & co (server) app 092 & co (server) app 093 & co (server) app 094 & co (server) and 2 more",
			"Page 1 of 3 Next page")
		if !strings.Contains(page, `<li><a href="status#app-94"><bdi>app 094 &amp; co</bdi></a>`) || !strings.Contains(page, `<h3 id="app-94"><bdi>app 094 &amp; co</bdi></h3>`) {
			t.Error("no link from a failing app to its card")
		}
		f.containsNone(page, "Previous page")

		// Following the links shows every app once.
		seen := make(map[string]bool)
		var order []string
		for range 10 {
			order = append(order, cards(page)...)
			next := regexp.MustCompile(`<a href="status([^"]*)" rel="next">`).FindStringSubmatch(page)
			if next == nil {
				break
			}
			page = f.page(html.UnescapeString(next[1]))
		}
		for _, app := range order {
			seen[app] = true
		}
		if len(order) != apps || len(seen) != apps || order[0] != name(90) || order[6] != name(96) || order[7] != name(0) || order[119] != name(119) {
			t.Errorf("got %d apps, %d different: %v", len(order), len(seen), order)
		}
		f.contains(page, "Previous page Page 3 of 3")

		page = f.page("?app=co&page=2")
		for _, link := range []string{`href="status?app=co&amp;page=1" rel="prev"`, `href="status?app=co&amp;page=3" rel="next"`} {
			if !strings.Contains(page, link) {
				t.Errorf("%s is not on the page", link)
			}
		}
		for given, want := range map[string]string{"0": "Page 1 of 3", "-7": "Page 1 of 3", "4": "Page 3 of 3", "99999999999999999999": "Page 1 of 3", "x": "Page 1 of 3", "2": "Page 2 of 3"} {
			f.contains(f.page("?page="+given), want)
		}
		if got := cards(f.page("?app=nothing&page=3")); len(got) != 0 {
			t.Errorf("got %v", got)
		}
	})
}

func TestPage_SizeIsBounded(t *testing.T) {
	long := func(i int) string { return fmt.Sprintf("%04d%s", i, strings.Repeat("㊙", 196)) }
	for name, c := range map[string]struct {
		apps, days, limit int
		name              func(int) string
	}{
		"1,000 apps of 35 days":         {1000, 35, 400_000, func(i int) string { return fmt.Sprintf("name %04d", i) }},
		"a year, and the longest names": {51, 366, 2_500_000, long},
	} {
		t.Run(name, func(t *testing.T) {
			run(t, namedApps(c.apps, c.days, c.name), func(f *fixture) {
				for i := range c.apps {
					add := f.api.AddApp // with many days, for the first page
					if i >= 50 {
						add = f.api.AddEmptyApp
					}
					add(accountID, fmt.Sprintf("id-%d", i))
				}
				f.exporter.Snapshot(f.Context())
				page := f.page("")
				f.contains(page, "All "+plural.Count(c.apps, "app")+" are healthy.")
				if got := len(cards(page)); got != 50 {
					t.Errorf("%d apps on a page, want 50", got)
				}
				if len(page) > c.limit {
					t.Errorf("the page has %d bytes, want at most %d", len(page), c.limit)
				}
			})
		})
	}
}
