package api_test

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/realtimekit-exporter/realtimekit_exporter/api"
	"github.com/realtimekit-exporter/realtimekit_exporter/api/apitest"
)

// Secrets that look like real ones.
const (
	longToken     = "v1.0-Zq7XwR2mK9bTnL4cVd8sYf3hJg6pAeUo5iQxMtCz"
	proxyPassword = "S3cret-Pr0xy_Passw0rd!"
)

func failWith(t *testing.T, message string) string {
	t.Helper()
	body, err := json.Marshal(map[string]any{"success": false, "errors": []any{map[string]any{"code": 1, "message": message}}})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(apitest.Status(http.StatusBadRequest, nil, string(body)))
	defer server.Close()
	app := theApp()
	app.Token = longToken
	_, err = api.New(server.URL, server.Client().Transport, proxyPassword).LivestreamDays(t.Context(), app, func() api.Window { return api.LastDays(5, now()) })
	if reasonOf(err) != api.ReasonClient {
		t.Fatalf("got %v", err)
	}
	return err.Error()
}

func TestError_QuotesNoPartOfASecret(t *testing.T) {
	encodings := map[string]func(string) string{
		"plain":                func(s string) string { return s },
		"upper case":           strings.ToUpper,
		"separated":            func(s string) string { return strings.Join(strings.Split(s, ""), " ") },
		"separated by escapes": func(s string) string { return strings.Join(strings.Split(s, ""), "\u200b") },
		"JSON":                 func(s string) string { return each(s, `\u%04x`) },
		"JSON, twice":          func(s string) string { return each(each(s, `\u%04x`), `\u%04x`) },
		"percent":              func(s string) string { return each(s, "%%%02X") },
		"percent, twice":       func(s string) string { return strings.ReplaceAll(each(s, "%%%02x"), "%", "%25") },
		"query":                url.QueryEscape,
		"HTML":                 func(s string) string { return each(s, "&#%d;") },
		"HTML, hexadecimal":    func(s string) string { return each(s, "&#x%X;") },
		"HTML of JSON":         func(s string) string { return html.EscapeString(each(s, `\u%04x`)) },
		"base64":               func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) },
		"base64 after 1":       func(s string) string { return base64.URLEncoding.EncodeToString([]byte("u" + s)) },
		"base64 after 2":       func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte("u:" + s)) },
		"hexadecimal":          func(s string) string { return hex.EncodeToString([]byte(s)) },
		"nested too deeply": func(s string) string {
			for range 8 {
				s = strings.ReplaceAll(url.PathEscape("%"+s), "%", "%25")
			}
			return s
		},
	}
	for name, encode := range encodings {
		t.Run(name, func(t *testing.T) {
			for _, secret := range []string{longToken, proxyPassword} {
				const piece = 9
				for i := 0; i+piece <= len(secret); i += 3 {
					message := "no access with " + encode(secret[i:i+piece]) + " here"
					if got := failWith(t, message); !strings.HasSuffix(got, "(HTTP 400)") {
						t.Errorf("%q: got %s, want that nothing is quoted", message, got)
					}
				}
			}
		})
	}
}

// each writes every byte in a format.
func each(s, format string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		fmt.Fprintf(&b, format, c)
	}
	return b.String()
}

func TestError_QuotesWordsWithoutKeysAndAddresses(t *testing.T) {
	const key = "live_4f1c9a7be2d84c0f9a61"
	for message, want := range map[string]string{
		"Invalid filter 100% & more: field 'x'":     "Invalid filter 100% & more: field 'x'",
		"no access with " + longToken[:8] + " here": "no access with " + longToken[:8] + " here",
		"not from 203.0.113.7 or 2001:db8::7":       "not from <…> or <…>",
		"not from [2001:db8::7]:443":                "not from [<…>]:443",
		`{"stream_key":"abc"}`:                      `{\"stream_<…>`,
		"stream key " + key + " is in use":          "stream key <…> is in use",
		"Bearer abc is bad":                         "<…> is bad",
		"secret=abc password: def":                  "<…> <…>",
		"line\u0000one\nline two\r\u202ethree é":    "line?one line two ?three ?",
		strings.Repeat("many words ", 20):           strings.Repeat("many words ", 9) + "…",
		strings.Repeat("words ", 500):               strings.Repeat("words ", 16) + "wor…",
	} {
		if got := failWith(t, message); !strings.HasSuffix(got, `(HTTP 400: "`+want+`")`) {
			t.Errorf("%q: got %s, want %s", message, got, want)
		}
	}
}

func TestError_ShortSecretIsNotQuoted(t *testing.T) {
	app := theApp()
	app.Token = "abc-123"
	for message, quoted := range map[string]bool{"no ABC123 here": false, "no abc-12 here": true} {
		_, err := fetch(t, apitest.Error(400, 1, message), app)
		if got := strings.Contains(err.Error(), "here"); got != quoted {
			t.Errorf("%s: got %v", message, err)
		}
	}
}
