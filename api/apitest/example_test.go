package apitest_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/api/apitest"
)

func Example() {
	now := time.Date(2026, time.March, 18, 12, 0, 0, 0, time.UTC)
	a := apitest.New(func() time.Time { return now })
	a.AddToken("secret", "an-account")
	a.AddEmptyApp("an-account", "an-app")
	a.SetDay("an-app", apitest.Day{Date: "2026-03-17", Sessions: 4, IngestSeconds: 531, ViewerSeconds: 116})

	get := func() {
		const url = "https://any.host/client/v4/accounts/an-account/realtime/kit/an-app/analytics/livestreams/daywise"
		req, _ := http.NewRequestWithContext(context.Background(), http.MethodGet, url, nil)
		req.Header.Set("Authorization", "Bearer secret")
		resp, err := a.Client().Do(req)
		if err != nil {
			fmt.Println(err)
			return
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		fmt.Println(resp.Status, string(body), err)
	}
	get()
	a.Override("an-app", apitest.ResetMidBody(`{"data":[]}`))
	get()
	a.Override("an-app", nil)
	fmt.Println(len(a.Requests()), "requests")
	// Output:
	// 200 OK {"data":[{"count":4,"date":"2026-03-17","total_ingest_seconds":531,"total_viewer_seconds":116}],"success":true} <nil>
	// 200 OK {"dat unexpected EOF
	// 2 requests
}
