// Package plural formats numbers with their nouns.
package plural

import (
	"strconv"
	"strings"
)

// Count returns a number with its noun: "1 app", "1,000 apps".
func Count(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return Thousands(strconv.Itoa(n)) + " " + noun
}

// Thousands separates the thousands of a decimal number without a sign: "1,234.5".
func Thousands(number string) string {
	whole, fraction, found := strings.Cut(number, ".")
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if found {
		whole += "." + fraction
	}
	return whole
}
