// Package exposition encodes metrics once and joins them for each scrape.
//
// Metrics that rarely change come from immutable collectors: when a metric changes, a
// new collector replaces the old one. Each collector is gathered and encoded on its
// first use in a format, and kept as one compressed block per family. A response is a
// list of such blocks: it needs no encoding and no compression, and shares its memory
// with other responses.
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
	text        bytes.Buffer
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
// families in current, which are not kept. The format is text, OpenMetrics or delimited
// protobuf. names are the families to return; empty: all.
//
// Collectors must be comparable, and their metrics must not change. No two may have the
// same metric, or a family in current. If there is an error, metrics are missing.
func (c *Cache) Join(in expfmt.Format, collectors []prometheus.Collector, current []*dto.MetricFamily, names []string) (net.Buffers, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	wanted := func(name string) bool { return len(names) == 0 || slices.Contains(names, name) }
	f := c.use(in.FormatType())
	err := f.encode(collectors, c.small)

	blocks := make(map[string][]block)
	for _, collector := range collectors {
		for _, part := range f.groups[collector].families {
			if wanted(part.name) {
				blocks[part.name] = append(blocks[part.name], part.block)
			}
		}
	}
	m := newMember()
	for _, name := range slices.Sorted(maps.Keys(blocks)) {
		family := append([]block{f.headers[name]}, blocks[name]...)
		if in.FormatType() == expfmt.TypeProtoDelim {
			m.add(c.fast.block(length(family)))
		}
		for _, b := range family {
			m.add(b)
		}
	}

	c.text.Reset()
	encoder := expfmt.NewEncoder(&c.text, in)
	for _, mf := range current {
		if wanted(mf.GetName()) {
			err = errors.Join(err, appendFamily(&c.text, encoder, mf))
		}
	}
	_ = encoder.(expfmt.Closer).Close() // writing to a buffer never fails
	m.add(c.fast.block(c.text.Bytes()))
	return m.end(), err
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
