package check

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/api"
	"github.com/realtimekit-exporter/realtimekit_exporter/collector"
)

func TestReadTokens_HangingFilesTakeNoLongerThanOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hangs := func(context.Context) (api.Secret, error) {
			<-time.After(5 * time.Second)
			return "", errors.New("the file system hangs")
		}
		accounts := []collector.Account{{ID: "a", Token: hangs}, {ID: "b", Token: hangs}, {ID: "c", Token: hangs}}
		start := time.Now()
		_, err := readTokens(t.Context(), accounts)
		if joined, ok := err.(interface{ Unwrap() []error }); !ok || len(joined.Unwrap()) != len(accounts) {
			t.Errorf("got %v, want one error for each account", err)
		}
		if took := time.Since(start); took != 5*time.Second {
			t.Errorf("it took %v", took)
		}
	})
}
