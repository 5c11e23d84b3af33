package api_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/api"
	"github.com/realtimekit-exporter/realtimekit_exporter/api/apitest"
)

// overall requests the overall numbers of the last 5 days.
func overall(t *testing.T, h http.Handler) (api.LivestreamTotals, error) {
	t.Helper()
	server := httptest.NewServer(h)
	defer server.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	app := theApp()
	app.Filters = "a=b"
	return api.New(server.URL+"/client/v4", server.Client().Transport).LivestreamOverall(ctx, app, func() api.Window { return api.LastDays(5, now()) })
}

func TestLivestreamOverall_SumsOfTheWindow(t *testing.T) {
	sim := newAPI()
	got, err := overall(t, sim)
	if err != nil {
		t.Fatal(err)
	}
	var want api.LivestreamTotals
	for _, d := range sim.Days(appID, date(26), now()) {
		want.Sessions += d.Sessions
		want.IngestSeconds += float64(d.IngestSeconds)
		want.ViewerSeconds += float64(d.ViewerSeconds)
	}
	if want.Sessions == 0 || got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	requests := sim.Requests()
	if query := requests[len(requests)-1].Query.Encode(); query != "end_time=1709305445&filters=a%3Db&start_time=1708905600" {
		t.Errorf("the query is %s", query)
	}
}

func TestLivestreamOverall_Responses(t *testing.T) {
	totals := api.LivestreamTotals{Sessions: 4, IngestSeconds: 531, ViewerSeconds: 116}
	const numbers = `{"count":4,"total_ingest_seconds":531,"total_viewer_seconds":116}`
	for name, c := range map[string]struct {
		body string
		want api.LivestreamTotals
		fail string // a part of the error
	}{
		"an object":                   {`{"success":true,"data":` + numbers + `}`, totals, ""},
		"an array of one":             {`{"success":true,"data":[` + numbers + `]}`, totals, ""},
		"an array, success missing":   {`{"data":[` + numbers + `]}`, totals, ""},
		"numbers as strings":          {`{"success":true,"data":{"count":"4","total_ingest_seconds":"531","total_viewer_seconds":"116"}}`, totals, ""},
		"numbers with zero fractions": {`{"success":true,"data":{"count":4.0,"total_ingest_seconds":5.31e2,"total_viewer_seconds":116.0}}`, totals, ""},
		"numbers missing or null":     {`{"success":true,"data":{"count":null}}`, api.LivestreamTotals{}, ""},
		"an empty array":              {`{"success":true,"data":[]}`, api.LivestreamTotals{}, ""},
		"data null":                   {`{"success":true,"data":null}`, api.LivestreamTotals{}, ""},
		"data missing":                {`{"success":true}`, api.LivestreamTotals{}, ""},
		"an array of two":             {`{"success":true,"data":[{},{}]}`, api.LivestreamTotals{}, "data: found an array of 2, not of one"},
		"an array of null":            {`{"success":true,"data":[null]}`, api.LivestreamTotals{}, "data: found null, not an object"},
		"a number":                    {`{"success":true,"data":4}`, api.LivestreamTotals{}, "data: found a number, not an object"},
		"a negative number":           {`{"success":true,"data":{"total_viewer_seconds":-1}}`, api.LivestreamTotals{}, "data: total_viewer_seconds: "},
		"a count with a fraction":     {`{"success":true,"data":{"count":4.5}}`, api.LivestreamTotals{}, "data: count: found a number that is not whole"},
		"an object, success missing":  {`{"data":` + numbers + `}`, api.LivestreamTotals{}, "success is missing"},
		"success false":               {`{"success":false}`, api.LivestreamTotals{}, "success: false"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := overall(t, apitest.Body(c.body))
			switch {
			case c.fail == "" && err != nil, c.fail != "" && (err == nil || !strings.Contains(err.Error(), c.fail)):
				t.Errorf("got %v, want %q", err, c.fail)
			case got != c.want:
				t.Errorf("got %+v, want %+v", got, c.want)
			}
		})
	}
}
