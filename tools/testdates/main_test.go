package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

func TestWriteOverlay_MovesTheClock(t *testing.T) {
	dir := t.TempDir()
	offset := filepath.Join(dir, "offset")
	overlay, err := writeOverlay(dir, offset)
	if err != nil {
		t.Fatal(err)
	}
	put(t, filepath.Join(dir, "main.go"), "package main\n\nimport \"time\"\n\nfunc main() { println(time.Now().Unix()) }\n")
	program := filepath.Join(dir, "program")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-overlay="+overlay, "-o="+program, filepath.Join(dir, "main.go")).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, want := range []int64{0, 1_000_000_000, -86_400} {
		if want != 0 { // no file, no offset
			put(t, offset, strconv.FormatInt(want, 10))
		}
		before := time.Now().Unix()
		out, err := exec.CommandContext(t.Context(), program).CombinedOutput()
		after := time.Now().Unix()
		got, parseErr := strconv.ParseInt(strings.TrimSpace(string(out)), 10, 64)
		if err != nil || parseErr != nil || got < before+want || got > after+want {
			t.Errorf("offset %d: got %q, %v, want %d to %d", want, out, err, before+want, after+want)
		}
	}
}

func put(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
