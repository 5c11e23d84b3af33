package api_test

import (
	"testing"

	"go.uber.org/goleak"
)

// TestMain fails when a request has left a goroutine behind.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
