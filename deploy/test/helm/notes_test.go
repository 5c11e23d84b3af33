package helm

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// notes returns the text that Helm prints after an installation. Helm needs a cluster for
// that: this one has a version and kinds, but no objects.
func notes(t *testing.T, args ...string) string {
	t.Helper()
	mux := http.NewServeMux()
	serve := func(path, answer string) {
		mux.HandleFunc("GET "+path, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, answer)
		})
	}
	serve("/version", `{"major": "1", "minor": "34", "gitVersion": "v1.34.0"}`)
	serve("/api", `{"kind": "APIVersions", "versions": ["v1"]}`)
	var groups []string
	for group, kinds := range map[string]string{
		"v1":                       "ConfigMap Secret Service ServiceAccount",
		"apps/v1":                  "Deployment",
		"networking.k8s.io/v1":     "NetworkPolicy",
		"monitoring.coreos.com/v1": "PodMonitor PrometheusRule",
	} {
		var resources []string
		for kind := range strings.FieldsSeq(kinds) {
			resources = append(resources, fmt.Sprintf(`{"name": %q, "kind": %q, "namespaced": true}`, strings.ToLower(kind)+"s", kind))
		}
		prefix := "/api/"
		if name, _, named := strings.Cut(group, "/"); named {
			prefix = "/apis/"
			groups = append(groups, fmt.Sprintf(`{"name": %q, "versions": [{"groupVersion": %q, "version": "v1"}]}`, name, group))
		}
		serve(prefix+group, fmt.Sprintf(`{"kind": "APIResourceList", "groupVersion": %q, "resources": [%s]}`, group, strings.Join(resources, ", ")))
	}
	serve("/apis", `{"kind": "APIGroupList", "groups": [`+strings.Join(groups, ", ")+`]}`)
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	out, err := run(t, append([]string{"install", "rtk", chart, "--namespace=streaming", "--dry-run=client", "--disable-openapi-validation", "--kube-apiserver=" + server.URL}, args...)...)
	if err != nil {
		t.Fatal(err)
	}
	_, text, ok := strings.Cut(out, "\nNOTES:\n")
	if !ok {
		t.Fatalf("there are none:\n%s", out)
	}
	return text
}

func TestNotes_SayHowToSeeThatItWorks(t *testing.T) {
	for name, test := range map[string]struct {
		args       []string
		want, miss []string
	}{
		"an account": {
			[]string{"--values=" + account},
			[]string{
				"kubectl -n streaming create secret generic realtimekit-exporter --from-file=cloudflare_api_token\n",
				"kubectl -n streaming rollout status deployment/rtk-realtimekit-exporter\n",
				"kubectl -n streaming exec deployment/rtk-realtimekit-exporter -- /usr/bin/realtimekit_exporter verify\n",
				"kubectl -n streaming port-forward service/rtk-realtimekit-exporter 11780:11780 &\n",
				"curl -s http://localhost:11780/metrics | grep realtimekit_report_up\n",
				"honor_labels: true", "targets: [rtk-realtimekit-exporter.streaming.svc:11780]",
				"rollout restart",
			},
			[]string{"podMonitorSelector"},
		},
		"everything": {
			[]string{"--values=" + everything},
			[]string{"exec deployment/livestreams -- ", "port-forward service/livestreams 11780:80 &\n", "podMonitorSelector"},
			[]string{"create secret", "honor_labels", "rollout restart", "a-token"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			text := notes(t, test.args...)
			for _, want := range test.want {
				if !strings.Contains(text, want) {
					t.Errorf("they lack %q:\n%s", want, text)
				}
			}
			for _, miss := range test.miss {
				if strings.Contains(text, miss) {
					t.Errorf("they have %q:\n%s", miss, text)
				}
			}
		})
	}
}
