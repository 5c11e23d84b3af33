package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// What RealtimeKit documents is taken to the letter: a number is shown only if
// the API gave that number. encoding/json alone would match keys in any case,
// take the last of repeated ones and mend invalid UTF-8.

// decodeData takes the data out of the envelope {"success":true,"data":…}.
func decodeData(app App, body []byte) (json.RawMessage, error) {
	envelope, err := decodeObject(body)
	if err != nil {
		return nil, app.malformed(err)
	}
	switch success, ok := envelope["success"]; {
	case !ok:
		return nil, app.malformed(errors.New("success is missing"))
	case string(success) == "false":
		return nil, apiError(app, body)
	case string(success) != "true":
		return nil, app.malformed(fmt.Errorf("success is %s, not a boolean", kind(success)))
	}
	return envelope["data"], nil
}

// decodeObject decodes a JSON object, and nothing but one, without repeated keys.
func decodeObject(raw []byte) (map[string]json.RawMessage, error) {
	if kind(raw) != "an object" {
		return nil, fmt.Errorf("found %s, not an object", kind(raw))
	}
	if !utf8.Valid(raw) {
		return nil, errors.New("the text is not UTF-8")
	}
	if !json.Valid(raw) {
		return nil, errors.New("the text is not JSON, or cut short")
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	if _, err := dec.Token(); err != nil {
		return nil, err
	}
	object := make(map[string]json.RawMessage)
	for dec.More() {
		token, err := dec.Token()
		if err != nil {
			return nil, err
		}
		key, _ := token.(string)
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			return nil, err
		}
		if _, ok := object[key]; ok {
			return nil, errors.New("a key stands twice")
		}
		object[key] = value
	}
	return object, nil
}

func decodeArray(raw json.RawMessage) (rows []json.RawMessage, err error) {
	if kind(raw) != "an array" {
		return nil, fmt.Errorf("found %s, not an array", kind(raw))
	}
	return rows, json.Unmarshal(raw, &rows)
}

// decodeDate takes 2006-01-02, or a date-time that is 00:00:00 in UTC, which is
// what earlier versions of the API wrote.
func decodeDate(raw json.RawMessage) (time.Time, error) {
	var s string
	if kind(raw) != "a string" {
		return time.Time{}, fmt.Errorf("found %s, not a string", kind(raw))
	}
	if err := json.Unmarshal(raw, &s); err != nil {
		return time.Time{}, err
	}
	if t, err := time.Parse(time.DateOnly, s); err == nil {
		return t, nil
	}
	if t, err := time.Parse(time.RFC3339, s); err == nil && t.Equal(Day(t)) {
		return Day(t), nil
	}
	return time.Time{}, errors.New("found neither YYYY-MM-DD nor a date-time at 00:00 UTC")
}

// decodeNumber takes a count from 0 to 2^63-1, written as a JSON integer or, as
// earlier versions of the API did, as a string of digits. A missing one is 0.
func decodeNumber(raw json.RawMessage) (int64, error) {
	if raw == nil {
		return 0, nil
	}
	digits := string(raw)
	if kind(raw) == "a string" {
		if err := json.Unmarshal(raw, &digits); err != nil {
			return 0, err
		}
	}
	if digits == "" || strings.Trim(digits, "0123456789") != "" {
		return 0, fmt.Errorf("found %s that is not a whole number of digits", kind(raw))
	}
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil {
		return 0, errors.New("the number is greater than 2^63-1")
	}
	return n, nil
}

// kind names what a JSON text holds, without quoting it.
func kind(raw []byte) string {
	raw = bytes.TrimLeft(raw, " \t\r\n")
	if len(raw) == 0 {
		return "nothing"
	}
	switch c := raw[0]; {
	case c == '{':
		return "an object"
	case c == '[':
		return "an array"
	case c == '"':
		return "a string"
	case c == '-' || '0' <= c && c <= '9':
		return "a number"
	case bytes.HasPrefix(raw, []byte("true")), bytes.HasPrefix(raw, []byte("false")):
		return "a boolean"
	case bytes.HasPrefix(raw, []byte("null")):
		return "null"
	case c == '<':
		return "HTML or XML"
	}
	return "plain text"
}
