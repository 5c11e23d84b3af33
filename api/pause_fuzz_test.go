package api_test

import (
	"testing"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/api"
)

// FuzzPause checks that every Retry-After results in a pause of more than 0 and at
// most an hour.
func FuzzPause(f *testing.F) {
	for _, header := range []string{
		"", "0", "-1", "30", " 30 ", "3600", "3601", "1.5", "1e9", "0x10", "+5", "soon", "18446744073709551616",
		"Fri, 01 Mar 2024 15:05:05 GMT", "Fri, 01 Mar 2124 15:05:05 GMT", "Fri, 01 Mar 2019 15:04:05 GMT",
		"Friday, 01-Mar-24 15:05:05 GMT", "Fri Mar  1 15:05:05 2024", "Fri, 31 Feb 2024 15:05:05 GMT",
	} {
		f.Add(header, int64(0))
		f.Add(header, now().Unix())
	}
	f.Fuzz(func(t *testing.T, header string, unix int64) {
		e := &api.Error{Reason: api.ReasonRateLimited, RetryAfter: header}
		if got := e.Pause(time.Unix(unix, 0)); got <= 0 || got > time.Hour {
			t.Errorf("Retry-After %q at %d: a pause of %v", header, unix, got)
		}
	})
}
