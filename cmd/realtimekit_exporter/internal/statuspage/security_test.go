package statuspage_test

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"html"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/realtimekit-exporter/realtimekit_exporter/api/apitest"
	"github.com/realtimekit-exporter/realtimekit_exporter/cmd/realtimekit_exporter/internal/statuspage"
)

// hostileTexts try to be more than text.
func hostileTexts() []string {
	return []string{
		"<script>alert(1)</script>", `"><img src=x onerror=alert(1)>`, "</style></title><h1>x", "' onmouseover='alert(1)",
		"{{.Config}}", "javascript:alert(1)", "<!--", "]]>", "&lt;b&gt;", "a\u202etxt.exe", "\u2066x\u2069\u2069", "nul\x00 bell\a line\u2028sep",
		"אבג שלום", strings.Repeat("W", 200),
	}
}

func TestPage_HostileTextsAreEscaped(t *testing.T) {
	attributes := regexp.MustCompile(`name="app" value="[^"]*"`)
	eventHandlers := regexp.MustCompile(`<[^>]*\son\w+=`)
	for _, text := range hostileTexts() {
		t.Run(text, func(t *testing.T) {
			prepare := func(f *fixture) {
				f.api.Override("stage-id", apitest.Status(500, nil, "<script>error body</script>\u202e"))
				f.plan.Accounts[0].Apps[0].Name, f.plan.Accounts[0].Apps[1].Filters = text, text
				f.config = statuspage.Config{
					Name: text, LoadedAt: f.config.LoadedAt, Settings: []statuspage.Setting{{Key: "api.base_url", Value: text}},
					TokenOrigins: map[string]string{accountID: text}, Refused: fmt.Errorf("problem: %s", text), RefusedAt: f.config.LoadedAt,
				}
			}
			run(t, prepare, func(f *fixture) {
				f.scrape()
				for _, q := range []string{"", query(url.Values{"app": {text}}), query(url.Values{"page": {text}})} {
					page := attributes.ReplaceAllString(f.page(q), "") // without the query as it was sent
					for tag, limit := range map[string]int{"<script": 0, "<img": 0, "<h1": 1, "</style": 1, "</title": 1, "<!--": 0} {
						if got := strings.Count(page, tag); got > limit {
							t.Errorf("%d × %s on the page", got, tag)
						}
					}
					if got := eventHandlers.FindString(page); got != "" {
						t.Errorf("%s on the page", got)
					}
					if i := strings.IndexAny(page, "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\x00\a\u2028"); i >= 0 {
						t.Errorf("an invisible character: %q", page[max(0, i-50):i+10])
					}
				}
			})
		})
	}
}

func TestPage_HeadersAndLinks(t *testing.T) {
	run(t, twoApps, func(f *fixture) {
		f.api.Override("stage-id", apitest.Status(500, nil, ""))
		f.scrape()
		got := get(t, f.handler, "?app=s")
		page := got.Body.String()
		_, style, _ := strings.Cut(page, "<style>")
		style, _, _ = strings.Cut(style, "</style>")
		hash := sha256.Sum256([]byte(style))
		for name, want := range map[string]string{
			"Content-Type":   "text/html; charset=utf-8",
			"Cache-Control":  "no-store",
			"Content-Length": fmt.Sprint(len(page)),
			"Content-Security-Policy": "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(hash[:]) +
				"'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
		} {
			if value := got.Header().Get(name); value != want {
				t.Errorf("%s is %q, want %q", name, value, want)
			}
		}
		if len(style) < 1000 || strings.Contains(page, " style=") || strings.Contains(page, "<script") || strings.Contains(page, "<link rel=\"stylesheet") {
			t.Error("the page uses what its policy forbids")
		}

		// Behind a path prefix the page is at /some/prefix/status.
		base := &url.URL{Scheme: "https", Host: "proxy.example", Path: "/some/prefix/status"}
		var targets []string
		for _, m := range regexp.MustCompile(`(?:href|src|action)="([^"]*)"`).FindAllStringSubmatch(page, -1) {
			if strings.HasPrefix(m[1], "#") || strings.HasPrefix(m[1], "data:") {
				continue
			}
			target, err := base.Parse(html.UnescapeString(m[1]))
			if err != nil {
				t.Fatal(err)
			}
			targets = append(targets, target.String())
		}
		const prefix = "https://proxy.example/some/prefix/"
		if want := []string{prefix, prefix + "status#app-0", prefix + "status", prefix + "status"}; !slices.Equal(targets, want) {
			t.Errorf("the page links to %q, want %q", targets, want)
		}
	})
}
