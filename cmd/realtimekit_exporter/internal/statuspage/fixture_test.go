package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-kit/log"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/realtimekit-exporter/realtimekit_exporter/api/apitest"
	"github.com/realtimekit-exporter/realtimekit_exporter/collector"
)

// A statusWorld is the program's pages on a fake clock, over a simulated API.
type statusWorld struct {
	*testing.T
	sim     *apitest.API
	config  string // that the next reload finds
	broken  error  // or what it stumbles over
	hostile string // stands for every text of the configuration, checked or not
	reload  func() error
	log     bytes.Buffer // of the collector

	exporter *collector.Exporter
	handler  http.Handler
}

const statusAccount = "023e105f4ecef8ad9ca31a8372d0c353"

// twoApps are what most stories are about.
const twoApps = "window_days: 5\naccounts:\n  - account_id: " + statusAccount + "\n    api_token: the-token\n    apps:\n" +
	"      - {app_id: stage-id, name: main-stage}\n      - {app_id: studio-id, name: studio, filters: kind=live}\n"

// inStatusWorld tells a story that begins at noon on 2000-01-10.
func inStatusWorld(t *testing.T, config string, story func(w *statusWorld)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		<-time.After(9*24*time.Hour + 12*time.Hour)
		life, end := context.WithCancel(t.Context())
		defer func() { <-time.After(time.Second) }() // for a token file that is being read
		defer end()
		w := &statusWorld{T: t, sim: apitest.New(time.Now), config: config}
		w.sim.AddToken("the-token", statusAccount)
		for _, id := range []string{"stage-id", "studio-id"} {
			w.sim.AddEmptyApp(statusAccount, id)
			w.sim.SetDay(id, apitest.Day{Date: "2000-01-07", Sessions: 1234, IngestSeconds: 5400, ViewerSeconds: 90000})
			w.sim.SetDay(id, apitest.Day{Date: "2000-01-10", Sessions: 2, IngestSeconds: 60, ViewerSeconds: 60})
		}
		metrics := prometheus.NewRegistry()
		w.exporter = collector.New(life, log.NewLogfmtLogger(log.NewSyncWriter(&w.log)), metrics, time.Now)
		r := newReloader(w.load, w.exporter, log.NewNopLogger(), metrics, time.Now)
		w.reload = r.reload
		if err := w.reload(); err != nil {
			t.Fatal(err)
		}
		o, err := parseFlags([]string{"--web.enable-lifecycle"}, t.Output())
		if err == nil {
			w.handler, err = newHandler(life, w.exporter, r, metrics, healthHandler(life), o)
		}
		if err != nil {
			t.Fatal(err)
		}
		story(w)
	})
}

func (w *statusWorld) load() (*loaded, error) {
	l := &loaded{name: "/etc/realtimekit/config.yml", content: []byte(w.config)}
	c, err := parseConfig(l.name, l.content, "")
	if err := errors.Join(w.broken, err); err != nil {
		return l, err
	}
	if w.hostile != "" {
		l.name = w.hostile
		c.API.BaseURL, c.API.TLS.CAFile = w.hostile, w.hostile
		a := &c.Accounts[0]
		a.Token.origin = w.hostile
		a.Apps[0].Name, a.Apps[1].Filters = w.hostile, w.hostile
	}
	l.config, l.plan = c, c.plan(w.sim.Client().Transport, newTokenFiles())
	return l, nil
}

func (w *statusWorld) scrape() {
	w.Helper()
	if got := request(w.T, w.handler, http.MethodGet, "/metrics"); got.Code != http.StatusOK {
		w.Fatalf("a scrape is answered %d", got.Code)
	}
}

// page is the status page as HTML. Making it takes no request and no time.
func (w *statusWorld) page(query string) string {
	w.Helper()
	synctest.Wait()
	before, start := len(w.sim.Requests()), time.Now()
	got := request(w.T, w.handler, http.MethodGet, "/status"+query)
	if got.Code != http.StatusOK {
		w.Fatalf("/status%s is answered %d: %s", query, got.Code, got.Body)
	}
	synctest.Wait()
	if asked := len(w.sim.Requests()) - before; asked > 0 || !time.Now().Equal(start) {
		w.Errorf("the page took %d requests and %v", asked, time.Since(start))
	}
	return got.Body.String()
}

// says fails the test unless a person reads all that on a page.
func (w *statusWorld) says(page string, all ...string) {
	w.Helper()
	text := read(page)
	for _, want := range all {
		if !strings.Contains(text, want) {
			w.Errorf("%q is not on the page:\n%s", want, text)
		}
	}
}

// saysNot fails the test if a person reads any of that on a page.
func (w *statusWorld) saysNot(page string, all ...string) {
	w.Helper()
	text := read(page)
	for _, unwanted := range all {
		if strings.Contains(text, unwanted) {
			w.Errorf("%q is on the page:\n%s", unwanted, text)
		}
	}
}

// read is what a person reads on a page: its text, and what is said of pictures.
// No attribute holds a > of its own.
func read(page string) string {
	_, rest, _ := strings.Cut(page, "</head>")
	var text strings.Builder
	for rest != "" {
		var words, tag string
		words, rest, _ = strings.Cut(rest, "<")
		tag, rest, _ = strings.Cut(rest, ">")
		text.WriteString(words)
		_, label, labelled := strings.Cut(tag, `aria-label="`)
		label, _, _ = strings.Cut(label, `"`)
		name, _, _ := strings.Cut(strings.TrimPrefix(tag, "/"), " ")
		if labelled {
			text.WriteString(" [" + label + "] ")
		} else if !slices.Contains([]string{"bdi", "code", "b", "a", "span", "time"}, name) {
			text.WriteString(" ")
		}
	}
	return strings.Join(strings.Fields(html.UnescapeString(text.String())), " ")
}

// card is the part of a page about one app.
func (w *statusWorld) card(page, app string) string {
	w.Helper()
	for part := range strings.SplitSeq(page, "<article ") {
		if part, _, found := strings.Cut(part, "</article>"); found && strings.Contains(part, "<bdi>"+html.EscapeString(app)+"</bdi></h3>") {
			return "</head><article " + part
		}
	}
	w.Fatalf("there is no card of %s on the page:\n%s", app, read(page))
	return ""
}

// manyApps is a configuration with so many apps.
func manyApps(apps, days int, name func(i int) string) string {
	var text strings.Builder
	fmt.Fprintf(&text, "window_days: %d\napi: {rate_limit: {requests: %d}}\naccounts:\n  - account_id: %s\n    api_token: the-token\n    apps:\n", days, 5*apps, statusAccount)
	for i := range apps {
		fmt.Fprintf(&text, "      - {app_id: id-%d, name: %q}\n", i, name(i))
	}
	return text.String()
}

func query(values url.Values) string { return "?" + values.Encode() }
