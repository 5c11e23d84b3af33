// Package exposition encodes metrics once and joins them for each scrape.
//
// Metrics that change seldom come from collectors that never change: when a metric
// does, another collector replaces that of its group. Each collector is gathered and
// encoded on its first use in a format. What is kept of it is a compressed block for
// each family. A response is a list of such blocks, so that it costs neither encoding
// nor compression, and responses share their memory.
//
// client_golang checks the metrics, and expfmt encodes them.
package exposition

import (
	"bytes"
	"compress/flate"
	"errors"
	"maps"
	"net"
	"slices"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
)

// idle is the time after which a format that is not used is dropped.
const idle = 10 * time.Minute

// A Cache keeps the encoded metrics of the last response in each format. Use [New] to
// create one.
type Cache struct {
	mu          sync.Mutex
	formats     map[expfmt.FormatType]*format
	small, fast *compressor
}

// New returns an empty cache.
func New() *Cache {
	return &Cache{
		formats: make(map[expfmt.FormatType]*format),
		small:   newCompressor(flate.DefaultCompression),
		fast:    newCompressor(flate.BestSpeed),
	}
}

// Join returns the parts of a gzip file with the metrics of all collectors, and the
// families of this scrape alone. The format is text, OpenMetrics or delimited protobuf. Names are the
// families to return; none are all. A collector must be comparable, and its metrics
// must not change. No two may have the same metric, or a family of this scrape. If an
// error is returned, metrics are missing.
func (c *Cache) Join(in expfmt.Format, collectors []prometheus.Collector, current []*dto.MetricFamily, names []string) (net.Buffers, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f := c.use(in.FormatType())
	wanted := func(name string) bool { return len(names) == 0 || slices.Contains(names, name) }

	var problems []error
	blocks, groups := make(map[string][]block), make(map[prometheus.Collector]group, len(collectors))
	for _, collector := range collectors {
		g, ok := f.groups[collector]
		if !ok {
			g = f.encode(collector, c.small)
		}
		groups[collector] = g
		problems = append(problems, g.err)
		for _, part := range g.families {
			if wanted(part.name) {
				blocks[part.name] = append(blocks[part.name], part.block)
			}
		}
	}
	f.groups = groups

	m := newMember()
	for _, name := range slices.Sorted(maps.Keys(blocks)) {
		all := append([]block{f.headers[name]}, blocks[name]...)
		if in.FormatType() == expfmt.TypeProtoDelim {
			m.add(c.fast.block(length(all)))
		}
		for _, b := range all {
			m.add(b)
		}
	}
	var text bytes.Buffer
	problems = append(problems, encodeAll(&text, in, slices.DeleteFunc(current, func(mf *dto.MetricFamily) bool { return !wanted(mf.GetName()) })...))
	if in.FormatType() == expfmt.TypeOpenMetrics {
		_, _ = expfmt.FinalizeOpenMetrics(&text) // writing to a buffer never fails
	}
	m.add(c.fast.block(text.Bytes()))
	return m.end(), errors.Join(problems...)
}

// use returns a format, and drops those that have not been used for long.
func (c *Cache) use(kind expfmt.FormatType) *format {
	now := time.Now()
	maps.DeleteFunc(c.formats, func(_ expfmt.FormatType, f *format) bool { return now.Sub(f.used) >= idle })
	f, ok := c.formats[kind]
	if !ok {
		f = newFormat(kind)
		c.formats[kind] = f
	}
	f.used = now
	return f
}
