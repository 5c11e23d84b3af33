package scrape

import (
	"math"
	"testing"
	"time"
)

func TestTimeout(t *testing.T) {
	const offset = 500 * time.Millisecond
	for name, c := range map[string]struct {
		header string
		offset time.Duration
		want   time.Duration
	}{
		"a usual one":               {"10", offset, 9500 * time.Millisecond},
		"one with a fraction":       {"2.5", offset, 2 * time.Second},
		"no offset":                 {"10", 0, 10 * time.Second},
		"never more than half goes": {"0.6", offset, 300 * time.Millisecond},
		"exactly half goes":         {"1", offset, 500 * time.Millisecond},
		"a huge offset":             {"10", math.MaxInt64, 5 * time.Second},
		"the most":                  {"300", offset, 299500 * time.Millisecond},
		"more than the most":        {"301", offset, 299500 * time.Millisecond},
		"much more":                 {"1e300", offset, 299500 * time.Millisecond},
		"much less":                 {"1e-9", 0, time.Nanosecond},
		"none":                      {"", offset, 4500 * time.Millisecond},
		"zero":                      {"0", offset, 4500 * time.Millisecond},
		"below zero":                {"-1", offset, 4500 * time.Millisecond},
		"just below zero":           {"-1e-300", offset, 4500 * time.Millisecond},
		"not a number":              {"NaN", offset, 4500 * time.Millisecond},
		"infinite":                  {"+Inf", offset, 4500 * time.Millisecond},
		"infinite the other way":    {"-Inf", offset, 4500 * time.Millisecond},
		"a word":                    {"abc", offset, 4500 * time.Millisecond},
		"a duration":                {"10s", offset, 4500 * time.Millisecond},
		"two":                       {"10, 20", offset, 4500 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			if got := timeout(c.header, c.offset); got != c.want {
				t.Errorf("header %q less %v: got %v, want %v", c.header, c.offset, got, c.want)
			}
		})
	}
}

func FuzzTimeout(f *testing.F) {
	for _, header := range []string{"", "10", "0.6", "300", "301", "1e300", "1e999", "1e-9", "1e-300", "0", "-0", "-1", "NaN", "+Inf", "-Inf", "abc", "0x1p-1074", "1_000"} {
		f.Add(header, int64(500*time.Millisecond))
		f.Add(header, int64(0))
		f.Add(header, int64(math.MaxInt64))
	}
	f.Fuzz(func(t *testing.T, header string, offset int64) {
		if offset < 0 {
			return // refused on the command line
		}
		if got := timeout(header, time.Duration(offset)); got <= 0 || got > MaxTimeout {
			t.Errorf("header %q less %v: got %v", header, time.Duration(offset), got)
		}
	})
}
