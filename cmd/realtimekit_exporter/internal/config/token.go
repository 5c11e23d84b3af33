package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"

	"github.com/realtimekit-exporter/realtimekit_exporter/api"
)

const tokenVariable = "CLOUDFLARE_API_TOKEN"

// A token is the source of an API token: a file, or else the value itself.
// It prints as its origin, whatever the verb.
type token struct {
	file   string
	value  api.Secret
	origin string
}

// fileToken is a token that is read from a file whenever it is needed.
func fileToken(file string) *token { return &token{file: file, origin: "api_token_file " + file} }

// literalToken is a token whose value is known. The origin names its source for
// people.
func literalToken(value, origin string) *token {
	return &token{value: api.Secret(value), origin: origin}
}

// Format implements [fmt.Formatter].
func (t token) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, t.origin) }

// read returns the current token. A file is read again each time, so that a
// rotated token needs no reload. The error says what to do and never contains the
// content of the file.
func (t *token) read(ctx context.Context, files *tokenFiles) (api.Secret, error) {
	if t.file == "" {
		return t.value, nil
	}
	path, err := filepath.Abs(t.file)
	if err != nil {
		return "", fmt.Errorf("%s has no absolute path: %w", t.origin, err)
	}
	data, err := files.read(ctx, path)
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
