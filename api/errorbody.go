package api

import (
	"encoding/json"
	"strings"
)

// An errorBody is the content of the response to a failed request.
type errorBody struct {
	words string // for people; not safe to print, see [App.quote]
	codes []int64
}

// parseErrorBody reads the envelopes of Cloudflare ({"errors":[…]}) and
// RealtimeKit ({"error":{…}}, {"message":…}). Any other body is ignored, because it
// may not be the API's.
func parseErrorBody(body []byte) (b errorBody) {
	type problem struct {
		Code    json.RawMessage `json:"code"`
		Message string          `json:"message"`
	}
	var (
		envelope, _ = decodeObject(body)
		problems    []problem
		single      problem
		message     string
		messages    []string
	)
	// A value of another type than expected is ignored: the status decides.
	_ = json.Unmarshal(envelope["errors"], &problems)
	_ = json.Unmarshal(envelope["error"], &single)
	_ = json.Unmarshal(envelope["message"], &message)
	for _, p := range append(problems, single, problem{Message: message}) {
		if code, err := decodeCount(p.Code); err == nil && code != 0 {
			b.codes = append(b.codes, code)
		}
		if p.Message != "" {
			messages = append(messages, p.Message)
		}
	}
	b.words = strings.Join(messages, "; ")
	return b
}
