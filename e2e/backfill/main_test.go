package backfill

import (
	"testing"

	"github.com/realtimekit-exporter/realtimekit_exporter/e2e/harness"
)

func TestMain(m *testing.M) { harness.Main(m) }
