package history

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/e2e/harness"

	client "github.com/prometheus/client_golang/prometheus"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
)

// store appends a scrape to the exposition of its span, with the labels and series that
// Prometheus adds.
func (p *past) store(instance string, at time.Time, collectors ...client.Collector) {
	p.t.Helper()
	if span := at.UnixNano() / int64(BlockSpan); span != p.span {
		p.close()
		p.span = span
		file, err := os.Create(filepath.Join(p.dir, fmt.Sprintf("%d.om", span)))
		if err != nil {
			p.t.Fatal(err)
		}
		p.file, p.out = file, bufio.NewWriter(file)
	}
	reg := client.NewRegistry()
	reg.MustRegister(collectors...)
	for name, value := range map[string]float64{
		"up": 1, "scrape_duration_seconds": StoredDuration, "scrape_samples_scraped": 500,
		"realtimekit_exporter_build_info":                                   1,
		"realtimekit_exporter_config_last_reload_successful":                1,
		"realtimekit_exporter_config_last_reload_success_timestamp_seconds": harness.Seconds(p.At(FirstDay, 0)),
	} {
		opts := client.GaugeOpts{Name: name, Help: "Added by Prometheus or by main."}
		if name == "realtimekit_exporter_build_info" {
			opts.ConstLabels = client.Labels{"version": StoredVersion, "revision": StoredRevision, "goversion": "go1.26.8"}
		}
		gauge := client.NewGauge(opts)
		gauge.Set(value)
		reg.MustRegister(gauge)
	}
	families, err := reg.Gather()
	if err != nil {
		p.t.Fatal(err)
	}
	ms, target := at.UnixMilli(), targetLabels(Job, instance)
	for _, family := range families {
		for _, metric := range family.Metric {
			metric.TimestampMs = &ms
			metric.Label = append(metric.Label, target...)
		}
		if _, err := expfmt.MetricFamilyToOpenMetrics(p.out, family); err != nil {
			p.t.Fatal(err)
		}
	}
}

func targetLabels(job, instance string) []*dto.LabelPair {
	name := []string{"job", "instance"}
	return []*dto.LabelPair{{Name: &name[0], Value: &job}, {Name: &name[1], Value: &instance}}
}

func (p *past) close() {
	if p.file == nil {
		return
	}
	_, err := io.WriteString(p.out, "# EOF\n")
	if err == nil {
		err = p.out.Flush()
	}
	if err == nil {
		err = p.file.Close()
	}
	if err != nil {
		p.t.Fatal(err)
	}
}
