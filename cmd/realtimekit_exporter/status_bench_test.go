//go:build unix

package main

import (
	"fmt"
	"testing"
	"time"

	"github.com/go-kit/log"

	"github.com/realtimekit-exporter/realtimekit_exporter/cmd/realtimekit_exporter/internal/statuspage"
)

// BenchmarkStatusPage renders the status page, alternating with warm scrapes of the same
// apps by a plain registry, as [BenchmarkWarmScrape] does.
func BenchmarkStatusPage(b *testing.B) {
	for _, apps := range []int{10, 100, 1000} {
		b.Run(fmt.Sprintf("apps=%d", apps), func(b *testing.B) {
			_, plain := bothHandlers(b, apps, false)
			e, _, config := benchExporter(b, apps)
			e.Snapshot(b.Context())
			state := &reloadState{name: "config.yml", config: config, at: time.Now()}
			page, err := statuspage.New(e.Status, state.forStatusPage, log.NewNopLogger())
			if err != nil {
				b.Fatal(err)
			}
			ours, theirs := newCosts(b, page), newCosts(b, plain)
			for b.Loop() {
				for range max(10, 2000/apps) {
					ours.scrape(b, "identity")
					theirs.scrape(b, "identity")
				}
			}
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(1e3*median(ours.wall), "ms/page")
			b.ReportMetric(median(ours.wall)/median(theirs.wall), "x-plain-scrape-time")
			b.ReportMetric(sum(ours.cpu)/sum(theirs.cpu), "x-plain-scrape-cpu")
			b.ReportMetric(size(page, "identity")/1e3, "kB")
		})
	}
}
