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
	"sync/atomic"
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
var update = flag.Bool("update", false, "update the golden files")

// A fixture is an exporter, its plan and a simulated API, with one clock.
type fixture struct {
	*testing.T
	sim      *apitest.API
	exporter *collector.Exporter
	plan     collector.Plan
	registry *prometheus.Registry
	log      bytes.Buffer
	tokens   map[string]string  // by account; an empty one cannot be read
	clock    atomic.Int64       // how far the exporter's clock is ahead
	stop     context.CancelFunc // ends the exporter's context
}

// The account of the fixture, and its apps.
const (
	account   = "023e105f4ecef8ad9ca31a8372d0c353"
	mainStage = "main-stage"
	studio    = "studio"
)

// withFixture runs a test that begins at noon on 2000-01-10, with two apps of one
// account and a window of 5 days.
func withFixture(t *testing.T, run func(f *fixture)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(9*24*time.Hour + 12*time.Hour)
		ctx, stop := context.WithCancel(t.Context())
		f := &fixture{stop: stop, T: t, sim: apitest.New(time.Now), registry: prometheus.NewRegistry(), tokens: map[string]string{account: "secret"}}
		defer synctest.Wait()
		defer func() { f.stop() }()
		f.sim.AddToken("secret", account)
		f.sim.AddEmptyApp(account, mainStage+"-id")
		f.sim.AddEmptyApp(account, studio+"-id")
		f.day(mainStage, "2000-01-04", 9, 9, 9) // before the window
		f.day(mainStage, "2000-01-07", 3, 5400, 86400)
		f.day(mainStage, "2000-01-09", 1, 60, 0)
		f.day(mainStage, "2000-01-10", 2, 3600, 7200)
		f.day(studio, "2000-01-06", 1, 600, 1200)
		f.plan = collector.Plan{
			Reports:  collector.Reports("livestreams"),
			Accounts: []collector.Account{f.account(account, mainStage, studio)},
			Days:     5, TTL: 15 * time.Minute, LiveTTL: 2 * time.Minute, MaxStale: 72 * time.Hour,
			Timeout: 30 * time.Second, MaxInFlight: 8,
			Limit:   collector.Limit{Requests: 300, Per: 5 * time.Minute},
			BaseURL: "https://api.example/client/v4",
		}
		f.plan.Client = api.New(f.plan.BaseURL, f.sim.Client().Transport)
		f.start(ctx)
		run(f)
	})
}

// start makes the exporter.
func (f *fixture) start(ctx context.Context) {
	f.exporter = collector.New(ctx, level.NewFilter(log.NewLogfmtLogger(log.NewSyncWriter(&f.log)), level.AllowInfo()), f.registry, func() time.Time { return time.Now().Add(time.Duration(f.clock.Load())) })
	f.exporter.Apply(f.plan)
	synctest.Wait() // for the tokens to be read
}

func (f *fixture) day(app, date string, sessions, ingest, viewers int64) {
	f.sim.SetDay(app+"-id", apitest.Day{Date: date, Sessions: sessions, IngestSeconds: ingest, ViewerSeconds: viewers})
}

func (f *fixture) account(id string, apps ...string) collector.Account {
	a := collector.Account{ID: id, Token: func(context.Context) (api.Secret, error) {
		if f.tokens[id] == "" {
			return "", errors.New("api_token_file /run/secrets/token does not exist")
		}
		return api.Secret(f.tokens[id]), nil
	}}
	for _, app := range apps {
		a.Apps = append(a.Apps, collector.App{ID: app + "-id", Name: app})
	}
	return a
}

// scrape scrapes with a timeout of 10 s, and returns the exposition.
func (f *fixture) scrape() string {
	f.Helper()
	families, err := f.gatherer().Gather()
	if err != nil {
		f.Fatal(err)
	}
	var text strings.Builder
	for _, family := range families {
		if _, err := expfmt.MetricFamilyToText(&text, family); err != nil {
			f.Fatal(err)
		}
	}
	return text.String()
}

func (f *fixture) gatherer() prometheus.Gatherer {
	ctx, cancel := context.WithTimeout(f.Context(), 10*time.Second)
	defer cancel()
	all := prometheus.NewPedanticRegistry()
	all.MustRegister(f.exporter.Snapshot(ctx), f.registry)
	synctest.Wait() // for the tokens to be read
	return all
}

// golden compares a scrape with a file, except for the durations of requests.
func (f *fixture) golden(name string) {
	f.Helper()
	file := filepath.Join("testdata", name+".prom")
	var kept []string
	for line := range strings.Lines(f.scrape()) {
		if !strings.Contains(line, "request_duration_seconds") {
			kept = append(kept, line)
		}
	}
	got := strings.Join(kept, "")
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			f.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		f.Fatal(err)
	}
	if got != string(want) {
		f.Errorf("%s: got\n%s\nwant\n%s", name, got, want)
	}
	problems, err := testutil.GatherAndLint(f.gatherer())
	if err != nil || len(problems) > 0 {
		f.Errorf("promlint: %v, %v", problems, err)
	}
}

// samples returns the lines of an exposition that contain all of some words.
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

// expectLines fails the test unless each of the lines is in an exposition.
func (f *fixture) expectLines(exposition string, lines ...string) {
	f.Helper()
	all := slices.Collect(strings.Lines(exposition))
	for _, line := range lines {
		if !slices.Contains(all, line+"\n") {
			name, _, _ := strings.Cut(line, "{")
			f.Errorf("want %s; got\n%s", line, strings.Join(samples(exposition, name), "\n"))
		}
	}
}

// expectRequests fails the test unless this many requests reached the API since the last call.
func (f *fixture) expectRequests(want int) {
	f.Helper()
	if got := f.sim.Requests(); len(got) != want {
		f.Errorf("%d requests, want %d", len(got), want)
	}
	f.sim.ResetRequests()
}

// dates lists the dates of the samples of an app in a family.
func dates(exposition, family, app string) string {
	var found []string
	for _, sample := range samples(exposition, family+"{", fmt.Sprintf("app=%q", app)) {
		_, date, _ := strings.Cut(sample, `date="`)
		found = append(found, date[len("2000-01-"):len("2000-01-02")])
	}
	return strings.Join(found, " ")
}
