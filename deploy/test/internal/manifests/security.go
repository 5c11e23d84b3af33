package manifests

import (
	"strings"
	"testing"

	core "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"
)

// ExpectRestricted checks that the Pod meets the Pod Security Standard "restricted".
func ExpectRestricted(t *testing.T, all Objects) {
	t.Helper()
	evaluator, err := policy.NewEvaluator(policy.DefaultChecks(), nil)
	if err != nil {
		t.Fatal(err)
	}
	restricted := api.LevelVersion{Level: api.LevelRestricted, Version: api.LatestVersion()}
	template := all.Deployment(t).Spec.Template
	for _, result := range evaluator.EvaluatePod(restricted, &template.ObjectMeta, &template.Spec) {
		if !result.Allowed {
			t.Errorf("%s: %s", result.ForbiddenReason, result.ForbiddenDetail)
		}
	}
}

// ExpectSecurityContext checks what the restricted standard does not require, or reads from
// the Pod, which for a sidecar belongs to another.
func ExpectSecurityContext(t *testing.T, all Objects, sidecar bool) {
	t.Helper()
	pod, c := all.Exporter(t)
	s := c.SecurityContext
	if s.ReadOnlyRootFilesystem == nil || !*s.ReadOnlyRootFilesystem {
		t.Error("it can write into its image")
	}
	own := s
	if !sidecar {
		own = &core.SecurityContext{
			RunAsNonRoot: pod.SecurityContext.RunAsNonRoot, RunAsUser: pod.SecurityContext.RunAsUser,
			SeccompProfile: pod.SecurityContext.SeccompProfile,
		}
	}
	if own.RunAsNonRoot == nil || !*own.RunAsNonRoot || own.RunAsUser == nil || *own.RunAsUser != 65532 || own.SeccompProfile == nil {
		t.Error("its user is that of the Pod")
	}
	if pod.AutomountServiceAccountToken == nil || *pod.AutomountServiceAccountToken {
		t.Error("it has a token for the cluster")
	}
}

// ExpectGOMEMLIMIT checks that it is 90 % of the memory limit, and that no CPU limit makes
// scrapes late.
func ExpectGOMEMLIMIT(t *testing.T, all Objects) {
	t.Helper()
	_, c := all.Exporter(t)
	if _, limited := c.Resources.Limits[core.ResourceCPU]; limited {
		t.Error("a CPU limit makes scrapes late")
	}
	limit, request := c.Resources.Limits.Memory(), c.Resources.Requests.Memory()
	if c.Resources.Requests.Cpu().IsZero() || request.IsZero() || request.Cmp(*limit) > 0 {
		t.Errorf("it requests %v of %v", c.Resources.Requests, limit)
	}
	goal, err := resource.ParseQuantity(strings.TrimSuffix(Env(c)["GOMEMLIMIT"].Value, "B")) // Go says MiB, Kubernetes Mi
	if err != nil {
		t.Fatalf("GOMEMLIMIT of %v: %v", c.Env, err)
	}
	if share := goal.AsApproximateFloat64() / limit.AsApproximateFloat64(); share < 0.89 || share > 0.9 {
		t.Errorf("GOMEMLIMIT is %.3f of the limit", share)
	}
}

// ExpectPlainNames checks that a name with a dot, such as the API's, is resolved as it is
// before the search domains are tried.
func ExpectPlainNames(t *testing.T, all Objects) {
	t.Helper()
	pod, _ := all.Exporter(t)
	if d := pod.DNSConfig; d == nil || len(d.Options) != 1 || d.Options[0].Name != "ndots" || *d.Options[0].Value != "1" {
		t.Errorf("dnsConfig is %v, want ndots 1: the search domains come before the API's name", d)
	}
}

// Env returns the environment of a container by name.
func Env(c core.Container) map[string]core.EnvVar {
	env := map[string]core.EnvVar{}
	for _, e := range c.Env {
		env[e.Name] = e
	}
	return env
}
