package collector

import (
	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
)

// A sample is a gauge that is made once and exposed by many scrapes. It does what a
// constant metric of client_golang does, but shares its labels with others and
// lies beside those it is read with: a scrape of many apps mostly waits for memory.
type sample struct {
	desc   *prometheus.Desc
	labels []*dto.LabelPair // in ascending order of their names
	gauge  dto.Gauge
	value  float64
}

// newSamples makes samples of one desc, side by side.
func newSamples(desc *prometheus.Desc, labels [][]*dto.LabelPair, values []float64) []sample {
	samples := make([]sample, len(values))
	for i := range samples {
		s := &samples[i]
		s.desc, s.labels, s.value = desc, labels[i], values[i]
		s.gauge.Value = &s.value
	}
	return samples
}

func pair(name, value string) *dto.LabelPair { return &dto.LabelPair{Name: &name, Value: &value} }

// Desc implements [prometheus.Metric].
func (s *sample) Desc() *prometheus.Desc { return s.desc }

// Write implements [prometheus.Metric].
func (s *sample) Write(out *dto.Metric) error {
	out.Label, out.Gauge = s.labels, &s.gauge
	return nil
}

// constant is a gauge as client_golang makes it.
func constant(desc *prometheus.Desc, value float64, labels ...string) prometheus.Metric {
	return prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, value, labels...)
}
