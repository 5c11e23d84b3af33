package kubernetes

import (
	"strings"
	"testing"

	"github.com/realtimekit-exporter/realtimekit_exporter/deploy/test/internal/manifests"
	"github.com/realtimekit-exporter/realtimekit_exporter/deploy/test/internal/program"
)

func TestPods_MeetTheRestrictedStandard(t *testing.T) {
	eachLayout(t, func(t *testing.T, all manifests.Objects, sidecar bool) {
		manifests.ExpectRestricted(t, all)
		manifests.ExpectSecurityContext(t, all, sidecar)
	})
}

func TestMemory_GOMEMLIMIT(t *testing.T) {
	eachLayout(t, func(t *testing.T, all manifests.Objects, _ bool) { manifests.ExpectGOMEMLIMIT(t, all) })
}

func TestImage_TagIsTheVersion(t *testing.T) {
	version := strings.TrimSpace(program.ReadFile(t, root+"/VERSION"))
	eachLayout(t, func(t *testing.T, all manifests.Objects, _ bool) {
		if _, c := all.Exporter(t); c.Image != image+":v"+version {
			t.Errorf("it is %s", c.Image)
		}
	})
}

func TestDeployment_OneReplica(t *testing.T) {
	d := build(t, standalone).Deployment(t)
	if *d.Spec.Replicas != 1 || d.Spec.Strategy.Type != "Recreate" {
		t.Errorf("%d replicas, replaced by %s", *d.Spec.Replicas, d.Spec.Strategy.Type)
	}
}

// TestDNS_SearchDomainsLast leaves out the sidecar, whose Pod belongs to another.
func TestDNS_SearchDomainsLast(t *testing.T) {
	eachLayout(t, func(t *testing.T, all manifests.Objects, sidecar bool) {
		if !sidecar {
			manifests.ExpectPlainNames(t, all)
		}
	})
}
