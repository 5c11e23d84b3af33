package harness

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

// A Process is a server under test. It ends with its test, and has to end well.
type Process struct {
	cmd *exec.Cmd
	Log *Buffer
	URL string // without a slash at the end
}

// Start runs a program that logs as Prometheus does, and returns once it is
// ready to serve.
func Start(t testing.TB, name string, args ...string) *Process {
	t.Helper()
	p := &Process{Log: &Buffer{}}
	p.cmd = exec.CommandContext(t.Context(), name, args...)
	p.cmd.Stdout, p.cmd.Stderr = p.Log, p.Log
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
			t.Logf("log of %s:\n%s", name, p.Log)
		}
	})

	listening := regexp.MustCompile(`msg="Listening on".* address=(\S+)`)
	Eventually(t, func() error {
		if p.URL == "" {
			m := listening.FindStringSubmatch(p.Log.String())
			if m == nil {
				return errors.New(name + " has not said where it listens")
			}
			p.URL = "http://" + m[1]
		}
		_, _, err := Get(t.Context(), p.URL+"/-/ready", "")
		return err
	})
	return p
}

// Eventually polls until what is asked for has come about.
func Eventually(t testing.TB, ask func() error) {
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

// Get returns content type and body of an answer that has to be a 200. Accept
// is left out when empty.
func Get(ctx context.Context, url, accept string) (contentType string, body []byte, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return "", nil, err
	}
	if accept != "" {
		req.Header.Set("Accept", accept)
	}
	return Do(req)
}

func Do(req *http.Request) (contentType string, body []byte, err error) {
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

// A Buffer is written by a process while a test reads it.
type Buffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *Buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *Buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// Lines returns the log's lines that hold any of the words.
func (p *Process) Lines(words ...string) (found []string) {
	for line := range strings.Lines(p.Log.String()) {
		for _, w := range words {
			if strings.Contains(line, w) {
				found = append(found, line)
				break
			}
		}
	}
	return found
}

// WriteFile puts a file into place at once, as editors and Kubernetes do.
func WriteFile(t testing.TB, path, content string) {
	t.Helper()
	if err := os.WriteFile(path+".new", []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		t.Fatal(err)
	}
}

// Terminate stops an exporter, and returns how long that took.
func (p *Process) Terminate(t *testing.T) time.Duration {
	t.Helper()
	began := time.Now()
	p.Signal(t, syscall.SIGTERM)
	if err := p.Wait(); err != nil {
		t.Errorf("after SIGTERM: %v", err)
	}
	return time.Since(began)
}

func ReadFile(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// Signal sends a signal to the process.
func (p *Process) Signal(t *testing.T, s os.Signal) {
	t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil {
		t.Fatal(err)
	}
}

// Wait waits until the process has ended, and returns an error unless its status is 0.
func (p *Process) Wait() error { return p.cmd.Wait() }
