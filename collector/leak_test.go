package collector_test

import (
	"testing"

	"go.uber.org/goleak"
)

// TestMain fails if a test leaves a goroutine behind. In a test on a fake clock,
// testing/synctest checks it as well: a bubble must not end before its goroutines.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
