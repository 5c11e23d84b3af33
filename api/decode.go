package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"
)

// Decoding is strict: a number is exposed only if the API sent that number.
// encoding/json alone would match keys in any case, take the last of repeated
// keys and repair invalid UTF-8.

// data returns the data in the envelope {"success":true,"data":…}, nil if
// there is none. Every field is documented as optional: data may be missing or
// null when success is true, and success may be missing if data is an array.
func (r *response) data() (json.RawMessage, error) {
	data, _, err := r.page()
	return data, err
}

// page returns the data and the paging in the envelope {"success":true,"data":…,"paging":…}.
func (r *response) page() (data, paging json.RawMessage, err error) {
	envelope, err := decodeObject(r.body)
	if err != nil {
		return nil, nil, r.app.malformed(err)
	}
	success, known := envelope["success"]
	data, paging = envelope["data"], envelope["paging"]
	switch {
	case string(success) == "false":
		return nil, nil, apiError(r.app, r.body)
	case known && string(success) != "true":
		return nil, nil, r.app.malformed(fmt.Errorf("success is %s, not a boolean", kind(success)))
	case !known && kind(data) != "an array":
		return nil, nil, r.app.malformed(errors.New("success is missing"))
	case absent(data):
		return nil, paging, nil
	}
	return data, paging, nil
}

// absent reports whether a value is missing or null.
func absent(raw json.RawMessage) bool { return raw == nil || kind(raw) == "null" }

// decodeObject decodes a single JSON object without repeated keys.
func decodeObject(raw []byte) (map[string]json.RawMessage, error) {
	if kind(raw) != "an object" {
		return nil, fmt.Errorf("found %s, not an object", kind(raw))
	}
	if !utf8.Valid(raw) {
		return nil, errors.New("the text is not UTF-8")
	}
	if !json.Valid(raw) {
		return nil, errors.New("the text is not JSON, or truncated")
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
			return nil, errors.New("duplicate key")
		}
		object[key] = value
	}
	return object, nil
}

// decodeOptional decodes an object that may be missing or null.
func decodeOptional(raw json.RawMessage) (map[string]json.RawMessage, error) {
	if absent(raw) {
		return nil, nil
	}
	return decodeObject(raw)
}

func decodeArray(raw json.RawMessage) (rows []json.RawMessage, err error) {
	if kind(raw) != "an array" {
		return nil, fmt.Errorf("found %s, not an array", kind(raw))
	}
	return rows, json.Unmarshal(raw, &rows)
}

// kind names the type of a JSON text without quoting it.
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
