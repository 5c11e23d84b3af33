package docs

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// check returns the output of --config.check for this number of apps, days and this TTL, with
// all else at its default.
func check(t *testing.T, program, apps, days, ttl string) string {
	t.Helper()
	n, err := strconv.Atoi(apps)
	if err != nil {
		t.Fatal(err)
	}
	var config strings.Builder
	fmt.Fprintf(&config, "window_days: %s\ncache: {ttl: %s}\naccounts:\n- account_id: studio\n  api_token: token\n  apps:\n", days, ttl)
	for i := range n {
		fmt.Fprintf(&config, "  - app_id: app-%d\n", i)
	}
	file := filepath.Join(t.TempDir(), "config.yml")
	if err := os.WriteFile(file, []byte(config.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), program, "--config.check", "--config.file="+file).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return string(out)
}
