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
	clock := func() time.Time {
		out, err := exec.CommandContext(t.Context(), program).CombinedOutput()
		seconds, parseErr := strconv.ParseInt(strings.TrimSpace(string(out)), 10, 64)
		if err != nil || parseErr != nil {
			t.Fatalf("%v, %v: %s", err, parseErr, out)
		}
		return time.Unix(seconds, 0)
	}
	now := clock() // without a file there is no offset
	for _, years := range []int{30, -30} {
		want := now.AddDate(years, 0, 0)
		put(t, offset, strconv.FormatInt(int64(want.Sub(now)/time.Second), 10))
		if got := clock(); got.Before(want) || got.After(want.Add(time.Hour)) {
			t.Errorf("%d years from %v: got %v", years, now, got)
		}
	}
}

func put(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
