package apitest

import (
	"cmp"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
)

// writeDays responds with the days in a fixed order that is not that of the dates:
// the order of the real API is not documented, so no client may rely on one.
func writeDays(w http.ResponseWriter, appID string, days []Day) {
	type row struct {
		Count  int64  `json:"count"`
		Date   string `json:"date"`
		Ingest int64  `json:"total_ingest_seconds"`
		Viewer int64  `json:"total_viewer_seconds"`
		place  uint64
	}
	rows := make([]row, 0, len(days)) // not nil: no rows are [], never null
	for _, d := range days {
		rows = append(rows, row{d.Sessions, d.Date, d.IngestSeconds, d.ViewerSeconds, seeded(appID, "order", d.Date).Uint64()})
	}
	slices.SortFunc(rows, func(x, y row) int { return cmp.Compare(x.place, y.place) })
	writeJSON(w, http.StatusOK, struct {
		Data    []row `json:"data"`
		Success bool  `json:"success"`
	}{rows, true})
}

// writeOverall responds with the sums of the days.
func writeOverall(w http.ResponseWriter, days []Day) {
	type totals struct {
		Count  int64 `json:"count"`
		Ingest int64 `json:"total_ingest_seconds"`
		Viewer int64 `json:"total_viewer_seconds"`
	}
	var sum totals
	for _, d := range days {
		sum.Count += d.Sessions
		sum.Ingest += d.IngestSeconds
		sum.Viewer += d.ViewerSeconds
	}
	writeJSON(w, http.StatusOK, struct {
		Data    totals `json:"data"`
		Success bool   `json:"success"`
	}{sum, true})
}

// cloudflareError responds with the error envelope of all of Cloudflare's API.
func cloudflareError(w http.ResponseWriter, status, code int, message string) {
	type problem struct {
		Code    int    `json:"code"`
		Message string `json:"message"`
	}
	writeJSON(w, status, struct {
		Success  bool      `json:"success"`
		Errors   []problem `json:"errors"`
		Messages []string  `json:"messages"`
		Result   any       `json:"result"`
	}{false, []problem{{code, message}}, []string{}, nil})
}

// kitError responds with the error envelope of RealtimeKit.
func kitError(w http.ResponseWriter, status int, message string) {
	type problem struct {
		Code    int    `json:"code"`
		Message string `json:"message"`
	}
	writeJSON(w, status, struct {
		Success bool    `json:"success"`
		Error   problem `json:"error"`
	}{false, problem{status, message}})
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // the values are only numbers and strings
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(b)))
	w.WriteHeader(status)
	_, _ = w.Write(b) // an error means that the client has disconnected
}
