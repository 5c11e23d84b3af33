package main

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/api"
	"github.com/realtimekit-exporter/realtimekit_exporter/collector"
)

func TestReadTokens_HangingFilesTakeNoLongerThanOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		files, release, _ := hangingFiles("")
		defer release()
		var accounts []collector.Account
		for _, file := range []string{"/mnt/a", "/mnt/b", "/mnt/c"} {
			accounts = append(accounts, collector.Account{ID: file, Token: func(ctx context.Context) (api.Secret, error) {
				return fileToken(file).read(ctx, files)
			}})
		}
		start := time.Now()
		_, err := readTokens(t.Context(), accounts)
		if joined, ok := err.(interface{ Unwrap() []error }); !ok || len(joined.Unwrap()) != len(accounts) {
			t.Errorf("got %v, want one error for each account", err)
		}
		if took := time.Since(start); took != tokenTimeout {
			t.Errorf("it took %v", took)
		}
	})
}
