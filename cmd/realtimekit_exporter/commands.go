package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/template"

	"github.com/alecthomas/kingpin/v2"
	"github.com/prometheus/common/version"

	"github.com/realtimekit-exporter/realtimekit_exporter/cmd/realtimekit_exporter/internal/flagvalue"
)

// A command is a command other than serving.
type command struct {
	clause  *kingpin.CmdClause
	accepts []string // flags of serving that apply to the command as well
	run     func(ctx context.Context, stdout io.Writer) error
}

// A commandLine is the definition of the command line, and the values of its flags.
type commandLine struct {
	app      *kingpin.Application
	options  *options
	commands []*command
}

func newCommandLine() *commandLine {
	app := kingpin.New(program, "Prometheus exporter for the analytics of Cloudflare RealtimeKit apps: livestreams, and optionally meetings, recordings and live sessions.")
	app.Version(version.Print(program))
	app.HelpFlag.Short('h')
	app.UsageTemplate(usageTemplate)
	o := addFlags(app)
	app.Command(defaultCommand, "Serve the metrics.").Hidden().
		Validate(func(*kingpin.CmdClause) error { return checkTelemetryPath(o.telemetryPath) })
	l := &commandLine{app: app, options: o, commands: []*command{healthcheckCommand(app), verifyCommand(app, o), backfillCommand(app, o)}}
	app.UsageFuncs(template.FuncMap{"CommandFlags": l.flags})
	return l
}

// defaultCommand is the command that serves. It is not a default command of kingpin,
// because then a flag without its value would not be an error. Kingpin's command help is
// not supported, because it prints errors itself.
const defaultCommand = "serve"

// parse parses the command line. The command is nil for serving. If proceed is
// false without an error, the help or the version was requested and is printed.
func (l *commandLine) parse(args []string, stdout io.Writer) (cmd *command, proceed bool, err error) {
	given, err := l.app.ParseContext(args)
	if given.SelectedCommand == nil || given.SelectedCommand == l.app.HelpCommand {
		args = append([]string{defaultCommand}, args...)
		given, err = l.app.ParseContext(args)
	}
	if given.SelectedCommand != nil {
		cmd = l.command(given.SelectedCommand.FullCommand())
	}
	if cmd != nil && err != nil {
		// It may repeat an argument, such as a URL with a password.
		err = fmt.Errorf("unexpected argument or missing value (hidden): expected only %s", l.flagNames(cmd))
	}
	if err == nil {
		proceed, err = l.setValues(args, stdout)
	}
	if proceed && cmd != nil {
		err = l.checkFlags(cmd, given)
	}
	if name := flagvalue.SingleDash(args); err != nil && l.app.GetFlag(name) != nil {
		err = fmt.Errorf("-%s: expected two dashes, as in --%[1]s", name)
	}
	switch {
	case err == nil:
		return cmd, proceed, nil
	case cmd != nil:
		return nil, false, fmt.Errorf("%s: %w (see %[1]s --help)", cmd.clause.FullCommand(), err)
	}
	return nil, false, fmt.Errorf("%w (see --help)", err)
}

// setValues sets the values of the flags, or prints the help or the version.
func (l *commandLine) setValues(args []string, stdout io.Writer) (proceed bool, err error) {
	ended := false
	l.app.Terminate(func(int) { ended = true })
	l.app.UsageWriter(stdout)
	_, err = l.app.Parse(args)
	if ended {
		return false, nil
	}
	return err == nil, err
}

// command returns the command of this name, or nil for serving.
func (l *commandLine) command(name string) *command {
	for _, c := range l.commands {
		if c.clause.FullCommand() == name {
			return c
		}
	}
	return nil
}

// flags returns the flags that the command of this name accepts.
func (l *commandLine) flags(name string) []*kingpin.FlagModel {
	c := l.command(name)
	flags := c.clause.Model().Flags
	for _, f := range l.app.Model().Flags {
		if slices.Contains(c.accepts, f.Name) {
			flags = append(flags, f)
		}
	}
	return flags
}

// checkFlags refuses flags of serving, which kingpin accepts with every command.
func (l *commandLine) checkFlags(c *command, given *kingpin.ParseContext) error {
	for _, e := range given.Elements {
		flag, ok := e.Clause.(*kingpin.FlagClause)
		if !ok {
			continue
		}
		if name := flag.Model().Name; c.clause.GetFlag(name) == nil && !slices.Contains(c.accepts, name) {
			return fmt.Errorf("--%s is a flag for serving: expected only %s", name, l.flagNames(c))
		}
	}
	return nil
}

// flagNames lists the flags that a command accepts.
func (l *commandLine) flagNames(c *command) string {
	var names []string
	for _, f := range l.flags(c.clause.FullCommand()) {
		names = append(names, "--"+f.Name)
	}
	return strings.Join(names, ", ")
}

// usageTemplate prints the flags of serving and the commands, or the flags of one
// command alone.
const usageTemplate = `{{define "Flags"}}
Flags:
{{.|FlagsToTwoColumns|FormatTwoColumns}}{{end -}}

{{$command := .Context.SelectedCommand}}{{if and $command (not $command.Hidden) -}}
usage: {{.App.Name}} {{$command.FullCommand}}{{if $command.FlagSummary}} {{$command.FlagSummary}}{{end}}

{{$command.Help|Wrap 0}}
{{- template "Flags" (CommandFlags $command.FullCommand)}}
{{- else -}}
usage: {{.App.Name}} {{.App.FlagSummary}} [<command>]

{{.App.Help|Wrap 0}}
{{- template "Flags" .App.Flags}}
Commands:
{{range .App.Commands}}{{if not (or .Hidden (eq .Name "help"))}}  {{.FullCommand}}{{if .FlagSummary}} {{.FlagSummary}}{{end}}
{{.Help|Wrap 4}}{{end}}{{end}}{{end}}`
