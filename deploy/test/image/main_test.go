package image

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/realtimekit-exporter/realtimekit_exporter/deploy/test/internal/program"
)

const (
	repository = program.Root
	apart      = "REALTIMEKIT_IMAGE_TEST_APART" // set once there is a network for the test alone
)

// TestMain moves into a network and mounts of its own: the port of the exporter is
// free there, no other process can reach it, and mounts end with the test.
func TestMain(m *testing.M) {
	if err := setUp(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	m.Run()
}

func setUp(ctx context.Context) error {
	if os.Getenv(apart) != "" {
		return command(ctx, "", "ip", "link", "set", "lo", "up").Run()
	}
	if os.Getuid() != 0 {
		return fmt.Errorf("the test of the image needs root: it mounts file systems and changes users")
	}
	for tool, pkg := range map[string]string{"buildah": "buildah", "ip": "iproute2", "unshare": "util-linux", "setpriv": "util-linux", "mount": "mount"} {
		if _, err := exec.LookPath(tool); err != nil {
			return fmt.Errorf("the test of the image needs %s: apt-get install --no-install-recommends %s", tool, pkg)
		}
	}
	// The last step that needs a network, if a module is not in the cache.
	if out, err := command(ctx, repository, "go", "mod", "download").CombinedOutput(); err != nil {
		return fmt.Errorf("go mod download: %w\n%s", err, out)
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	unshare, err := exec.LookPath("unshare")
	if err != nil {
		return err
	}
	return syscall.Exec(unshare, slices.Concat([]string{"unshare", "--net", "--mount", self}, os.Args[1:]), append(os.Environ(), apart+"=1"))
}

func command(ctx context.Context, dir, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = dir
	return cmd
}

// output runs a command that must succeed, and returns its output.
func output(t *testing.T, cmd *exec.Cmd) string {
	t.Helper()
	stdout, err := cmd.Output()
	if err != nil {
		if exit, ok := err.(*exec.ExitError); ok { //nolint:errorlint // Output does not wrap it
			err = fmt.Errorf("%w\n%s%s", err, stdout, exit.Stderr)
		}
		t.Fatalf("%s: %v", cmd, err)
	}
	return strings.TrimSpace(string(stdout))
}
