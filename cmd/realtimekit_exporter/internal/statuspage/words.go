package statuspage

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/realtimekit-exporter/realtimekit_exporter/cmd/realtimekit_exporter/internal/plural"
)

// A moment is a time for people, in UTC and relative to now.
type moment struct{ ISO, Text, Relative string }

func newMoment(t, now time.Time) *moment {
	t = t.UTC()
	return &moment{ISO: t.Format(time.RFC3339), Text: t.Format("2006-01-02 15:04:05 UTC"), Relative: relative(now.Sub(t))}
}

// relative describes a time by its age, which is negative in the future.
func relative(age time.Duration) string {
	switch {
	case age <= -time.Second:
		return "in " + duration(-age)
	case age < time.Second:
		return "just now"
	}
	return duration(age) + " ago"
}

// duration is a duration in whole units of the largest suitable one.
func duration(d time.Duration) string {
	switch {
	case d < time.Second:
		return "less than a second"
	case d < time.Minute:
		return plural.Count(int(d/time.Second), "second")
	case d < time.Hour:
		return plural.Count(int(d/time.Minute), "minute")
	case d < 48*time.Hour:
		return plural.Count(int(d/time.Hour), "hour")
	}
	return plural.Count(int(d/(24*time.Hour)), "day")
}

// number formats a value of a chart or table, as an integer or with one decimal.
func number(value float64, isInteger bool) string {
	decimals := 1
	if isInteger {
		decimals = 0
	}
	if !isInteger && value > 0 && value < 0.05 {
		return "under 0.1"
	}
	return plural.Thousands(strconv.FormatFloat(value, 'f', decimals, 64))
}

func integer(n int) string { return plural.Thousands(strconv.Itoa(n)) }

// appsThat is a sentence about some of all apps, without its period: "1 of 5 apps is
// failing". The verbs are for one app and for several.
func appsThat(some, all int, one, several string) string {
	switch {
	case all == 1 && some == 1:
		return "The app " + one
	case all == 2 && some == 2:
		return "Both apps " + several
	case some == all:
		return "All " + plural.Count(all, "app") + " " + several
	case some == 1:
		return "1 of " + plural.Count(all, "app") + " " + one
	}
	return integer(some) + " of " + plural.Count(all, "app") + " " + several
}

// printable replaces characters that are invisible or change the direction of the text
// after them by their codes.
func printable(s string) string {
	if !strings.ContainsFunc(s, unprintable) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if unprintable(r) {
			fmt.Fprintf(&b, "\\u%04x", r)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

func unprintable(r rune) bool { return r != '\n' && !unicode.IsPrint(r) }

// truncate keeps the first 60 characters.
func truncate(s string) string {
	count := 0
	for i := range s {
		if count++; count > 60 {
			return s[:i] + "…"
		}
	}
	return s
}
