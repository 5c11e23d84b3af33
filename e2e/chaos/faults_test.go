package chaos

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/api/apitest"
)

// poison is a number that is in no valid response, so it must never be exposed.
const poison = "666666666666"

// anyFault picks a fault at random. Except for the first few, which only delay responses,
// each sets the faulty header, so that the recorder ignores the response.
func anyFault(chance *rand.Rand) http.Handler {
	if chance.IntN(6) == 0 {
		return apitest.Slow(time.Duration(chance.IntN(3000))*time.Millisecond, nil)
	}
	var (
		row   = `{"count":` + poison + `,"date":"` + time.Now().UTC().Format(time.DateOnly) + `","total_ingest_seconds":` + poison + `}`
		good  = `{"data":[` + row + `],"success":true}`
		other = strings.Replace(row, `"count":`+poison, `"count":1`, 1)
		with  = func(from, to string) http.Handler { return apitest.Body(strings.Replace(good, from, to, 1)) }
		wait  = http.Header{"Retry-After": {strconv.Itoa(1 + chance.IntN(3))}} // without one it is 5 minutes
	)
	faults := []http.Handler{
		apitest.Hang(), apitest.Hang(), apitest.HeadersThenHang(),
		apitest.Reset(), apitest.ResetMidBody(good), apitest.Drip(good, 100*time.Millisecond),
		apitest.GzipBomb(64 << 20), apitest.Endless(8 << 20), apitest.Redirect(http.StatusFound, "/client/v4/elsewhere"),
		apitest.Status(http.StatusTooManyRequests, wait, good), apitest.Status(http.StatusTooManyRequests, wait, ""),
		apitest.Body(good + "garbage"), apitest.Body(good[:len(good)/2]), apitest.Body(""), apitest.Body("null"),
		apitest.Body("<html>" + poison + "</html>"),
		with("true", "false"), with("true", `"true"`), with(`,"success":true`, `,"success":null`),
		with(row, row+","+other), with(row, row+",null"), with(row, row+`,{"date":1}`), with(row, row+`,{"date":"2023-02-30"}`),
		with(poison, poison+".5"), with(poison, "-"+poison), with(poison, "1e300"), with(poison, "9223372036854775808"),
		with("[", "{"), with(`"count"`, `"count":2,"count"`), with(row, strings.Repeat("[", 10_000)),
	}
	for _, status := range []int{202, 204, 400, 401, 403, 404, 408, 409, 500, 502, 503, 524} {
		faults = append(faults, apitest.Status(status, nil, good))
	}
	return impossibleValue(faults[chance.IntN(len(faults))])
}

func impossibleValue(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set(faultyHeader, fmt.Sprintf("%T", h))
		h.ServeHTTP(w, r)
	})
}
