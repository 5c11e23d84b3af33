package collector_test

import (
	"testing"

	"go.uber.org/goleak"
)

// TestMain fails when a story has left a goroutine behind. Within a story,
// testing/synctest sees to it as well: a bubble must not end before its goroutines.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
