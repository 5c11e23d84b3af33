package grafana

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb"

	"github.com/realtimekit-exporter/realtimekit_exporter/e2e/harness"
	"github.com/realtimekit-exporter/realtimekit_exporter/e2e/harness/history"
)

// What is asked for: so many apps of one exporter, scraped each minute as the
// README says, for so many days. The rules are evaluated as often.
const (
	benchApps   = 5
	benchDays   = 90
	benchScrape = time.Minute
)

// BenchmarkOnePointPerDay has Prometheus answer what the dashboard asks for one
// point per day, in turn of the daily series and of the recorded ones.
func BenchmarkOnePointPerDay(b *testing.B) {
	h := history.New(time.Now())
	m := &fixture{Server: &history.Server{History: h, Dir: b.TempDir()}}
	m.storeMinutes(b, m.Data())
	prom := m.StartPrometheus(b, "[]", "[]")
	dash := readDashboard(b, "livestreams")

	for _, days := range []int{30, benchDays} {
		b.Run(fmt.Sprintf("days=%d", days), func(b *testing.B) {
			s := &scene{dash: dash, prom: prom, now: h.Now, from: h.Midnight(1 - days), to: h.Midnight(1).Add(-time.Millisecond), relative: true}
			var raw, recorded []float64
			for b.Loop() {
				raw = append(raw, s.benchmark(b, h, "Sessions per day", days))
				recorded = append(recorded, s.benchmark(b, h, "Sessions per day, recorded", days))
			}
			slices.Sort(raw)
			slices.Sort(recorded)
			middle := len(raw) / 2
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(1e3*raw[middle], "ms/raw")
			b.ReportMetric(1e3*recorded[middle], "ms/recorded")
			b.ReportMetric(raw[middle]/recorded[middle], "raw/recorded")
		})
	}
}

// benchmark asks the first query of a panel, and returns how many seconds that
// took. The answer has to be right.
func (s *scene) benchmark(b *testing.B, h *history.History, title string, days int) float64 {
	b.Helper()
	panels := s.dash.all()
	p := panels[slices.IndexFunc(panels, func(p panel) bool { return p.Title == title })]
	start := time.Now()
	a, err := s.askTarget(b.Context(), p, p.Targets[0], s.from, s.to)
	took := time.Since(start).Seconds()
	var got map[string]float64
	if err == nil {
		got, err = sumsByDay(a)
	}
	want := map[string]float64{}
	for n := 1 - days; n <= 0; n++ {
		want[h.Midnight(n).Format(time.DateOnly)] = benchApps * sessionsOn(n)
	}
	if err == nil {
		err = near(got, want)
	}
	if err != nil {
		b.Fatalf("panel %q: %v", title, err)
	}
	return took
}

// storeMinutes makes blocks of what Prometheus would have in store of every
// scrape, and of every evaluation of the two rules that have a point of each day.
func (h *fixture) storeMinutes(b *testing.B, dir string) {
	b.Helper()
	var block *tsdb.BlockWriter
	var refs map[string]storage.SeriesRef
	span := int64(-1)
	flush := func() {
		if block == nil {
			return
		}
		if _, err := block.Flush(b.Context()); err != nil {
			b.Fatal(err)
		}
		if err := block.Close(); err != nil {
			b.Fatal(err)
		}
	}
	for at := h.Midnight(1 - benchDays); at.Before(h.Now); {
		if is := at.UnixNano() / int64(history.BlockSpan); is != span {
			flush()
			var err error
			if block, err = tsdb.NewBlockWriter(slog.New(slog.DiscardHandler), dir, 2*history.BlockSpan.Milliseconds()); err != nil {
				b.Fatal(err)
			}
			span, refs = is, map[string]storage.SeriesRef{}
		}
		n := h.Number(at)
		all := h.seriesOn(n)
		to := h.Midnight(n + 1)
		if end := time.Unix(0, (span+1)*int64(history.BlockSpan)); end.Before(to) {
			to = end
		}
		if h.Now.Before(to) {
			to = h.Now
		}
		app := block.Appender(b.Context())
		for ; at.Before(to); at = at.Add(benchScrape) {
			for _, s := range all {
				ref, err := app.Append(refs[s.key], s.labels, at.UnixMilli(), s.value)
				if err != nil {
					b.Fatal(err)
				}
				refs[s.key] = ref
			}
		}
		if err := app.Commit(); err != nil {
			b.Fatal(err)
		}
	}
	flush()
}

type storedSeries struct {
	key    string
	labels labels.Labels
	value  float64
}

// seriesOn are all series of a day, each of which has one value all day long.
func (h *fixture) seriesOn(n int) (all []storedSeries) {
	add := func(value float64, pairs ...string) {
		all = append(all, storedSeries{fmt.Sprint(pairs), labels.FromStrings(pairs...), value})
	}
	for of := n - harness.WindowDays + 1; of <= n; of++ {
		date := h.Midnight(of).Format(time.DateOnly)
		add(harness.Seconds(h.Midnight(of)), "__name__", harness.DateStart, "job", history.Job, "instance", history.First, "date", date)
		for i := range benchApps {
			add(sessionsOn(of), "__name__", harness.Daily+"sessions", "job", history.Job, "instance", history.First, "app", fmt.Sprintf("app-%d", i), "date", date)
		}
	}
	for i := range benchApps {
		for name, of := range map[string]int{"today": n, "yesterday": n - 1} {
			add(sessionsOn(of), "__name__", "app:"+harness.Daily+"sessions:"+name, "app", fmt.Sprintf("app-%d", i))
		}
	}
	return all
}

func sessionsOn(n int) float64 { return float64(300 + n) }

// sumsByDay adds up the points of each day.
func sumsByDay(a asked) (map[string]float64, error) {
	var all []harness.Series
	if err := json.Unmarshal(a.Result, &all); err != nil {
		return nil, err
	}
	sums := map[string]float64{}
	for _, s := range all {
		for _, value := range s.Values {
			at, v, err := harness.Point(value)
			if err != nil {
				return nil, err
			}
			sums[at.UTC().Format(time.DateOnly)] += v
		}
	}
	return sums, nil
}
