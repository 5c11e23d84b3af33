package e2e

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// A process is a server under test. It ends with its test, and has to end well.
type process struct {
	cmd *exec.Cmd
	log *safeBuffer
	url string // without a slash at the end
}

// start runs a program that logs as Prometheus does, and returns once it is
// ready to serve.
func start(t testing.TB, name string, args ...string) *process {
	t.Helper()
	p := &process{log: &safeBuffer{}}
	p.cmd = exec.CommandContext(t.Context(), name, args...)
	p.cmd.Stdout, p.cmd.Stderr = p.log, p.log
	p.cmd.Cancel = func() error { return p.cmd.Process.Signal(syscall.SIGTERM) }
	p.cmd.WaitDelay = 10 * time.Second
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		// The test's context has ended, and with it the process was told to stop.
		err := p.cmd.Wait()
		if code := p.cmd.ProcessState.ExitCode(); code != 0 {
			t.Errorf("%s ended with status %d, want 0: %v", name, code, err)
		}
		if t.Failed() {
			t.Logf("log of %s:\n%s", name, p.log)
		}
	})

	listening := regexp.MustCompile(`msg="Listening on".* address=(\S+)`)
	eventually(t, func() error {
		if p.url == "" {
			m := listening.FindStringSubmatch(p.log.String())
			if m == nil {
				return errors.New(name + " has not said where it listens")
			}
			p.url = "http://" + m[1]
		}
		_, _, err := get(t.Context(), p.url+"/-/ready", "")
		return err
	})
	return p
}

// eventually polls until what is asked for has come about.
func eventually(t testing.TB, ask func() error) {
	t.Helper()
	deadline := time.After(30 * time.Second)
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		err := ask()
		if err == nil {
			return
		}
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("in vain: %v", err)
		}
	}
}

// get returns content type and body of an answer that has to be a 200. Accept
// is left out when empty.
func get(ctx context.Context, url, accept string) (contentType string, body []byte, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return "", nil, err
	}
	if accept != "" {
		req.Header.Set("Accept", accept)
	}
	return do(req)
}

func do(req *http.Request) (contentType string, body []byte, err error) {
	// A client of its own keeps no connection that a server would wait for.
	client := &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Do(req)
	if err != nil {
		return "", nil, err
	}
	defer resp.Body.Close()
	body, err = io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = errors.New(req.URL.String() + ": " + resp.Status + ": " + string(body))
	}
	return resp.Header.Get("Content-Type"), body, err
}

// A safeBuffer is written by a process while a test reads it.
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

// lines returns the log's lines that hold any of the words.
func (p *process) lines(words ...string) (found []string) {
	for line := range strings.Lines(p.log.String()) {
		for _, w := range words {
			if strings.Contains(line, w) {
				found = append(found, line)
				break
			}
		}
	}
	return found
}

// write puts a file into place at once, as editors and Kubernetes do.
func write(t testing.TB, path, content string) {
	t.Helper()
	if err := os.WriteFile(path+".new", []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		t.Fatal(err)
	}
}
