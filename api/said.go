package api

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"unicode"
)

// said finds the API's own words in a body, and its codes: in the envelopes of
// Cloudflare ({"errors":[…]}) and RealtimeKit ({"error":{…}}, {"message":…}), or
// in plain text from the edge. A page of HTML has nothing to say.
func said(body []byte) (words string, codes []int) {
	if kind(body) == "plain text" {
		return string(body), nil
	}
	type problem struct {
		Code    int    `json:"code"`
		Message string `json:"message"`
	}
	var (
		envelope, _ = decodeObject(body)
		problems    []problem
		single      problem
		messages    []string
	)
	// What is of another type than expected is left out: the status decides.
	_ = json.Unmarshal(envelope["errors"], &problems)
	_ = json.Unmarshal(envelope["error"], &single)
	_ = json.Unmarshal(envelope["message"], &words)
	for _, p := range append(problems, single, problem{Message: words}) {
		if p.Code != 0 {
			codes = append(codes, p.Code)
		}
		if p.Message != "" {
			messages = append(messages, p.Message)
		}
	}
	return strings.Join(messages, "; "), codes
}

// quote makes upstream's words fit for a log line. What is left out goes first, or
// it could break up a secret that would not be found, and whole again after.
func (app App) quote(words string) string {
	if words = shorten(redact(app.redactToken(printable(words)))); words == "" {
		return ""
	}
	return fmt.Sprintf(": %q", words)
}

func (app App) redactToken(s string) string {
	if app.Token == "" {
		return s
	}
	return strings.ReplaceAll(s, string(app.Token), hidden)
}

// redact takes out of upstream's words what is nobody's business: addresses of
// callers, what stands behind the name of a secret, and whatever is long enough
// to be a key.
func redact(words string) string {
	const (
		secrets = `(?i)(key|token|secret|password)"?\s*[=:]\s*\S+|bearer\s+\S+`
		v4      = `\d+\.\d+\.\d+\.\d+`
		v6      = `(?i)[0-9a-f]*:[0-9a-f]*:[0-9a-f:.]*`
		long    = `[\w+/.=-]{20,}`
	)
	return regexp.MustCompile(strings.Join([]string{secrets, v4, v6, long}, "|")).ReplaceAllString(words, "<…>")
}

// redactQuoted is redact for an error of net/http: what that quotes is upstream's
// (a header that is none, say); the rest says where it was, and stays.
func redactQuoted(text string) string {
	return regexp.MustCompile(`"(?:[^"\\]|\\.)*"`).ReplaceAllStringFunc(text, redact)
}

// printable leaves out what can't be seen, and puts all on one line.
func printable(s string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case r == unicode.ReplacementChar || !unicode.IsPrint(r):
			return -1
		}
		return r
	}, s))
}

// shorten keeps the first 200 characters.
func shorten(s string) string {
	const most = 200
	if runes := []rune(s); len(runes) > most {
		return string(runes[:most-1]) + "…"
	}
	return s
}
