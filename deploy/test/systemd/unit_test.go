package systemd

import (
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

func TestUnit_PassesVerify(t *testing.T) {
	m := boot(t, "")
	if err := m.follow(t, "systemd-install", ""); err != nil {
		t.Fatal(err)
	}
	if out := m.must(t, "systemd-analyze", "verify", "/etc/systemd/system/"+service); out != "" {
		t.Errorf("systemd-analyze verify prints:\n%s", out)
	}
}

func TestUnit_IsHardened(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), "systemd-analyze", "security", "--offline=true", "--no-pager", unitFile).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	t.Logf("systemd-analyze security:\n%s", out)
	found := regexp.MustCompile(`Overall exposure level for ` + service + `: ([0-9.]+)`).FindSubmatch(out)
	if found == nil {
		t.Fatal("it gives no overall exposure level")
	}
	if level, err := strconv.ParseFloat(string(found[1]), 64); err != nil || level > 1.5 {
		t.Errorf("exposure is %s (%v), want at most 1.5", found[1], err)
	}
	page, err := os.ReadFile("../../../docs/deploy.md")
	if want := "rates the unit " + string(found[1]) + " "; err != nil || !strings.Contains(string(page), want) {
		t.Errorf("docs/deploy.md does not contain %q (%v)", want, err)
	}
}
