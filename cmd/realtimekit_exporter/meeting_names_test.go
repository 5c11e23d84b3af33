package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/api/apitest"
)

// meetingNames are responses of the API with the name of a meeting: where it belongs, and
// where a decoder or an error could take it from.
func meetingNames() map[string]http.Handler {
	const name = canary + " board meeting"
	session := func(fields string) http.Handler {
		return apitest.Body(`{"data":{"sessions":[{"id":"1","type":"meeting","status":"LIVE","meeting_display_name":"` + name + `",` + fields + `}]},"success":true}`)
	}
	return map[string]http.Handler{
		"valid":          session(`"live_participants":3`),
		"participants":   session(`"live_participants":"` + name + `"`),
		"type":           apitest.Body(`{"data":{"sessions":[{"id":"1","type":"` + name + `"}]},"success":true}`),
		"duplicate-key":  session(`"meeting_display_name":"` + name + `"`),
		"id":             apitest.Body(`{"data":{"sessions":[{"id":["` + name + `"]}]},"success":true}`),
		"status":         apitest.Body(`{"data":{"sessions":[{"id":"1","status":"` + name + `"}]},"success":true}`),
		"row":            apitest.Body(`{"data":{"sessions":["` + name + `"]},"success":true}`),
		"key":            apitest.Body(`{"data":{"sessions":[{"id":"1","` + name + `":1,"` + name + `":2}]},"success":true}`),
		"sessions":       apitest.Body(`{"data":{"sessions":"` + name + `"},"success":true}`),
		"data":           apitest.Body(`{"data":"` + name + `","success":true}`),
		"total":          apitest.Body(`{"data":{},"paging":{"total_count":"` + name + `"},"success":true}`),
		"success":        apitest.Body(`{"data":{},"success":"` + name + `"}`),
		"success-false":  apitest.Body(`{"success":false,"errors":[{"code":1,"message":"` + name + `"}],"message":"` + name + `"}`),
		"plain-text":     apitest.Body(name),
		"error":          apitest.Error(400, 1, name),
		"auth":           apitest.Error(403, 10000, name),
		"server":         apitest.Status(500, nil, `{"error":{"code":500,"message":"`+name+`"}}`),
		"too-many":       apitest.Body(`{"data":{"sessions":[` + strings.TrimSuffix(strings.Repeat(`{"meeting_display_name":"`+name+`"},`, 30_000), ",") + `]},"success":true}`),
		"cut-off":        apitest.ResetMidBody(`{"data":{"sessions":[{"id":"1","meeting_display_name":"` + name + `","x":"` + strings.Repeat("x", 100) + `"}]}}`),
		"bad-encoding":   apitest.Status(200, http.Header{"Content-Encoding": {name}}, "{}"),
		"retry-after":    apitest.Status(503, http.Header{"Retry-After": {name}}, name),
		"redirect":       apitest.Redirect(302, "/?"+strings.ReplaceAll(name, " ", "+")),
		"other-meetings": apitest.Status(404, nil, `{"success":false,"error":{"code":404,"message":"`+name+`"}}`),
	}
}

// The names of meetings are personal data.
func TestMeetingNames_NotInOutput(t *testing.T) {
	sim := apitest.New(time.Now)
	sim.AddToken("token", "account")
	text := "reports: [live]\napi:\n  base_url: %s/client/v4\naccounts:\n  - account_id: account\n    api_token: token\n    apps:\n"
	for id, response := range meetingNames() {
		sim.AddEmptyApp("account", id)
		sim.OverrideEndpoint(id, apitest.Sessions, response)
		text += "      - app_id: " + id + "\n"
	}
	server := httptest.NewServer(sim)
	defer server.Close()
	dir := t.TempDir()
	put(t, filepath.Join(dir, "config.yml"), fmt.Sprintf(text, server.URL))
	p, err := startProcess(dir, os.Environ(), "--log.level=debug", "--web.enable-pprof")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = p.cmd.Process.Kill() }()
	c := newClient()
	c.url = p.url
	for _, path := range []string{"/metrics", "/status", "/debug/pprof/goroutine?debug=2"} {
		r := c.do(http.MethodGet, []string{"-H", "X-Prometheus-Scrape-Timeout-Seconds: 60", path})
		if r.err != nil {
			t.Fatal(r.err)
		}
		noSecret(t, path, r.header+r.body)
		if path != "/metrics" {
			continue
		}
		if !strings.Contains(r.body, `realtimekit_live_participants{app="valid",type="meeting"} 3`) {
			t.Errorf("there are no live values:\n%s", r.body)
		}
	}
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := p.end(); err != nil {
		t.Error(err)
	}
	log := p.log.String()
	noSecret(t, "the log", log)
	if n := strings.Count(log, `msg="report failed"`); n != len(meetingNames())-1 {
		t.Errorf("%d failures are logged, want %d", n, len(meetingNames())-1)
	}

	verify := exec.CommandContext(t.Context(), program, "verify")
	verify.Dir = dir
	out, _ := verify.CombinedOutput() // the error is only the status
	noSecret(t, "verify", string(out))
	if n := strings.Count(string(out), "  failed: "); n != len(meetingNames())-1 {
		t.Errorf("verify prints %d failures, want %d:\n%s", n, len(meetingNames())-1, out)
	}
}
