package config

import (
	"strings"
	"testing"
)

func TestToken_TextIsTrimmed(t *testing.T) {
	t.Parallel()
	const token = "v1.0-AbC_d=="
	for _, text := range []string{
		token, token + "\n", token + "\r\n", " \t" + token + " ", byteOrderMark + token, "\n" + byteOrderMark + " " + token, "\u00a0" + token + "\u2003",
	} {
		if got, err := validToken(text); err != nil || got != token {
			t.Errorf("%q: got %q, %v", text, got, err)
		}
	}
}

func TestToken_TextIsRefused(t *testing.T) {
	t.Parallel()
	const (
		quotes   = "has quotes around it"
		brackets = "has angle brackets around it, like a placeholder"
		name     = "has a name before it, as in NAME=value"
		bearer   = `has "Bearer" before it`
		variable = "looks like a variable, which is not expanded (with neither key, the token comes from $CLOUDFLARE_API_TOKEN)"
		utf16    = "is UTF-16 text instead of UTF-8 or ASCII"
		ascii    = "contains a character that is not ASCII"
		control  = "contains a control character"
	)
	for text, want := range map[string]string{
		"":                                     "is empty",
		" \n\t\n":                              "is empty",
		byteOrderMark:                          "is empty",
		`"` + canary + `"`:                     quotes,
		`'` + canary + "'\n":                   quotes,
		"`" + canary + "`":                     quotes,
		`"` + canary:                           quotes,
		"<" + canary + ">":                     brackets,
		"CLOUDFLARE_API_TOKEN=" + canary:       name,
		"api-token = " + canary:                name,
		"export TOKEN=" + canary:               name,
		"TOKEN='" + canary + "'":               quotes,
		"Bearer " + canary:                     bearer,
		"bearer  " + canary:                    bearer,
		"$" + canary:                           variable,
		"${" + canary + "}":                    variable,
		canary + " " + canary:                  "contains a space",
		canary + "\n" + canary:                 "contains a line break",
		canary + "\r" + canary:                 "contains a line break",
		canary + "\t" + canary:                 control,
		canary + "\x00":                        control,
		canary + "\x7f" + canary:               control,
		canary + "ü":                           ascii,
		"“" + canary + "”":                     ascii,
		canary + byteOrderMark:                 ascii,
		"\xff\xfec\x004\x00n\x00":              utf16,
		"\xfe\xff\x00c\x004\x00n":              utf16,
		"c\x004\x00n\x00a\x00r\x00y\x00\n\x00": utf16,
		"\x00c\x004\x00n\x00a\x00r\x00y\x00\n": utf16,
	} {
		got, err := validToken(text)
		if err == nil || err.Error() != want || got != "" {
			t.Errorf("%q: got %q, %v, want %s", text, got, err, want)
		}
		if err != nil && strings.Contains(err.Error(), canary) {
			t.Errorf("%q is printed", text)
		}
	}
}
