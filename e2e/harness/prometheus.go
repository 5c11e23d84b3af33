package e2e

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

// A prometheus scrapes every second.
type prometheus struct{ *process }

// startPrometheus runs a Prometheus with these scrape_configs (YAML, a list).
func startPrometheus(t *testing.T, scrapeConfigs string) prometheus {
	t.Helper()
	dir := t.TempDir()
	config := filepath.Join(dir, "prometheus.yml")
	write(t, config, "global: {scrape_interval: 1s, scrape_timeout: 1s}\nscrape_configs:\n"+scrapeConfigs)
	return prometheus{start(t, "prometheus", "--config.file="+config, "--storage.tsdb.path="+filepath.Join(dir, "data"),
		"--web.listen-address=127.0.0.1:0", "--scrape.discovery-reload-interval=100ms")}
}

// job is a scrape configuration for exporters, with more lines of YAML for it.
func job(name string, exporters []*process, labels map[string]string, more ...string) string {
	static := map[string]any{"labels": labels}
	var targets []string
	for _, e := range exporters {
		targets = append(targets, strings.TrimPrefix(e.url, "http://"))
	}
	static["targets"] = targets
	flow, err := json.Marshal(static)
	if err != nil {
		panic(err) // strings can't fail
	}
	lines := append([]string{"honor_labels: true", "static_configs: [" + string(flow) + "]"}, more...)
	return "- job_name: " + name + "\n  " + strings.Join(lines, "\n  ") + "\n"
}

// awaitScrapes returns once each of so many targets has been scraped n times.
func (p prometheus) awaitScrapes(t *testing.T, targets, n int) {
	t.Helper()
	eventually(t, func() error {
		got, err := p.query(t.Context(), fmt.Sprintf(`count(count_over_time(up[5m]) >= %d)`, n))
		if err != nil {
			return err
		}
		return differ(got, samples{"{}": float64(targets)})
	})
}

// expect compares the result of a query.
func (p prometheus) expect(t *testing.T, promql string, want samples) {
	t.Helper()
	got, err := p.query(t.Context(), promql)
	if err == nil {
		err = differ(got, want)
	}
	if err != nil {
		t.Errorf("%s: %v", promql, err)
	}
}

// ask puts a question to Prometheus's HTTP API.
func (p prometheus) ask(ctx context.Context, path string, query url.Values, into any) error {
	_, body, err := get(ctx, p.url+"/api/v1/"+path+"?"+query.Encode(), "")
	if err != nil {
		return err
	}
	answer := struct {
		Warnings []string
		Data     any
	}{Data: into}
	if err := json.Unmarshal(body, &answer); err != nil {
		return err
	}
	if len(answer.Warnings) > 0 {
		return fmt.Errorf("prometheus warns: %q", answer.Warnings)
	}
	return nil
}

// query evaluates PromQL now. Series that differ by target alone are an error.
func (p prometheus) query(ctx context.Context, promql string) (samples, error) {
	var data struct{ Result []series }
	if err := p.ask(ctx, "query", url.Values{"query": {promql}}, &data); err != nil {
		return nil, err
	}
	got := samples{}
	for _, s := range data.Result {
		if _, twice := got[s.name()]; twice {
			return nil, fmt.Errorf("%s: more than one series %s", promql, s.name())
		}
		_, v, err := point(s.Value)
		if err != nil {
			return nil, err
		}
		got[s.name()] = v
	}
	return got, nil
}

// queryDays evaluates PromQL at 00:00 UTC of each day from first to last. Its
// result has a key for each app and time.
func (p prometheus) queryDays(ctx context.Context, promql string, first, last time.Time) (map[string]float64, error) {
	var data struct{ Result []series }
	if err := p.ask(ctx, "query_range", url.Values{
		"query": {promql}, "step": {"1d"}, "start": {first.Format(time.RFC3339)}, "end": {last.Format(time.RFC3339)},
	}, &data); err != nil {
		return nil, err
	}
	got := map[string]float64{}
	for _, s := range data.Result {
		for _, value := range s.Values {
			at, v, err := point(value)
			if err != nil {
				return nil, err
			}
			got[s.Metric["app"]+" at "+at.Format(time.RFC3339)] = v
		}
	}
	return got, nil
}

// times tells when the series of a selector have samples.
func (p prometheus) times(ctx context.Context, selector string) ([]time.Time, error) {
	var data struct{ Result []series }
	if err := p.ask(ctx, "query", url.Values{"query": {selector + "[5m]"}}, &data); err != nil {
		return nil, err
	}
	var times []time.Time
	for _, s := range data.Result {
		for _, value := range s.Values {
			at, _, err := point(value)
			if err != nil {
				return nil, err
			}
			times = append(times, at)
		}
	}
	return times, nil
}
