package main

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/realtimekit-exporter/realtimekit_exporter/cmd/realtimekit_exporter/internal/config"
)

// A process is the program while it serves.
type process struct {
	cmd   *exec.Cmd
	log   safeBuffer
	ended chan struct{} // closed once it has, with err
	err   error

	url, health string // where it listens
}

// startProcess runs the program and returns once it listens.
func startProcess(dir string, env []string, args ...string) (*process, error) {
	p := &process{ended: make(chan struct{})}
	// Not a test's context: the commands of a script have none, and end the process.
	p.cmd = exec.CommandContext(context.Background(), program, append([]string{"--web.listen-address=127.0.0.1:0"}, args...)...)
	p.cmd.Dir, p.cmd.Env = dir, env
	p.cmd.Stdout, p.cmd.Stderr = &p.log, &p.log
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		p.err = p.cmd.Wait()
		close(p.ended)
	}()
	probes := slices.ContainsFunc(args, func(arg string) bool { return strings.HasPrefix(arg, "--web.health-address=") })
	listens := func() bool {
		log := p.log.String()
		p.url = cmp.Or(address("http://", log, "TLS is disabled"), address("https://", log, "TLS is enabled"))
		p.health = address("http://", log, "serving health checks")
		return p.url != "" && (p.health != "" || !probes)
	}
	if !poll(func() bool { return listens() || p.hasEnded() }) || p.hasEnded() {
		_ = p.cmd.Process.Kill()
		<-p.ended
		return nil, fmt.Errorf("it does not listen and ended with %w:\n%s", p.err, p.log.String())
	}
	return p, nil
}

// address finds the address in the line of a log that has these words.
func address(scheme, log, words string) string {
	for line := range strings.Lines(log) {
		if m := regexp.MustCompile(`\baddress"?[=:]"?([^" ]+:\d+)`).FindStringSubmatch(line); m != nil && strings.Contains(line, words) {
			return scheme + m[1]
		}
	}
	return ""
}

func (p *process) hasEnded() bool {
	select {
	case <-p.ended:
		return true
	default:
		return false
	}
}

// end waits until the process has ended, and kills it if it does not.
func (p *process) end() error {
	if !poll(p.hasEnded) {
		_ = p.cmd.Process.Signal(syscall.SIGQUIT) // its goroutines go to the log
		<-p.ended
		return fmt.Errorf("it does not end:\n%s", p.log.String())
	}
	if p.err != nil {
		return fmt.Errorf("it ended with %w:\n%s", p.err, p.log.String())
	}
	return nil
}

func serveCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg {
		ts.Fatalf("unsupported: ! serve")
	}
	s := fixtureOf(ts)
	env := slices.Clone(s.env)
	for _, name := range []string{config.TokenVariable, config.AccountVariable, config.DirectoryVariable, "HTTPS_PROXY"} {
		env = append(env, name+"="+ts.Getenv(name))
	}
	p, err := startProcess(ts.MkAbs("."), env, args...)
	ts.Check(err)
	s.program, s.client.url = p, p.url
	ts.Setenv("ADDR", p.url)
	_, host, _ := strings.Cut(p.url, "://")
	ts.Setenv("HOST", host)
	ts.Setenv("HEALTH", p.health)
	ts.Defer(func() {
		if !p.hasEnded() { // the script has failed, or does not check how it ends
			_ = p.cmd.Process.Kill()
			<-p.ended
		}
		ts.Logf("[log]\n%s", p.log.String())
	})
}

func signalCommand(ts *testscript.TestScript, neg bool, args []string) {
	signals := map[string]syscall.Signal{"HUP": syscall.SIGHUP, "INT": syscall.SIGINT, "TERM": syscall.SIGTERM}
	if neg || len(args) != 1 || signals[args[0]] == 0 {
		ts.Fatalf("usage: signal HUP|INT|TERM")
	}
	ts.Check(fixtureOf(ts).program.cmd.Process.Signal(signals[args[0]]))
}

func stoppedCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 0 {
		ts.Fatalf("usage: stopped")
	}
	ts.Check(fixtureOf(ts).program.end())
}

// loggedCommand waits for lines; its negation checks at once.
func loggedCommand(ts *testscript.TestScript, neg bool, args []string) {
	count, exact := 1, len(args) == 2
	if exact {
		var err error
		count, err = strconv.Atoi(strings.TrimPrefix(args[0], "-count="))
		ts.Check(err)
		args = args[1:]
	}
	if len(args) != 1 || neg && exact {
		ts.Fatalf("usage: [!] logged [-count=N] REGEXP")
	}
	expr := regexp.MustCompile("(?m)" + args[0])
	log := &fixtureOf(ts).program.log
	found := func() int { return len(expr.FindAllString(log.String(), -1)) }
	switch {
	case neg && found() > 0:
		ts.Fatalf("found %d times in\n%s", found(), log.String())
	case neg:
	case !poll(func() bool { return found() >= count }), exact && found() != count:
		ts.Fatalf("found %d times in\n%s", found(), log.String())
	}
}

// A safeBuffer can be written and read at the same time.
type safeBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *safeBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *safeBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// take returns what has been written since it was last called.
func (b *safeBuffer) take() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	defer b.buf.Reset()
	return b.buf.String()
}
