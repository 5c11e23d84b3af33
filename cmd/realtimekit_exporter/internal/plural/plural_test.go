package plural_test

import (
	"testing"

	"github.com/realtimekit-exporter/realtimekit_exporter/cmd/realtimekit_exporter/internal/plural"
)

func TestCount(t *testing.T) {
	for n, want := range map[int]string{0: "0 apps", 1: "1 app", 2: "2 apps", 999: "999 apps", 1000: "1,000 apps", 1234567: "1,234,567 apps"} {
		if got := plural.Count(n, "app"); got != want {
			t.Errorf("%d: got %q, want %q", n, got, want)
		}
	}
}

func TestThousands(t *testing.T) {
	for number, want := range map[string]string{"": "", "7": "7", "123": "123", "1234": "1,234", "1234.5": "1,234.5", "123.4567": "123.4567", "9223372036854775807": "9,223,372,036,854,775,807"} {
		if got := plural.Thousands(number); got != want {
			t.Errorf("%q: got %q, want %q", number, got, want)
		}
	}
}
