package backfill

import (
	"context"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/collector"
)

// BenchmarkWrite writes a year of 500 apps with three metrics each.
func BenchmarkWrite(b *testing.B) {
	reports := collector.Reports()[:1]
	from := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	var apps []*app
	for n := range 500 {
		a := &app{App: collector.App{Name: fmt.Sprintf("app-%d", n)}}
		data := collector.Data{}
		for range reports[0].Metrics {
			var rows []collector.Row
			for i := range 365 {
				rows = append(rows, collector.Row{Date: from.AddDate(0, 0, i), Value: float64(n * i)})
			}
			data.Rows = append(data.Rows, rows)
		}
		a.data = append(a.data, data)
		apps = append(apps, a)
	}
	b.ReportAllocs()
	for b.Loop() {
		if n, err := write(context.Background(), io.Discard, reports, apps); n != 500*365*3 || err != nil {
			b.Fatal(n, err)
		}
	}
}
