package main

import (
	"fmt"
	"path"
	"strings"
	"time"

	"github.com/alecthomas/kingpin/v2"
	"github.com/prometheus/exporter-toolkit/web"
	"github.com/prometheus/exporter-toolkit/web/kingpinflag"

	"github.com/realtimekit-exporter/realtimekit_exporter/cmd/realtimekit_exporter/internal/flagvalue"
)

// options are the values of the flags of serving.
type options struct {
	configFile     string
	configChosen   bool // by the flag
	check          bool
	reloadInterval time.Duration
	demo           bool
	timeoutOffset  time.Duration

	web             *web.FlagConfig
	healthAddress   string
	telemetryPath   string
	maxRequests     int
	enableLifecycle bool
	enablePprof     bool
	disableExporter bool

	logLevel, logFormat string
}

// addFlags adds the flags of serving. They are flags of the application, because the
// help does not list those of a hidden command.
func addFlags(app *kingpin.Application) *options {
	o := &options{}
	app.Flag("config.file", "Configuration file.").
		Default("config.yml").IsSetByUser(&o.configChosen).StringVar(&o.configFile)
	app.Flag("config.check", "Validate the configuration file (and the web configuration, if given), print a summary, and exit with 0 or 1. No request is sent.").
		BoolVar(&o.check)
	app.Flag("config.auto-reload-interval", "How often to check the configuration file, and those of api.tls_config, for changes; 0s: never.").
		Default("0s").SetValue(flagvalue.Duration("config.auto-reload-interval", &o.reloadInterval))
	app.Flag("demo", "Serve a simulated RealtimeKit account from inside the process: no configuration, token or network.").
		BoolVar(&o.demo)
	app.Flag("timeout-offset", "Time to subtract from Prometheus's scrape timeout, so that the response arrives in time; at most half of the timeout.").
		Default("500ms").SetValue(flagvalue.Duration("timeout-offset", &o.timeoutOffset))
	o.web = kingpinflag.AddFlags(app, ":11780")
	app.Flag("web.health-address", "Address of a second listener without TLS and password, which serves only /-/healthy and /-/ready, for probes.").
		StringVar(&o.healthAddress)
	app.Flag("web.telemetry-path", "Path of the metrics.").
		Default("/metrics").StringVar(&o.telemetryPath)
	app.Flag("web.max-requests", "Maximum number of concurrent scrapes; 0: no limit. Further scrapes wait, and get a 503 at their timeout.").
		Default("40").SetValue(flagvalue.Count("web.max-requests", &o.maxRequests))
	app.Flag("web.enable-lifecycle", "Allow POST and PUT to /-/reload.").
		BoolVar(&o.enableLifecycle)
	app.Flag("web.enable-pprof", "Serve profiles of the process below /debug/pprof/.").
		BoolVar(&o.enablePprof)
	app.Flag("web.disable-exporter-metrics", "Exclude metrics about the exporter's process (go_*, process_*, promhttp_*).").
		BoolVar(&o.disableExporter)
	app.Flag("log.level", "Only log messages of this severity or above: debug, info, warn, error.").
		Default("info").SetValue(flagvalue.Choice("log.level", &o.logLevel, "debug", "info", "warn", "error"))
	app.Flag("log.format", "Format of log messages: logfmt, json.").
		Default("logfmt").SetValue(flagvalue.Choice("log.format", &o.logFormat, "logfmt", "json"))
	return o
}

// checkWebConfig checks the file behind --web.config.file.
func (o *options) checkWebConfig() error {
	if err := web.Validate(*o.web.WebConfigFile); err != nil {
		return fmt.Errorf("--web.config.file=%s: %w", *o.web.WebConfigFile, err)
	}
	return nil
}

// checkTelemetryPath refuses the paths of other routes, and characters that a page would
// have to escape.
func checkTelemetryPath(p string) error {
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._/"
	if !strings.HasPrefix(p, "/") || path.Clean(p) != p || strings.Trim(p, letters) != "" {
		return fmt.Errorf("--web.telemetry-path=%q: expected a path like /metrics, of letters, digits, and - . _ /", p)
	}
	for _, used := range []string{"/", "/status", "/-", "/debug/pprof"} {
		if p == used || used != "/" && strings.HasPrefix(p, used+"/") {
			return fmt.Errorf("--web.telemetry-path=%q: this path is used by another page: expected a path like /metrics", p)
		}
	}
	return nil
}
