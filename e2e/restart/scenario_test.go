package restart

import (
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/api/apitest"
	"github.com/realtimekit-exporter/realtimekit_exporter/e2e/harness"
)

const (
	apps = 60
	ttl  = 20 * time.Second
)

// A scenario is an account whose apps have more sessions with each request, and an
// exporter that keeps its cache.
type scenario struct {
	*harness.Account
	directory string
	names     []string

	mu       sync.Mutex
	sessions map[string]int // in the last response, by app
	hanging  chan struct{}  // closed when the API responds again
}

func newScenario(t *testing.T) *scenario {
	t.Helper()
	s := &scenario{Account: harness.NewAccount(t), directory: t.TempDir(), sessions: map[string]int{}}
	s.hang()
	s.respond()
	for i := range apps {
		app := fmt.Sprintf("app-%02d", i)
		s.names = append(s.names, app)
		s.API.AddEmptyApp(harness.AccountID, app)
		s.API.Override(app, s.response(app))
	}
	s.Configure(t, s.names...)
	config := harness.ReadFile(t, s.Config)
	harness.WriteFile(t, s.Config, fmt.Sprintf("cache: {ttl: %v, directory: %s}\n", ttl, s.directory)+
		strings.Replace(config, "api:\n", "api:\n  max_in_flight: 100\n  rate_limit: {requests: 3000, per: 10s}\n", 1))
	return s
}

// response responds with the same number of sessions for each day, one more than before.
func (s *scenario) response(app string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		hanging := s.hanging
		s.mu.Unlock()
		select {
		case <-hanging:
		case <-r.Context().Done():
			return // the exporter was killed
		}
		s.mu.Lock()
		s.sessions[app]++
		n := s.sessions[app]
		s.mu.Unlock()
		var rows []string
		for day := 1 - harness.WindowDays; day <= 0; day++ {
			rows = append(rows, fmt.Sprintf(`{"date":%q,"count":%d}`, s.Date(day), n))
		}
		apitest.Body(`{"success":true,"data":[`+strings.Join(rows, ",")+`]}`).ServeHTTP(w, r)
	})
}

// hang makes requests wait until respond is called.
func (s *scenario) hang() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hanging = make(chan struct{})
}

func (s *scenario) respond() {
	s.mu.Lock()
	defer s.mu.Unlock()
	close(s.hanging)
}

func (s *scenario) args() []string {
	return []string{"--config.file=" + s.Config, "--web.listen-address=127.0.0.1:0", harness.LongOffset}
}

// A savedResponse is a response in the file.
type savedResponse struct {
	AppID   string    `json:"app_id"`
	Sent    time.Time `json:"sent"`
	End     time.Time `json:"window_end"`
	Metrics []struct {
		Values []float64 `json:"values"`
	} `json:"metrics"`
}

// sessions is the number of sessions today.
func (k savedResponse) sessions() float64 {
	values := k.Metrics[0].Values
	return values[len(values)-1]
}

// file returns the responses in the file, by app.
func (s *scenario) file() (map[string]savedResponse, error) {
	f, err := os.Open(filepath.Join(s.directory, "cache.jsonl.gz"))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r, err := gzip.NewReader(f)
	if err != nil {
		return nil, err
	}
	found := map[string]savedResponse{}
	for lines := json.NewDecoder(r); ; {
		var line struct {
			Response *savedResponse `json:"response"`
		}
		switch err := lines.Decode(&line); {
		case errors.Is(err, io.EOF):
			return found, nil
		case err != nil:
			return nil, err
		case line.Response != nil:
			found[line.Response.AppID] = *line.Response
		}
	}
}

// awaitFile waits until all apps are in the file.
func (s *scenario) awaitFile(t *testing.T) {
	t.Helper()
	harness.Eventually(t, func() error {
		found, err := s.file()
		if err == nil && len(found) < apps {
			err = fmt.Errorf("%d apps in the file, want %d", len(found), apps)
		}
		return err
	})
}
