package main

import (
	"log/slog"
	"net/http"
	"testing"
	"time"
)

// Whoever dawdles is let go, and a scrape that takes as long as it may is not; nor
// is a connection between two scrapes.
func TestTheServersLimitsLeaveRoomForAScrape(t *testing.T) {
	const between = 2 * time.Minute // scrapes, at most
	longest := scrapeTimeout("1e300", 0)
	s := newServer(http.NotFoundHandler(), newErrorLog(slog.New(slog.DiscardHandler), nil))
	for name, c := range map[string]struct{ got, more, most time.Duration }{
		"reading a header":  {s.ReadHeaderTimeout, 0, 30 * time.Second},
		"reading a request": {s.ReadTimeout, s.ReadHeaderTimeout, 5 * time.Minute},
		"answering":         {s.WriteTimeout, longest, 2 * longest},
		"being idle":        {s.IdleTimeout, between, 10 * time.Minute},
	} {
		if c.got <= c.more || c.got > c.most {
			t.Errorf("%s may take %v, want more than %v and at most %v", name, c.got, c.more, c.most)
		}
	}
	if s.MaxHeaderBytes <= 4<<10 || s.MaxHeaderBytes > 256<<10 {
		t.Errorf("a header may have %d bytes", s.MaxHeaderBytes)
	}
}
