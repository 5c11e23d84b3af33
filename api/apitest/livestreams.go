package apitest

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// livestreamDays responds with the day-wise livestream analytics of an app.
func (a *API) livestreamDays(w http.ResponseWriter, q routed) {
	start, end, err := timeRange(q.rawQuery, q.now)
	if err != nil {
		kitError(w, http.StatusBadRequest, err.Error())
		return
	}
	writeDays(w, q.appID, a.days(q.appID, start, end, q.now))
}

// livestreamOverall responds with the sums of the rows of [API.livestreamDays].
func (a *API) livestreamOverall(w http.ResponseWriter, q routed) {
	start, end, err := timeRange(q.rawQuery, q.now)
	if err != nil {
		kitError(w, http.StatusBadRequest, err.Error())
		return
	}
	writeOverall(w, a.days(q.appID, start, end, q.now))
}

func timeRange(rawQuery string, now time.Time) (start, end int64, err error) {
	q, err := url.ParseQuery(rawQuery)
	if err != nil {
		return 0, 0, errors.New("query can't be read")
	}
	if end, err = unixSeconds(q, "end_time", now.Unix()); err != nil {
		return 0, 0, err
	}
	if start, err = unixSeconds(q, "start_time", max(0, end-30*daySeconds)); err != nil {
		return 0, 0, err
	}
	if start > end {
		return 0, 0, errors.New("start_time is after end_time")
	}
	return start, end, nil
}

func unixSeconds(q url.Values, name string, absent int64) (int64, error) {
	switch v := q[name]; len(v) {
	case 0:
		return absent, nil
	case 1:
		if n, err := strconv.ParseInt(v[0], 10, 64); err == nil && n >= 0 {
			return n, nil
		}
		return 0, fmt.Errorf("%s is not a number of seconds", name)
	default:
		return 0, fmt.Errorf("%s is given %d times", name, len(v))
	}
}
