package main

import (
	"bytes"
	"context"
	"io"
	"slices"
	"strings"
	"testing"
)

// withCommand adds a command that accepts a flag of serving.
func withCommand() *commandLine {
	l := newCommandLine()
	c := l.app.Command("report", "Print a report.")
	month := c.Flag("month", "Month of the report.").Required().String()
	l.commands = append(l.commands, &command{clause: c, accepts: []string{"config.file"}, run: func(_ context.Context, stdout io.Writer) error {
		_, err := io.WriteString(stdout, *month)
		return err
	}})
	return l
}

func TestCommands_AcceptedFlags(t *testing.T) {
	for args, want := range map[string]string{
		"report --month=May":                      "May",
		"--month=May report":                      "unknown long flag '--month' (see --help)",
		"report --month=May --config.file=a":      "May",
		"--config.file=a report --month=May":      "May",
		"report --month=May --demo":               "report: --demo is a flag for serving: expected only --month, --config.file (see report --help)",
		"--log.level=warn report --month=May":     "report: --log.level is a flag for serving: expected only --month, --config.file (see report --help)",
		"report --month=May --web.max-requests=x": "report: --web.max-requests=x: expected a whole number, 0 or more (see report --help)",
		"report --month=May --url=x":              "report: unexpected argument or missing value (hidden): expected only --month, --config.file (see report --help)",
		"report --month":                          "report: unexpected argument or missing value (hidden): expected only --month, --config.file (see report --help)",
		"report --month=May June":                 "report: unexpected argument or missing value (hidden): expected only --month, --config.file (see report --help)",
		"report":                                  "report: required flag(s) '--month' not provided (see report --help)",
		"healthcheck --config.file=a":             "healthcheck: --config.file is a flag for serving: expected only --url (see healthcheck --help)",
		"June report":                             "unexpected June (see --help)",
	} {
		t.Run(args, func(t *testing.T) {
			var stdout bytes.Buffer
			l := withCommand()
			cmd, proceed, err := l.parse(strings.Fields(args), &stdout)
			if proceed != (err == nil) || stdout.Len() > 0 {
				t.Errorf("proceed: %v, printed %q", proceed, &stdout)
			}
			if err == nil {
				err = cmd.run(t.Context(), &stdout)
			}
			got := stdout.String()
			if err != nil {
				got = err.Error()
			}
			if got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
		})
	}
}

func TestCommands_ServingIsTheDefault(t *testing.T) {
	for _, args := range [][]string{nil, {"--demo"}, {"serve"}, {"--demo", "serve"}, {"serve", "--demo"}, {"--demo", "--"}} {
		l := withCommand()
		cmd, proceed, err := l.parse(args, io.Discard)
		if cmd != nil || !proceed || err != nil || l.options.demo != slices.Contains(args, "--demo") {
			t.Errorf("%v: got %v, %v, %v, %+v", args, cmd, proceed, err, l.options)
		}
	}
}

func TestHelp(t *testing.T) {
	const serving, commands = "--web.max-requests=40", "Commands:\n  healthcheck [<flags>]\n    Check a running exporter, for health checks of containers."
	for args, want := range map[string]struct{ with, without []string }{
		"--help":              {[]string{"usage: realtimekit_exporter [<flags>] [<command>]\n", serving, commands, "\n  report --month=MONTH\n    Print a report.\n"}, []string{"--url", "\n  serve", "\n  help"}},
		"--demo -h":           {[]string{"usage: realtimekit_exporter [<flags>] [<command>]\n", serving, commands}, nil},
		"serve --help":        {[]string{"usage: realtimekit_exporter [<flags>] [<command>]\n", serving, commands}, nil},
		"healthcheck --help":  {[]string{"usage: realtimekit_exporter healthcheck [<flags>]\n\nCheck a running exporter", "Flags:\n  --url="}, []string{serving, "--demo", "-h", "Commands"}},
		"-h healthcheck":      {[]string{"usage: realtimekit_exporter healthcheck [<flags>]\n"}, []string{serving}},
		"--demo report -h":    {[]string{"usage: realtimekit_exporter report --month=MONTH\n\nPrint a report.", "--month=MONTH ", "--config.file=\"config.yml\" "}, []string{serving, "--url", "Commands"}},
		"healthcheck -h rest": {},
	} {
		t.Run(args, func(t *testing.T) {
			var stdout bytes.Buffer
			l := withCommand()
			_, proceed, err := l.parse(strings.Fields(args), &stdout)
			if proceed || (err == nil) != (want.with != nil) {
				t.Errorf("got %v, %v", proceed, err)
			}
			for _, text := range want.with {
				if !strings.Contains(stdout.String(), text) {
					t.Errorf("%q is missing:\n%s", text, &stdout)
				}
			}
			for _, text := range want.without {
				if strings.Contains(stdout.String(), text) {
					t.Errorf("%q is in the help:\n%s", text, &stdout)
				}
			}
		})
	}
}
