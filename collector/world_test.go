package collector_test

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/prometheus/common/expfmt"

	"github.com/realtimekit-exporter/realtimekit_exporter/api"
	"github.com/realtimekit-exporter/realtimekit_exporter/api/apitest"
	"github.com/realtimekit-exporter/realtimekit_exporter/collector"
)

//nolint:gochecknoglobals // a flag of the test binary
var update = flag.Bool("update", false, "write the golden files anew")

// A world is an exporter, its plan, and the API that it asks, on one clock.
type world struct {
	*testing.T
	sim      *apitest.API
	exporter *collector.Exporter
	plan     collector.Plan
	registry *prometheus.Registry
	log      bytes.Buffer
	tokens   map[string]string  // by account; one that is empty can't be read
	stop     context.CancelFunc // ends the exporter's context
}

// The account of the stories, and its apps.
const (
	account = "023e105f4ecef8ad9ca31a8372d0c353"
	stage   = "main-stage"
	studio  = "studio"
)

// inWorld runs a story that begins at noon on 2000-01-10, with two apps of one
// account and a window of 5 days.
func inWorld(t *testing.T, story func(w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(9*24*time.Hour + 12*time.Hour)
		ctx, stop := context.WithCancel(t.Context())
		defer synctest.Wait()
		defer stop()
		w := &world{stop: stop, T: t, sim: apitest.New(time.Now), registry: prometheus.NewRegistry(), tokens: map[string]string{account: "secret"}}
		w.sim.AddToken("secret", account)
		w.sim.AddEmptyApp(account, stage+"-id")
		w.sim.AddEmptyApp(account, studio+"-id")
		w.day(stage, "2000-01-04", 9, 9, 9) // left the window
		w.day(stage, "2000-01-07", 3, 5400, 86400)
		w.day(stage, "2000-01-09", 1, 60, 0)
		w.day(stage, "2000-01-10", 2, 3600, 7200)
		w.day(studio, "2000-01-06", 1, 600, 1200)
		w.plan = collector.Plan{
			Reports:  collector.Reports(),
			Accounts: []collector.Account{w.account(account, stage, studio)},
			Days:     5, TTL: 15 * time.Minute, MaxStale: 72 * time.Hour,
			Timeout: 30 * time.Second, MaxInFlight: 8,
			Limit:   collector.Limit{Requests: 300, Per: 5 * time.Minute},
			BaseURL: "https://api.example/client/v4",
		}
		w.plan.Client = api.New(w.plan.BaseURL, w.sim.Client().Transport)
		w.exporter = collector.New(ctx, level.NewFilter(log.NewLogfmtLogger(log.NewSyncWriter(&w.log)), level.AllowInfo()), w.registry, time.Now)
		w.exporter.Apply(w.plan)
		synctest.Wait() // for the tokens to be read
		story(w)
	})
}

func (w *world) day(app, date string, sessions, ingest, viewers int64) {
	w.sim.SetDay(app+"-id", apitest.Day{Date: date, Sessions: sessions, IngestSeconds: ingest, ViewerSeconds: viewers})
}

func (w *world) account(id string, apps ...string) collector.Account {
	a := collector.Account{ID: id, Token: func(context.Context) (api.Secret, error) {
		if w.tokens[id] == "" {
			return "", errors.New("api_token_file /run/secrets/token does not exist")
		}
		return api.Secret(w.tokens[id]), nil
	}}
	for _, app := range apps {
		a.Apps = append(a.Apps, collector.App{ID: app + "-id", Name: app})
	}
	return a
}

// scrape scrapes with a patience of 10 s, and returns the exposition.
func (w *world) scrape() string {
	w.Helper()
	families, err := w.gatherer().Gather()
	if err != nil {
		w.Fatal(err)
	}
	var text strings.Builder
	for _, family := range families {
		if _, err := expfmt.MetricFamilyToText(&text, family); err != nil {
			w.Fatal(err)
		}
	}
	return text.String()
}

func (w *world) gatherer() prometheus.Gatherer {
	ctx, cancel := context.WithTimeout(w.Context(), 10*time.Second)
	defer cancel()
	all := prometheus.NewPedanticRegistry()
	all.MustRegister(w.exporter.Snapshot(ctx), w.registry)
	synctest.Wait() // for the tokens to be read
	return all
}

// golden scrapes and compares with a file, all but how long requests took.
func (w *world) golden(name string) {
	w.Helper()
	file := filepath.Join("testdata", name+".prom")
	var kept []string
	for line := range strings.Lines(w.scrape()) {
		if !strings.Contains(line, "request_duration_seconds") {
			kept = append(kept, line)
		}
	}
	got := strings.Join(kept, "")
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			w.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		w.Fatal(err)
	}
	if got != string(want) {
		w.Errorf("%s: got\n%s\nwant\n%s", name, got, want)
	}
	problems, err := testutil.GatherAndLint(w.gatherer())
	if err != nil || len(problems) > 0 {
		w.Errorf("promlint: %v, %v", problems, err)
	}
}

// samples are those of a scrape that have all of some words in their lines.
func samples(exposition string, words ...string) []string {
	var found []string
lines:
	for line := range strings.Lines(exposition) {
		for _, word := range words {
			if line[0] == '#' || !strings.Contains(line, word) {
				continue lines
			}
		}
		found = append(found, strings.TrimSpace(line))
	}
	return found
}

// has fails the test unless every one of some lines is in an exposition.
func (w *world) has(exposition string, lines ...string) {
	w.Helper()
	all := slices.Collect(strings.Lines(exposition))
	for _, line := range lines {
		if !slices.Contains(all, line+"\n") {
			name, _, _ := strings.Cut(line, "{")
			w.Errorf("want %s; got\n%s", line, strings.Join(samples(exposition, name), "\n"))
		}
	}
}

// asks fails the test unless so many requests have reached the API since the last time.
func (w *world) asks(want int) {
	w.Helper()
	if got := w.sim.Requests(); len(got) != want {
		w.Errorf("%d requests, want %d", len(got), want)
	}
	w.sim.ResetRequests()
}

// dates lists those that a family shows for an app.
func dates(exposition, family, app string) string {
	var found []string
	for _, sample := range samples(exposition, family+"{", fmt.Sprintf("app=%q", app)) {
		_, date, _ := strings.Cut(sample, `date="`)
		found = append(found, date[len("2000-01-"):len("2000-01-02")])
	}
	return strings.Join(found, " ")
}
