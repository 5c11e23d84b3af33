// Package scenario writes what Prometheus stores of exporters in some scenarios,
// and serves it by a Prometheus. The metrics are those of the reference; the clock
// is simulated, so that weeks take seconds.
package scenario

import (
	"context"
	"hash/maphash"
	"log/slog"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb"
)

// A store writes samples into one block of a Prometheus's data directory.
type store struct {
	writer *tsdb.BlockWriter
	seed   maphash.Seed
	refs   map[uint64]storage.SeriesRef // by the hash of name and labels
}

func newStore(dir string) (*store, error) {
	const block = 400 * 24 * time.Hour
	w, err := tsdb.NewBlockWriter(slog.New(slog.DiscardHandler), dir, block.Milliseconds())
	return &store{w, maphash.MakeSeed(), map[uint64]storage.SeriesRef{}}, err
}

func (s *store) close(ctx context.Context) error {
	_, err := s.writer.Flush(ctx)
	if closed := s.writer.Close(); err == nil {
		err = closed
	}
	return err
}

// A scrape is the samples of one target at one time.
type scrape struct {
	*store
	appender storage.Appender
	at       time.Time
	target   []string // names and values of labels
	err      error
}

func (s *store) scrape(ctx context.Context, at time.Time, target ...string) *scrape {
	return &scrape{store: s, appender: s.writer.Appender(ctx), at: at, target: target}
}

// set adds a sample. Its labels are pairs of names and values.
func (s *scrape) set(value float64, name string, pairs ...string) {
	if s.err != nil {
		return
	}
	var hash maphash.Hash
	hash.SetSeed(s.seed)
	for _, list := range [][]string{{name}, pairs, s.target} {
		for _, text := range list {
			_, _ = hash.WriteString(text) // never an error
			_ = hash.WriteByte(0)         // never an error
		}
	}
	ref := s.refs[hash.Sum64()]
	lset := labels.EmptyLabels()
	if ref == 0 {
		lset = labels.FromStrings(append(append([]string{model.MetricNameLabel, name}, pairs...), s.target...)...)
	}
	s.refs[hash.Sum64()], s.err = s.appender.Append(ref, lset, s.at.UnixMilli(), value)
}

func (s *scrape) commit() error {
	if s.err != nil {
		return s.err
	}
	return s.appender.Commit()
}
