package api

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"html"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

const (
	maxQuoted = 100 // characters of upstream's words in an error
	maxShared = 8   // consecutive characters of a secret in them
)

var (
	percentEscape = regexp.MustCompile(`%[0-9A-Fa-f]{2}`)
	jsonEscape    = regexp.MustCompile(`\\+(u[0-9A-Fa-f]{4}|x[0-9A-Fa-f]{2})`)
	separators    = regexp.MustCompile(`[^0-9a-z]+`)

	// private matches secrets and personal data: what follows the name of a secret, addresses
	// of clients, and all that is long enough to be a key.
	private = regexp.MustCompile(`(?i)(key|token|secret|password)"?\s*[=:]\s*\S+|bearer\s+\S+` +
		`|\d+\.\d+\.\d+\.\d+|[0-9a-f]*:[0-9a-f]*:[0-9a-f:.]*|[\w+/.=-]{20,}`)
)

// quote sanitizes text of the API for a log line. It returns nothing if the text reveals
// a part of a secret, or can contain personal data.
func (app App) quote(words string) string {
	words = printable(words)
	if words == "" || app.personal || app.reveals(words) {
		return ""
	}
	words = private.ReplaceAllString(words, "<…>")
	if runes := []rune(words); len(runes) > maxQuoted {
		words = string(runes[:maxQuoted-1]) + "…"
	}
	return fmt.Sprintf(": %q", words)
}

// printable keeps the printable ASCII of the beginning of a text, on one line. A
// character that is removed is replaced, so that the parts of a secret do not join.
func printable(words string) string {
	const most = 10 * maxQuoted
	words = words[:min(len(words), most)]
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\r' || r == '\t':
			return ' '
		case r < ' ' || r > '~':
			return '?'
		}
		return r
	}, words))
}

// reveals reports whether a text holds more than 8 consecutive characters of a
// secret, or a shorter secret as a whole: in upper or lower case, with other
// characters in between, escaped for JSON, HTML or URLs (also repeatedly), in
// base64 or in hexadecimal digits.
func (app App) reveals(text string) bool {
	for range 5 {
		lower := strings.ToLower(text)
		compact := separators.ReplaceAllString(lower, "")
		for _, secret := range slices.Concat([]Secret{app.Token}, app.secrets) {
			for _, form := range secret.forms() {
				if shares(lower, compact, form) {
					return true
				}
			}
		}
		plain := unescape(text)
		if plain == text {
			return false
		}
		text = plain
	}
	return true // escaped too often to know
}

// forms are a secret and its encodings, in lower case. In base64, how a part of it
// looks depends on the text before it.
func (s Secret) forms() []string {
	forms := []string{string(s), hex.EncodeToString([]byte(s)), base64.RawStdEncoding.EncodeToString([]byte(s))}
	for _, before := range []string{"-", "--"} {
		encoded := base64.RawStdEncoding.EncodeToString([]byte(before + string(s)))
		forms = append(forms, encoded[min(4, len(encoded)):])
	}
	for i, form := range forms {
		forms[i] = strings.ToLower(form)
	}
	return forms
}

// shares reports whether a text, as it is or without separators, has more of a form
// than may be quoted.
func shares(text, compact, form string) bool {
	const least = 4 // fewer letters and digits are in many texts by chance
	n := min(maxShared+1, len(form))
	for i := 0; n > 0 && i+n <= len(form); i++ {
		part := form[i : i+n]
		if strings.Contains(text, part) {
			return true
		}
		if part = separators.ReplaceAllString(part, ""); len(part) >= min(least, n) && strings.Contains(compact, part) {
			return true
		}
	}
	return false
}

func unescape(text string) string {
	code := func(digits string) string {
		n, _ := strconv.ParseUint(digits, 16, 16) // the expression allows nothing else
		return string(rune(n))
	}
	text = percentEscape.ReplaceAllStringFunc(text, func(s string) string { return code(s[1:]) })
	text = jsonEscape.ReplaceAllStringFunc(text, func(s string) string { return code(strings.TrimLeft(s, `\ux`)) })
	return html.UnescapeString(text)
}
