package main

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/realtimekit-exporter/realtimekit_exporter/api"
)

const (
	tokenVariable = "CLOUDFLARE_API_TOKEN"
	maxTokenFile  = 64 << 10
)

// A token is where an API token comes from: a file, or else the value itself.
// It prints as its origin, whatever the verb.
type token struct {
	file   string
	value  api.Secret
	origin string
}

// fileToken is a token that is read from a file whenever it is needed.
func fileToken(file string) *token { return &token{file: file, origin: "api_token_file " + file} }

// literalToken is a token that is known; origin is where from, for people.
func literalToken(value, origin string) *token {
	return &token{value: api.Secret(value), origin: origin}
}

// Format implements [fmt.Formatter].
func (t token) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, t.origin) }

// read returns the token as it is now: a file is read anew each time, so that
// a rotated secret needs no reload. The error says what to do, and never what
// the file holds.
func (t *token) read() (api.Secret, error) {
	if t.file == "" {
		return t.value, nil
	}
	data, _, err := readFile(t.file, maxTokenFile)
	if err != nil {
		return "", fmt.Errorf("%s %w: expected a file with nothing but the API token", t.origin, err)
	}
	text := strings.TrimSpace(string(data))
	if err := checkToken(text); err != nil {
		return "", fmt.Errorf("%s %w: expected nothing but the API token", t.origin, err)
	}
	return api.Secret(text), nil
}

// checkToken says what keeps a text from being the value of a header.
func checkToken(text string) error {
	if text == "" {
		return errors.New("is empty")
	}
	for _, b := range []byte(text) {
		switch {
		case b >= 0x80:
			return errors.New("holds a character that is not ASCII")
		case b == '\n' || b == '\r':
			return errors.New("holds a line break")
		case b < ' ' || b == 0x7f:
			return errors.New("holds a control character")
		}
	}
	switch {
	case text != strings.TrimSpace(text):
		return errors.New("begins or ends with a space")
	case strings.Contains(text, " "):
		return errors.New("holds a space, as after \"Bearer\", which does not belong to it")
	case strings.HasPrefix(text, "$"):
		return errors.New("looks like a variable, which is not expanded (with neither key, the token comes from $" + tokenVariable + ")")
	}
	return nil
}
