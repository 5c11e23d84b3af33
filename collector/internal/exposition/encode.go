package exposition

import (
	"bytes"
	"encoding/binary"
	"errors"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

// A format has the encoded metrics of one exposition format.
type format struct {
	expfmt.Format
	used    time.Time
	headers map[string]block // of families, by name
	groups  map[prometheus.Collector]group
}

// A group is the metrics of a collector, encoded.
type group struct {
	families []family
	err      error // why metrics are missing
}

// A family is the metrics of a group in one family, without its header.
type family struct {
	name string
	block
}

func newFormat(kind expfmt.FormatType) *format {
	return &format{
		// All names are valid in each escaping scheme, and none is the fastest.
		Format:  expfmt.NewFormat(kind).WithEscapingScheme(model.NoEscaping),
		headers: make(map[string]block),
		groups:  make(map[prometheus.Collector]group),
	}
}

// encode replaces the groups by those of these collectors. It gathers only new ones.
func (f *format) encode(collectors []prometheus.Collector, compress *compressor) (err error) {
	groups := make(map[prometheus.Collector]group, len(collectors))
	for _, c := range collectors {
		g, ok := f.groups[c]
		if !ok {
			g = f.gather(c, compress)
		}
		groups[c] = g
		err = errors.Join(err, g.err)
	}
	f.groups = groups
	return err
}

// gather gathers a collector and encodes its metrics.
func (f *format) gather(c prometheus.Collector, compress *compressor) (g group) {
	reg := prometheus.NewPedanticRegistry()
	if g.err = reg.Register(c); g.err != nil {
		return g
	}
	var families []*dto.MetricFamily
	families, g.err = reg.Gather()
	for _, mf := range families {
		header, metrics, err := f.split(mf)
		if err != nil {
			g.err = errors.Join(g.err, err)
			continue
		}
		if _, ok := f.headers[mf.GetName()]; !ok {
			f.headers[mf.GetName()] = compress.block(header)
		}
		g.families = append(g.families, family{mf.GetName(), compress.block(metrics)})
	}
	return g
}

// split encodes a family in two parts. The second one may be repeated with other
// metrics of the family.
func (f *format) split(mf *dto.MetricFamily) (header, metrics []byte, err error) {
	var text bytes.Buffer
	encoder := expfmt.NewEncoder(&text, f.Format)
	if f.FormatType() == expfmt.TypeProtoDelim {
		var fields bytes.Buffer
		err = appendFamily(&fields, expfmt.NewEncoder(&fields, f.Format), &dto.MetricFamily{Metric: mf.Metric})
		mf.Metric = nil
		err = errors.Join(err, appendFamily(&text, encoder, mf))
		return withoutLength(text.Bytes()), withoutLength(fields.Bytes()), err
	}
	err = appendFamily(&text, encoder, mf)
	metrics = text.Bytes()
	for bytes.HasPrefix(metrics, []byte("#")) {
		_, metrics, _ = bytes.Cut(metrics, []byte("\n"))
	}
	return text.Bytes()[:text.Len()-len(metrics)], metrics, err
}

// appendFamily appends a family to the text of an encoder, unless it cannot be encoded.
func appendFamily(text *bytes.Buffer, encoder expfmt.Encoder, mf *dto.MetricFamily) error {
	complete := text.Len()
	err := encoder.Encode(mf)
	if err != nil {
		text.Truncate(complete)
	}
	return err
}

// length returns the length in front of a message.
func length(message []block) []byte {
	n := 0
	for _, b := range message {
		n += b.size
	}
	return binary.AppendUvarint(nil, uint64(n))
}

// withoutLength removes the length in front of a message.
func withoutLength(message []byte) []byte {
	_, n := binary.Uvarint(message)
	return message[n:]
}
