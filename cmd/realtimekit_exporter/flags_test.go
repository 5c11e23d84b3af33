package main

import (
	"bytes"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestFlags_Defaults(t *testing.T) {
	want := map[string]string{
		"config.file":                  "config.yml",
		"config.check":                 "",
		"config.auto-reload-interval":  "0s",
		"demo":                         "",
		"timeout-offset":               "500ms",
		"web.listen-address":           ":11780",
		"web.config.file":              "",
		"web.systemd-socket":           "",
		"web.health-address":           "",
		"web.telemetry-path":           "/metrics",
		"web.max-requests":             "40",
		"web.enable-lifecycle":         "",
		"web.enable-pprof":             "",
		"web.disable-exporter-metrics": "",
		"log.level":                    "info",
		"log.format":                   "logfmt",
		"version":                      "",
		"help":                         "",
	}
	got := map[string]string{}
	for _, f := range newCommandLine().app.Model().Flags {
		if f.Hidden {
			continue
		}
		got[f.Name] = strings.Join(f.Default, ",")
		if f.Help == "" {
			t.Errorf("--%s has no help", f.Name)
		}
		if (f.Short == 'h') != (f.Name == "help") || f.Short != 0 && f.Short != 'h' {
			t.Errorf("--%s has the short name %q", f.Name, f.Short)
		}
	}
	if !maps.Equal(got, want) {
		t.Errorf("flags:\n%v\nwant\n%v", got, want)
	}
}

// parseFlags parses a command line without a command. The options are nil after the
// help or the version.
func parseFlags(args []string, stdout io.Writer) (*options, error) {
	l := newCommandLine()
	cmd, proceed, err := l.parse(args, stdout)
	if err != nil || !proceed || cmd != nil {
		return nil, err
	}
	return l.options, nil
}

func TestFlags_Values(t *testing.T) {
	var stdout bytes.Buffer
	o, err := parseFlags(nil, &stdout)
	if err != nil {
		t.Fatal(err)
	}
	if o.configFile != "config.yml" || o.check || o.reloadInterval != 0 || o.demo || o.timeoutOffset != 500*time.Millisecond ||
		!slices.Equal(*o.web.WebListenAddresses, []string{":11780"}) || *o.web.WebConfigFile != "" || o.healthAddress != "" ||
		o.telemetryPath != "/metrics" || o.maxRequests != 40 || o.enableLifecycle || o.enablePprof || o.disableExporter || o.logLevel != "info" || o.logFormat != "logfmt" {
		t.Errorf("without flags: %+v", o)
	}

	o, err = parseFlags([]string{
		"--config.file=a.yml", "--config.check", "--config.auto-reload-interval=30s", "--demo", "--timeout-offset=0s",
		"--web.listen-address=:1", "--web.listen-address=[::1]:2", "--web.config.file=w.yml", "--web.health-address=:3",
		"--web.telemetry-path=/m", "--web.max-requests=7", "--web.enable-lifecycle", "--web.enable-pprof", "--web.disable-exporter-metrics",
		"--log.level=debug", "--log.format=json",
	}, &stdout)
	if err != nil {
		t.Fatal(err)
	}
	if o.configFile != "a.yml" || !o.check || o.reloadInterval != 30*time.Second || !o.demo || o.timeoutOffset != 0 ||
		!slices.Equal(*o.web.WebListenAddresses, []string{":1", "[::1]:2"}) || *o.web.WebConfigFile != "w.yml" || o.healthAddress != ":3" ||
		o.telemetryPath != "/m" || o.maxRequests != 7 || !o.enableLifecycle || !o.enablePprof || !o.disableExporter || o.logLevel != "debug" || o.logFormat != "json" {
		t.Errorf("with every flag: %+v", o)
	}
	if stdout.Len() > 0 {
		t.Errorf("printed %q", stdout.String())
	}
}

func TestFlags_HelpAndVersion(t *testing.T) {
	for _, args := range [][]string{
		{"--help"},
		{"-h"},
		{"--version"},
		{"--demo", "--help"},
		{"--version", "--web.telemetry-path=/"},
	} {
		t.Run(strings.Join(args, " "), func(t *testing.T) {
			var stdout bytes.Buffer
			o, err := parseFlags(args, &stdout)
			if o != nil || err != nil || stdout.Len() == 0 {
				t.Errorf("got %+v, %v, and printed %q", o, err, stdout.String())
			}
		})
	}
}

func TestFlags_InvalidCommandLine(t *testing.T) {
	for problem, args := range map[string][]string{
		"an unknown flag":             {"--no-such-flag"},
		"an unknown short flag":       {"-x"},
		"an argument":                 {"config.yml"},
		"a flag without its value":    {"--config.file"},
		"a switch with a value":       {"--demo=maybe"},
		"a flag given twice":          {"--config.file=a.yml", "--config.file=b.yml"},
		"another level":               {"--log.level=trace"},
		"another format":              {"--log.format=xml"},
		"no duration":                 {"--timeout-offset=1"},
		"a negative offset":           {"--timeout-offset=-1ms"},
		"a negative interval":         {"--config.auto-reload-interval=-1s"},
		"a negative number":           {"--web.max-requests=-1"},
		"no number":                   {"--web.max-requests=many"},
		"a path that is taken":        {"--web.telemetry-path=/-/ready"},
		"a path of another character": {"--web.telemetry-path=/{metrics}"},
	} {
		t.Run(problem, func(t *testing.T) {
			var stdout bytes.Buffer
			_, err := parseFlags(args, &stdout)
			if err == nil || err.Error() == "" || strings.Contains(err.Error(), "\n") {
				t.Errorf("got %v, want one line", err)
			}
			if stdout.Len() > 0 {
				t.Errorf("printed %q", stdout.String())
			}
		})
	}
}

func TestFlags_TelemetryPath(t *testing.T) {
	for path, ok := range map[string]bool{
		"/metrics":           true,
		"/probe/metrics":     true,
		"/a-b_c.d/E9":        true,
		"/-metrics":          true,
		"/statusz":           true,
		"/debug":             true,
		"/debug/pprofs":      true,
		"/metrics/status":    true,
		"":                   false,
		"metrics":            false,
		"/":                  false,
		"/status":            false,
		"/status/all":        false,
		"/-":                 false,
		"/-/healthy":         false,
		"/-/ready":           false,
		"/-/reload":          false,
		"/-/metrics":         false,
		"/debug/pprof":       false,
		"/debug/pprof/heap":  false,
		"/metrics/":          false,
		"//metrics":          false,
		"/a/../metrics":      false,
		"/./metrics":         false,
		"/metrics?x=1":       false,
		"/metrics#x":         false,
		"/met rics":          false,
		"/m%65trics":         false,
		"/{$}":               false,
		"/{path...}":         false,
		"/métriques":         false,
		`/"><script>`:        false,
		"/metrics\n":         false,
		"GET /metrics":       false,
		"http://host/metric": false,
	} {
		if err := checkTelemetryPath(path); (err == nil) != ok {
			t.Errorf("%q: got %v", path, err)
		}
	}
}
