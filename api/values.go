package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

var (
	// dateTime is stricter than time.Parse, which accepts T0:00:00Z and T00:00:00,0Z.
	dateTime = regexp.MustCompile(`^[0-9-]{10}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$`)
	decimal  = regexp.MustCompile(`^([0-9]+)(?:\.([0-9]+))?(?:[eE]([+-]?[0-9]+))?$`)
	digits   = regexp.MustCompile(`^([0-9]+)()()$`)

	errTooGreat = errors.New("the number is greater than 2^63-1")
)

// decodeDate decodes 2006-01-02, or a date-time that is 00:00:00 in UTC, as
// earlier versions of the API sent it.
func decodeDate(raw json.RawMessage) (time.Time, error) {
	s, err := decodeText(raw)
	if err != nil {
		return time.Time{}, err
	}
	if t, err := time.Parse(time.DateOnly, s); err == nil {
		return t, nil
	}
	if t, err := time.Parse(time.RFC3339, s); err == nil && dateTime.MatchString(s) && t.Equal(Day(t)) {
		return Day(t), nil
	}
	return time.Time{}, errors.New("found neither YYYY-MM-DD nor a date-time at 00:00 UTC")
}

// decodeText decodes a string. A missing one and null are empty.
func decodeText(raw json.RawMessage) (s string, err error) {
	if absent(raw) {
		return "", nil
	}
	if kind(raw) != "a string" {
		return "", fmt.Errorf("found %s, not a string", kind(raw))
	}
	return s, json.Unmarshal(raw, &s)
}

// decodeCount decodes a whole number from 0 to 2^63-1: a JSON number such as 4,
// 4.0 or 4e0, or a string of digits. A missing number and null are 0.
func decodeCount(raw json.RawMessage) (int64, error) {
	n, err := parseNumber(raw)
	switch {
	case err != nil:
		return 0, err
	case n.fraction:
		return 0, errors.New("found a number that is not whole")
	}
	return n.whole, nil
}

// decodeFloat decodes the same as [decodeCount], and fractions.
func decodeFloat(raw json.RawMessage) (float64, error) {
	n, err := parseNumber(raw)
	switch {
	case err != nil:
		return 0, err
	case n.fraction:
		return strconv.ParseFloat(n.text, 64)
	}
	return float64(n.whole), nil
}

// A number is from 0 to 2^63-1.
type number struct {
	text     string
	whole    int64 // without the fraction
	fraction bool  // whether there is one other than 0
}

// parseNumber keeps every digit, which a float64 would not.
func parseNumber(raw json.RawMessage) (n number, err error) {
	n.text = string(raw)
	form, expected := decimal, "an unsigned number"
	switch kind(raw) {
	case "nothing", "null":
		return n, nil
	case "a number":
	case "a string":
		if err := json.Unmarshal(raw, &n.text); err != nil {
			return n, err
		}
		form, expected = digits, "a string of digits"
	default:
		return n, fmt.Errorf("found %s, not a number", kind(raw))
	}
	parts := form.FindStringSubmatch(n.text)
	if parts == nil {
		return n, fmt.Errorf("found %s that is not %s", kind(raw), expected)
	}
	exponent, _ := strconv.Atoi(parts[3]) // if out of range, the nearest int
	const most = maxBody                  // no more digits than that
	all := parts[1] + parts[2]
	significant := strings.TrimLeft(all, "0")
	point := len(parts[1]) - (len(all) - len(significant)) + min(max(exponent, -2*most), 2*most)
	significant = strings.TrimRight(significant, "0")
	switch before := max(point, 0); {
	case significant == "":
		return n, nil
	case before > len("9223372036854775807"):
		return n, errTooGreat
	case before >= len(significant):
		n.whole, err = strconv.ParseInt(significant+strings.Repeat("0", before-len(significant)), 10, 64)
	case before > 0:
		n.fraction = true
		n.whole, err = strconv.ParseInt(significant[:before], 10, 64)
	default:
		n.fraction = true
	}
	if err != nil {
		return n, errTooGreat
	}
	return n, nil
}
