// Package statuspage serves a page for people: the state of every app and token, the
// daily values, and the configuration.
//
// [New] renders the template status.html from a [collector.Status] and a [Config].
// What the page shows is in view.go: first a summary (summary.go), then a card for each
// report of each app (app.go, chart.go), the lists of apps (discovery.go), and the tokens
// (token.go). Rendering sends no request and never waits.
package statuspage

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"

	"github.com/realtimekit-exporter/realtimekit_exporter/collector"
)

//go:embed status.html
var statusHTML string

// A Config is what the page shows of the configuration. It contains no secret.
type Config struct {
	Name         string // of the file that is loaded
	LoadedAt     time.Time
	Summary      string            // its size in words
	Settings     []Setting         // that apply to all apps, in the order of the page
	TokenOrigins map[string]string // by account ID: where the token of the account is read from

	Refused   error // why the last reload failed; nil if it did not
	RefusedAt time.Time
}

// A Setting is a key of the configuration.
type Setting struct {
	Key, Value string // an empty value is not set
	Default    bool   // the value is the default
}

// New returns the handler of the page. Its path has to end with "/status": the links on
// the page are relative to that, so that they work behind any path prefix. For each
// request it calls status and config, which must not block.
func New(status func() *collector.Status, config func() Config, logger log.Logger) (http.Handler, error) {
	page, err := template.New("status").Parse(statusHTML)
	if err != nil {
		return nil, fmt.Errorf("parsing the status page: %w", err)
	}
	policy := contentSecurityPolicy()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		number, err := strconv.Atoi(q.Get("page"))
		if err != nil {
			number = 1
		}
		// Rendered before it is sent, so that an error is not sent as half a page.
		var text bytes.Buffer
		if err := page.Execute(&text, newView(status(), config(), q.Get("app"), number)); err != nil {
			level.Error(logger).Log("msg", "rendering the status page failed", "err", err)
			http.Error(w, "Rendering the status page failed: see the log.", http.StatusInternalServerError)
			return
		}
		h := w.Header()
		h.Set("Content-Type", "text/html; charset=utf-8")
		h.Set("Content-Length", strconv.Itoa(text.Len()))
		h.Set("Content-Security-Policy", policy)
		h.Set("Cache-Control", "no-store")
		_, _ = w.Write(text.Bytes()) // an error means that the client has gone
	}), nil
}

// contentSecurityPolicy allows the page its own style, icon and search, and nothing
// else. The style is the same in the template and on the page.
func contentSecurityPolicy() string {
	_, after, _ := strings.Cut(statusHTML, "<style>")
	style, _, _ := strings.Cut(after, "</style>")
	hash := sha256.Sum256([]byte(style))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(hash[:]) + "'; " +
		"img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
}
