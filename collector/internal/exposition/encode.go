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

// A format is what the cache keeps of one format.
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

// encode gathers a collector and encodes its metrics.
func (f *format) encode(c prometheus.Collector, compress *compressor) (g group) {
	reg := prometheus.NewPedanticRegistry()
	if g.err = reg.Register(c); g.err != nil {
		return g
	}
	var families []*dto.MetricFamily
	families, g.err = reg.Gather()
	for _, mf := range families {
		header, metrics, err := f.split(mf)
		if err != nil {
			g.err = err
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
	if f.FormatType() == expfmt.TypeProtoDelim {
		if err := encodeAll(&text, f.Format, &dto.MetricFamily{Metric: mf.Metric}); err != nil {
			return nil, nil, err
		}
		metrics = withoutLength(bytes.Clone(text.Bytes()))
		mf.Metric = nil
		text.Reset()
		err = encodeAll(&text, f.Format, mf)
		return withoutLength(text.Bytes()), metrics, err
	}
	err = encodeAll(&text, f.Format, mf)
	metrics = text.Bytes()
	for bytes.HasPrefix(metrics, []byte("#")) {
		_, metrics, _ = bytes.Cut(metrics, []byte("\n"))
	}
	return text.Bytes()[:text.Len()-len(metrics)], metrics, err
}

// encodeAll appends families to a text. One that cannot be encoded is left out.
func encodeAll(text *bytes.Buffer, f expfmt.Format, families ...*dto.MetricFamily) (err error) {
	encoder := expfmt.NewEncoder(text, f)
	for _, mf := range families {
		complete := text.Len()
		if problem := encoder.Encode(mf); problem != nil {
			text.Truncate(complete)
			err = errors.Join(err, problem)
		}
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
