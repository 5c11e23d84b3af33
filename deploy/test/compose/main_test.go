package compose

import (
	"testing"

	"github.com/realtimekit-exporter/realtimekit_exporter/deploy/test/internal/program"
)

// The tests run where the user runs docker compose.
func TestMain(m *testing.M) { program.Main(m, "../../compose", nil) }
