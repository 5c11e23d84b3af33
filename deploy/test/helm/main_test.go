package helm

import (
	"testing"

	"github.com/realtimekit-exporter/realtimekit_exporter/deploy/test/internal/program"
)

func TestMain(m *testing.M) {
	program.Main(m, ".", map[string]string{"helm": program.Root + "/tools/helm"})
}
