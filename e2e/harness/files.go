package harness

import (
	"bytes"
	"os"
	"strings"
	"sync"
	"testing"
	"time"
)

// WriteFile replaces a file atomically, as editors and Kubernetes do.
func WriteFile(t testing.TB, path, content string) {
	t.Helper()
	if err := os.WriteFile(path+".new", []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		t.Fatal(err)
	}
}

// ReadFile returns the content of a file.
func ReadFile(t testing.TB, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// Section returns the text of a document between <!-- name --> and
// <!-- /name -->, without the fences of code.
func Section(t testing.TB, path, name string) string {
	t.Helper()
	_, rest, ok := strings.Cut(ReadFile(t, path), "<!-- "+name+" -->\n")
	text, _, closed := strings.Cut(rest, "<!-- /"+name+" -->")
	if !ok || !closed {
		t.Fatalf("%s has no section %s", path, name)
	}
	var lines []string
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, "```") {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "")
}

// A Buffer can be read while a process writes to it.
type Buffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

// Write appends to the buffer.
func (b *Buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

// String returns what was written so far.
func (b *Buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// Eventually is [Within] 30 seconds.
func Eventually(t testing.TB, try func() error) {
	t.Helper()
	Within(t, 30*time.Second, try)
}

// Within calls a function until it returns no error. After the limit it fails the
// test with the last error.
func Within(t testing.TB, limit time.Duration, try func() error) {
	t.Helper()
	deadline := time.After(limit)
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		err := try()
		if err == nil {
			return
		}
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("after %v: %v", limit, err)
		}
	}
}
