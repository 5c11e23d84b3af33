package main

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

	"github.com/go-kit/log/level"

	"github.com/realtimekit-exporter/realtimekit_exporter/collector"
)

//go:embed status.html
var statusHTML string

// statusPage serves /status: for people, what is known and why. It asks nobody for
// anything, and is made as a whole before any of it is sent.
func statusPage(e *collector.Exporter, r *reloader) (http.Handler, error) {
	page, err := template.New("status").Parse(statusHTML)
	if err != nil {
		return nil, fmt.Errorf("making the status page: %w", err)
	}
	policy := statusPolicy()
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		q := req.URL.Query()
		number, err := strconv.Atoi(q.Get("page"))
		if err != nil {
			number = 1
		}
		var text bytes.Buffer
		if err := page.Execute(&text, newStatusView(e.Status(), r.state.Load(), q.Get("app"), number)); err != nil {
			level.Error(r.logger).Log("msg", "the status page could not be made", "err", err)
			http.Error(w, "The status page could not be made: the log says why.", http.StatusInternalServerError)
			return
		}
		h := w.Header()
		h.Set("Content-Type", "text/html; charset=utf-8")
		h.Set("Content-Length", strconv.Itoa(text.Len()))
		h.Set("Content-Security-Policy", policy)
		h.Set("Cache-Control", "no-store")
		_, _ = w.Write(text.Bytes()) // who has hung up needs no page
	}), nil
}

// statusPolicy allows the page its own style, its icon and its search, and nothing
// else. The style is in the template as it is on the page.
func statusPolicy() string {
	_, after, _ := strings.Cut(statusHTML, "<style>")
	style, _, _ := strings.Cut(after, "</style>")
	hash := sha256.Sum256([]byte(style))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(hash[:]) + "'; " +
		"img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
}
