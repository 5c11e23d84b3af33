package kubernetes

import (
	"os"
	"strings"
	"testing"

	core "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"
)

func TestPods_MeetTheRestrictedStandard(t *testing.T) {
	evaluator, err := policy.NewEvaluator(policy.DefaultChecks(), nil)
	if err != nil {
		t.Fatal(err)
	}
	restricted := api.LevelVersion{Level: api.LevelRestricted, Version: api.LatestVersion()}
	for way, all := range ways(t) {
		template := all.deployment(t).Spec.Template
		for _, result := range evaluator.EvaluatePod(restricted, &template.ObjectMeta, &template.Spec) {
			if !result.Allowed {
				t.Errorf("%s: %s: %s", way, result.ForbiddenReason, result.ForbiddenDetail)
			}
		}
	}
}

// TestExporter_SecurityContextInEveryVariant checks what the restricted standard
// does not require, or reads from the Pod, which for a sidecar belongs to another.
func TestExporter_SecurityContextInEveryVariant(t *testing.T) {
	for way, all := range ways(t) {
		pod := all.deployment(t).Spec.Template.Spec
		c := exporter(t, pod)
		s := c.SecurityContext
		if s.ReadOnlyRootFilesystem == nil || !*s.ReadOnlyRootFilesystem {
			t.Errorf("%s: it can write into its image", way)
		}
		own := s
		if way != "sidecar" {
			own = &core.SecurityContext{
				RunAsNonRoot: pod.SecurityContext.RunAsNonRoot, RunAsUser: pod.SecurityContext.RunAsUser,
				SeccompProfile: pod.SecurityContext.SeccompProfile,
			}
		}
		if own.RunAsNonRoot == nil || !*own.RunAsNonRoot || own.RunAsUser == nil || *own.RunAsUser != 65532 || own.SeccompProfile == nil {
			t.Errorf("%s: its user is that of the Pod", way)
		}
		if pod.AutomountServiceAccountToken == nil || *pod.AutomountServiceAccountToken {
			t.Errorf("%s: it has a token for the cluster", way)
		}
	}
}

func TestMemory_GOMEMLIMIT(t *testing.T) {
	for way, all := range ways(t) {
		c := exporter(t, all.deployment(t).Spec.Template.Spec)
		if _, limited := c.Resources.Limits[core.ResourceCPU]; limited {
			t.Errorf("%s: a CPU limit makes scrapes late", way)
		}
		limit, request := c.Resources.Limits.Memory(), c.Resources.Requests.Memory()
		if c.Resources.Requests.Cpu().IsZero() || request.IsZero() || request.Cmp(*limit) > 0 {
			t.Errorf("%s: it requests %v of %v", way, c.Resources.Requests, limit)
		}
		goLimit := ""
		for _, e := range c.Env {
			if e.Name == "GOMEMLIMIT" {
				goLimit = strings.TrimSuffix(e.Value, "B") // Go says MiB, Kubernetes Mi
			}
		}
		goal, err := resource.ParseQuantity(goLimit)
		if err != nil {
			t.Fatalf("%s: GOMEMLIMIT %q: %v", way, goLimit, err)
		}
		if share := goal.AsApproximateFloat64() / limit.AsApproximateFloat64(); share < 0.89 || share > 0.9 {
			t.Errorf("%s: GOMEMLIMIT is %.3f of the limit", way, share)
		}
	}
}

func TestImage_TagIsTheVersion(t *testing.T) {
	version, err := os.ReadFile(root + "/VERSION")
	if err != nil {
		t.Fatal(err)
	}
	for way, all := range ways(t) {
		if got := exporter(t, all.deployment(t).Spec.Template.Spec).Image; got != image+":v"+strings.TrimSpace(string(version)) {
			t.Errorf("%s: it is %s", way, got)
		}
	}
}

func TestDeployment_OneReplica(t *testing.T) {
	d := build(t, standalone).deployment(t)
	if *d.Spec.Replicas != 1 || d.Spec.Strategy.Type != "Recreate" {
		t.Errorf("%d replicas, replaced by %s", *d.Spec.Replicas, d.Spec.Strategy.Type)
	}
}
