package compose

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/types"
	"github.com/docker/go-units"

	"github.com/realtimekit-exporter/realtimekit_exporter/deploy/test/internal/program"
)

// each runs a test of every service, in both ways of starting the stack.
func each(t *testing.T, test func(t *testing.T, s types.ServiceConfig)) {
	t.Helper()
	for way, p := range ways(t) {
		for name, s := range p.Services {
			t.Run(way+": "+name, func(t *testing.T) { test(t, s) })
		}
	}
}

func TestServices_Privileges(t *testing.T) {
	numeric := regexp.MustCompile(`^[1-9][0-9]*:[0-9]+$`)
	each(t, func(t *testing.T, s types.ServiceConfig) {
		if !s.ReadOnly {
			t.Error("it can write into its image")
		}
		if !slices.Equal(s.CapDrop, []string{"ALL"}) || len(s.CapAdd) > 0 || s.Privileged {
			t.Error("it has capabilities")
		}
		if !slices.Contains(s.SecurityOpt, "no-new-privileges:true") {
			t.Error("it may gain privileges")
		}
		if !numeric.MatchString(s.User) {
			t.Errorf("its user is %q, want a number that is not root's", s.User)
		}
		if s.NetworkMode == "host" || s.Pid != "" || s.Ipc != "" {
			t.Error("it shares a namespace with the host")
		}
	})
}

func TestServices_PortsOnLoopback(t *testing.T) {
	each(t, func(t *testing.T, s types.ServiceConfig) {
		for _, p := range s.Ports {
			if p.HostIP != "127.0.0.1" {
				t.Errorf("port %s is published on %q", p.Published, p.HostIP)
			}
			if p.Published != fmt.Sprint(p.Target) {
				t.Errorf("its port %d is published as %s", p.Target, p.Published)
			}
		}
	})
}

func TestImages_PinnedOrBuilt(t *testing.T) {
	pinned := regexp.MustCompile(`^[a-z0-9./_-]+:v?[0-9]+\.[0-9]+\.[0-9]+$`)
	each(t, func(t *testing.T, s types.ServiceConfig) {
		if s.Build != nil {
			if s.PullPolicy != types.PullPolicyBuild {
				t.Errorf("an image that is built is pulled: %q", s.PullPolicy)
			}
			if _, err := os.Stat(s.Build.Context + "/cmd/realtimekit_exporter"); err != nil {
				t.Error(err)
			}
		} else if !pinned.MatchString(s.Image) {
			t.Errorf("the image %s has no full version", s.Image)
		}
	})
}

func TestImages_ExporterIsNamedOnce(t *testing.T) {
	const image = "ghcr.io/realtimekit-exporter/realtimekit_exporter"
	named := 0
	for _, path := range []string{"compose.yml", "compose.account.yml", ".env.example"} {
		named += strings.Count(program.ReadFile(t, path), image)
	}
	if named != 1 {
		t.Errorf("it is named %d times", named)
	}
	if got := ways(t)["the demo"].Services["exporter"].Image; got != image {
		t.Errorf("it is %s", got)
	}
}

func TestHealthCheck_EveryService(t *testing.T) {
	each(t, func(t *testing.T, s types.ServiceConfig) {
		if s.HealthCheck == nil || s.HealthCheck.Disable || len(s.HealthCheck.Test) < 2 {
			t.Error("it has no health check")
		}
		if s.Restart != "unless-stopped" {
			t.Errorf("after a fault it stays down: %q", s.Restart)
		}
	})
}

// The programs in the images that send the check, and its URL. Grafana's is the only check
// that isn't run: its image is Alpine's, whose wget is busybox's.
func TestHealthCheck_RequestsTheServiceItself(t *testing.T) {
	p := ways(t)["the demo"]
	for name, want := range map[string]string{
		"prometheus": "CMD promtool check ready --url=http://127.0.0.1:%d",
		"grafana":    "CMD wget -q -O /dev/null http://127.0.0.1:%d/api/health",
	} {
		s := p.Services[name]
		want = fmt.Sprintf(want, s.Ports[0].Target)
		if got := strings.Join(s.HealthCheck.Test, " "); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}

func TestHealthCheck_ExporterRunsItsOwnBinary(t *testing.T) {
	s := ways(t)["the demo"].Services["exporter"]
	_, entryPoint, ok := strings.Cut(program.ReadFile(t, filepath.Join(s.Build.Context, s.Build.Dockerfile)), "\nENTRYPOINT ")
	if want := fmt.Sprintf("[%q]", s.HealthCheck.Test[1]); !ok || strings.TrimSpace(entryPoint) != want {
		t.Errorf("it runs %s, and the image has %s", want, entryPoint)
	}
	if args := s.HealthCheck.Test[2:]; !slices.Equal(args, []string{"healthcheck"}) {
		t.Errorf("its arguments are %v", args)
	}
}

func TestServices_StartOrder(t *testing.T) {
	p := ways(t)["the account"]
	for name, needs := range map[string]string{"prometheus": "exporter", "grafana": "prometheus"} {
		if got := p.Services[name].DependsOn[needs].Condition; got != types.ServiceConditionHealthy {
			t.Errorf("%s waits for %s to be %q, want %q", name, needs, got, types.ServiceConditionHealthy)
		}
	}
}

func TestMemory_GOMEMLIMIT(t *testing.T) {
	s := ways(t)["the demo"].Services["exporter"]
	goLimit, err := units.RAMInBytes(*s.Environment["GOMEMLIMIT"])
	if err != nil {
		t.Fatal(err)
	}
	if share := float64(goLimit) / float64(s.MemLimit); share < 0.89 || share > 0.90 {
		t.Errorf("GOMEMLIMIT is %.3f of the limit", share)
	}
}
