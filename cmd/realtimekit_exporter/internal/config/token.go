package config

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"

	"github.com/realtimekit-exporter/realtimekit_exporter/api"
)

// TokenVariable is the environment variable with the API token of accounts that
// have none in the file.
const TokenVariable = "CLOUDFLARE_API_TOKEN"

// A Token is the source of an API token: a file, or else the value itself. It
// formats as its origin, whatever the verb.
type Token struct {
	file   string
	files  *TokenFiles // that read the file
	value  api.Secret
	origin string
}

// NewToken returns a token whose value is known. The origin names its source for
// people.
func NewToken(value, origin string) *Token {
	return &Token{value: api.Secret(value), origin: origin}
}

// Format implements [fmt.Formatter].
func (t Token) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, t.origin) }

// Read returns the current token. A file is read again each time, so that a
// rotated token needs no reload. The error says what to do and never contains the
// content of the file.
func (t *Token) Read(ctx context.Context) (api.Secret, error) {
	if t.file == "" {
		return t.value, nil
	}
	path, err := filepath.Abs(t.file)
	if err != nil {
		return "", fmt.Errorf("%s has no absolute path: %w", t.origin, err)
	}
	data, err := t.files.read(ctx, path)
	switch {
	case errors.Is(err, errTokenTimeout):
		return "", fmt.Errorf("%s %w", t.origin, err)
	case err != nil:
		return "", fmt.Errorf("%s %w: expected a file with nothing but the API token", t.origin, err)
	}
	text, err := validToken(string(data))
	if err != nil {
		return "", fmt.Errorf("%s %w: expected nothing but the API token", t.origin, err)
	}
	return api.Secret(text), nil
}
