package kubernetes

import (
	"flag"
	"testing"

	"github.com/realtimekit-exporter/realtimekit_exporter/deploy/test/internal/program"
)

func TestMain(m *testing.M) {
	flag.Bool("update", false, "write dashboards/prometheusrule.yaml anew")
	program.Main(m, ".", map[string]string{"kustomize": ".."})
}
