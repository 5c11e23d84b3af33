package harness

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A Prometheus is a Prometheus server that scrapes every second.
type Prometheus struct{ *Process }

// StartPrometheus starts a Prometheus with these scrape_configs, a list in YAML.
func StartPrometheus(t *testing.T, scrapeConfigs string) Prometheus {
	t.Helper()
	return StartPrometheusOn(t, filepath.Join(t.TempDir(), "data"), "scrape_configs:\n"+scrapeConfigs)
}

// StartPrometheusOn starts a Prometheus on a folder of data, with more lines of its
// configuration and flags.
func StartPrometheusOn(t testing.TB, data, more string, args ...string) Prometheus {
	t.Helper()
	config := filepath.Join(t.TempDir(), "prometheus.yml")
	WriteFile(t, config, "global: {scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s}\n"+more)
	return Prometheus{Start(t, "prometheus", append([]string{"--config.file=" + config, "--storage.tsdb.path=" + data,
		"--web.listen-address=127.0.0.1:0", "--scrape.discovery-reload-interval=100ms"}, args...)...)}
}

// Job returns a scrape configuration for exporters, with more lines of YAML.
func Job(name string, exporters []*Process, labels map[string]string, more ...string) string {
	static := map[string]any{"labels": labels}
	var targets []string
	for _, e := range exporters {
		targets = append(targets, strings.TrimPrefix(e.URL, "http://"))
	}
	static["targets"] = targets
	flow, err := json.Marshal(static)
	if err != nil {
		panic(err) // strings can be marshaled
	}
	lines := append([]string{"honor_labels: true", "static_configs: [" + string(flow) + "]"}, more...)
	return "- job_name: " + name + "\n  " + strings.Join(lines, "\n  ") + "\n"
}

// AwaitScrapes waits until this number of targets were scraped n times each.
func (p Prometheus) AwaitScrapes(t *testing.T, targets, n int) {
	t.Helper()
	Eventually(t, func() error {
		got, err := p.Query(t.Context(), fmt.Sprintf(`count(count_over_time(up[5m]) >= %d)`, n))
		if err != nil {
			return err
		}
		return Diff(got, Samples{"{}": float64(targets)})
	})
}

// Expect compares the result of a query.
func (p Prometheus) Expect(t *testing.T, promql string, want Samples) {
	t.Helper()
	got, err := p.Query(t.Context(), promql)
	if err == nil {
		err = Diff(got, want)
	}
	if err != nil {
		t.Errorf("%s: %v", promql, err)
	}
}

// Fetch calls Prometheus's HTTP API, and decodes the data of the response. A warning
// is an error.
func (p Prometheus) Fetch(ctx context.Context, path string, query url.Values, into any) error {
	_, body, err := Get(ctx, p.URL+"/api/v1/"+path+"?"+query.Encode(), "")
	if err != nil {
		return err
	}
	response := struct {
		Warnings []string
		Data     any
	}{Data: into}
	if err := json.Unmarshal(body, &response); err != nil {
		return err
	}
	if len(response.Warnings) > 0 {
		return fmt.Errorf("Prometheus warns: %q", response.Warnings)
	}
	return nil
}

// Query evaluates PromQL now. Series that differ only in job and instance are an
// error.
func (p Prometheus) Query(ctx context.Context, promql string) (Samples, error) {
	var data struct{ Result []Series }
	if err := p.Fetch(ctx, "query", url.Values{"query": {promql}}, &data); err != nil {
		return nil, err
	}
	got := Samples{}
	for _, s := range data.Result {
		if _, twice := got[s.Name()]; twice {
			return nil, fmt.Errorf("%s: more than one series %s", promql, s.Name())
		}
		_, v, err := Point(s.Value)
		if err != nil {
			return nil, err
		}
		got[s.Name()] = v
	}
	return got, nil
}

// QueryDays evaluates PromQL at 00:00 UTC of each day from first to last. The keys of
// the result are like "app at 2026-01-31T00:00:00Z".
func (p Prometheus) QueryDays(ctx context.Context, promql string, first, last time.Time) (map[string]float64, error) {
	var data struct{ Result []Series }
	if err := p.Fetch(ctx, "query_range", url.Values{
		"query": {promql}, "step": {"1d"}, "start": {first.Format(time.RFC3339)}, "end": {last.Format(time.RFC3339)},
	}, &data); err != nil {
		return nil, err
	}
	got := map[string]float64{}
	for _, s := range data.Result {
		for _, value := range s.Values {
			at, v, err := Point(value)
			if err != nil {
				return nil, err
			}
			got[s.Metric["app"]+" at "+at.Format(time.RFC3339)] = v
		}
	}
	return got, nil
}

// SampleTimes returns the times of the samples of a selector in the last 5 minutes.
func (p Prometheus) SampleTimes(ctx context.Context, selector string) ([]time.Time, error) {
	var data struct{ Result []Series }
	if err := p.Fetch(ctx, "query", url.Values{"query": {selector + "[5m]"}}, &data); err != nil {
		return nil, err
	}
	var times []time.Time
	for _, s := range data.Result {
		for _, value := range s.Values {
			at, _, err := Point(value)
			if err != nil {
				return nil, err
			}
			times = append(times, at)
		}
	}
	return times, nil
}

// UnixTime formats a time for Prometheus's HTTP API.
func UnixTime(at time.Time) string {
	return strings.TrimSuffix(fmt.Sprintf("%d.%03d", at.Unix(), at.Nanosecond()/1_000_000), ".000")
}

// Raw calls Prometheus's HTTP API, and returns the result undecoded. A warning or an
// info annotation is an error.
func (p Prometheus) Raw(ctx context.Context, path string, query url.Values) (json.RawMessage, error) {
	_, body, err := Get(ctx, p.URL+"/api/v1/"+path+"?"+query.Encode(), "")
	if err != nil {
		return nil, err
	}
	var response struct {
		Warnings, Infos []string
		Data            struct{ Result json.RawMessage }
	}
	if err := json.Unmarshal(body, &response); err != nil {
		return nil, err
	}
	if annotations := append(response.Warnings, response.Infos...); len(annotations) > 0 {
		return nil, fmt.Errorf("Prometheus annotates the query: %q", annotations)
	}
	return response.Data.Result, nil
}

// QueryAt evaluates PromQL at a time.
func (p Prometheus) QueryAt(ctx context.Context, promql string, at time.Time) (result []Series, err error) {
	raw, err := p.Raw(ctx, "query", url.Values{"query": {promql}, "time": {UnixTime(at)}})
	if err == nil {
		err = json.Unmarshal(raw, &result)
	}
	return result, err
}
