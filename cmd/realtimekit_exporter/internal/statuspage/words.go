package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// A moment is a time as people read it.
type moment struct{ ISO, Text, Words string }

func newMoment(t, now time.Time) *moment {
	t = t.UTC()
	return &moment{ISO: t.Format(time.RFC3339), Text: t.Format("2006-01-02 15:04:05 UTC"), Words: ago(now.Sub(t))}
}

func ago(d time.Duration) string {
	switch {
	case d <= -time.Second:
		return "in " + span(-d)
	case d < time.Second:
		return "just now"
	}
	return span(d) + " ago"
}

// span is a duration in the largest unit that says enough.
func span(d time.Duration) string {
	switch {
	case d < time.Second:
		return "less than a second"
	case d < time.Minute:
		return count(int(d/time.Second), "second")
	case d < time.Hour:
		return count(int(d/time.Minute), "minute")
	case d < 48*time.Hour:
		return count(int(d/time.Hour), "hour")
	}
	return whole(int(d/(24*time.Hour))) + " days"
}

// number writes a value of a chart: whole, or to a tenth.
func number(value float64, whole bool) string {
	if whole {
		return thousands(strconv.FormatFloat(value, 'f', 0, 64))
	}
	if value > 0 && value < 0.05 {
		return "under 0.1"
	}
	return thousands(strconv.FormatFloat(value, 'f', 1, 64))
}

// thousands separates the thousands of a number without a sign.
func thousands(n string) string {
	whole, rest, fraction := strings.Cut(n, ".")
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if fraction {
		whole += "." + rest
	}
	return whole
}

// many is a count of things, as in "1,000 apps".
func many(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return whole(n) + " " + what
}

func whole(n int) string { return thousands(strconv.Itoa(n)) }

// visible writes out what would not be seen, or would turn what follows around.
func visible(s string) string {
	if !strings.ContainsFunc(s, hidden) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if hidden(r) {
			fmt.Fprintf(&b, "\\u%04x", r)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

func hidden(r rune) bool { return r != '\n' && !unicode.IsPrint(r) }
