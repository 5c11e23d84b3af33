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

const reloadFailed = "reload failed: the previous configuration stays active"

// A reloader loads configurations, one at a time, and keeps which one is active.
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

// A reloadState is the result of the last attempts to load the configuration. It is
// replaced, never edited, so that it can be read while a load is in progress.
type reloadState struct {
	name      string // of the active configuration
	config    *config.Config
	at        time.Time // when it was loaded
	refused   error     // why the last attempt failed; nil if it succeeded
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

// reload loads the configuration. If that fails, the previous one stays active.
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
	for _, w := range l.config.Warnings {
		level.Warn(r.logger).Log("msg", "configuration warning", "warning", w)
	}
	level.Info(r.logger).Log("msg", "configuration loaded", "config", l.name, "summary", l.config.Summary())
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

// changed reports whether a file has other content than at the last attempt, or was
// refused and is valid now, for example because a certificate exists that was missing.
func (r *reloader) changed() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	l, err := r.load()
	return r.seen != sha256.Sum256(l.content) || r.refused && err == nil
}
