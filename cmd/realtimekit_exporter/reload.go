package main

import (
	"context"
	"crypto/sha256"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/realtimekit-exporter/realtimekit_exporter/cmd/realtimekit_exporter/internal/config"
	"github.com/realtimekit-exporter/realtimekit_exporter/collector"
)

const reloadFailed = "reload failed: the previous configuration stays in force"

// A reloader is the one door through which a configuration gets into force.
type reloader struct {
	load     func() (*loaded, error)
	exporter *collector.Exporter
	logger   log.Logger
	now      func() time.Time
	ok, at   prometheus.Gauge
	state    atomic.Pointer[reloadState]

	mu      sync.Mutex
	seen    [sha256.Size]byte // the content that was loaded, or refused, last
	refused bool
}

// A reloadState is what came of loading the configuration. It is replaced, never
// edited, so that who wants to know needs not wait for a load under way.
type reloadState struct {
	name      string // of the configuration in force
	config    *config.Config
	at        time.Time // when it was loaded
	refused   error     // why the last attempt failed; nil if it went well
	refusedAt time.Time
}

func newReloader(load func() (*loaded, error), e *collector.Exporter, logger log.Logger, reg prometheus.Registerer, now func() time.Time) *reloader {
	r := &reloader{
		load: load, exporter: e, logger: logger, now: now,
		ok: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "realtimekit_exporter_config_last_reload_successful",
			Help: "Whether the last attempt to load the configuration succeeded.",
		}),
		at: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "realtimekit_exporter_config_last_reload_success_timestamp_seconds",
			Help: "Unix time at which the active configuration was loaded.",
		}),
	}
	reg.MustRegister(r.ok, r.at)
	return r
}

// reload loads the configuration and puts it in force. If that fails, the one
// before stays in force.
func (r *reloader) reload() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	l, err := r.load()
	r.seen = sha256.Sum256(l.content)
	if r.refused = err != nil; r.refused {
		r.ok.Set(0)
		if s := r.state.Load(); s != nil {
			r.state.Store(&reloadState{s.name, s.config, s.at, err, r.now()})
		}
		return err
	}
	r.exporter.Apply(l.plan)
	r.state.Store(&reloadState{name: l.name, config: l.config, at: r.now()})
	r.ok.Set(1)
	r.at.Set(float64(r.now().UnixMilli()) / 1000)
	if l.notice != "" {
		level.Info(r.logger).Log("msg", l.notice)
	}
	level.Info(r.logger).Log("msg", "configuration in force", "config", l.name, "summary", l.config.Summary())
	return nil
}

// watch reloads when a signal comes and, at each interval, when the content of
// the file has changed, until ctx ends.
func (r *reloader) watch(ctx context.Context, hangup <-chan os.Signal, interval time.Duration) {
	var tick <-chan time.Time
	if interval > 0 {
		ticker := time.NewTicker(interval)
		defer ticker.Stop()
		tick = ticker.C
	}
	for {
		select {
		case <-ctx.Done():
			return
		case <-hangup:
		case <-tick:
			if !r.changed() {
				continue
			}
		}
		if err := r.reload(); err != nil {
			level.Error(r.logger).Log("msg", reloadFailed, "err", err)
		}
	}
}

// changed tells whether the file's content is another than that loaded last, or has
// been refused and would no longer be, as when a certificate it names has arrived.
func (r *reloader) changed() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	l, err := r.load()
	return r.seen != sha256.Sum256(l.content) || r.refused && err == nil
}
