package scrape

import (
	"net/http"
	"testing"
)

func TestAcceptsGzip(t *testing.T) {
	for header, want := range map[string]bool{
		"":                         false,
		"gzip":                     true,
		"GZIP":                     true,
		"deflate, gzip, br":        true,
		"deflate, br":              false,
		"gzip;q=0":                 false,
		"gzip;q=0.000":             false,
		"gzip;q=0, *":              false,
		"gzip ; q=0.5":             true,
		"gzip;q=0.5, identity":     false,
		"gzip, identity;q=0.5":     true,
		"identity":                 false,
		"identity;q=0":             false,
		"*":                        true,
		"*;q=0":                    false,
		"*;q=0, gzip":              true,
		"gzip;q=x":                 true,
		"zstd;q=1.0, gzip;q=0.001": true,
	} {
		if got := acceptsGzip(http.Header{"Accept-Encoding": {header}}); got != want {
			t.Errorf("%q: got %v", header, got)
		}
	}
	if !acceptsGzip(http.Header{"Accept-Encoding": {"br", "gzip"}}) {
		t.Error("of two headers the second is ignored")
	}
}
