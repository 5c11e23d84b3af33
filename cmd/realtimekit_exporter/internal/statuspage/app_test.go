package statuspage_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/api/apitest"
)

func TestPage_CardOfAnApp(t *testing.T) {
	run(t, twoApps, func(f *fixture) {
		stage := func() string { f.Helper(); return f.card(f.page(""), "main-stage") }
		f.contains(stage(), "main-stage Not fetched yet Report livestreams, app stage-id, account "+accountID+
			" Last successful response none yet Next request with the next scrape")
		f.containsNone(stage(), "Sessions", "filters")
		f.contains(f.card(f.page(""), "studio"), "account "+accountID+", filters kind=live")

		f.api.Override("stage-id", apitest.Slow(10*time.Second, nil))
		f.scrape()
		f.contains(stage(), "Waiting for the first response", "none yet Next request in progress")

		<-time.After(6 * time.Second)
		f.contains(stage(), "Up to date",
			"Last successful response 10 seconds ago 2000-01-10 12:00:00 UTC Next request in 1", "minutes with the first scrape after 2000-01-10 12:1",
			"Days known 4 of 5 2 rows in that response")

		<-time.After(15 * time.Minute)
		f.contains(stage(), "Due", "15 minutes ago", "Next request with the next scrape")

		f.api.Override("stage-id", apitest.Status(403, nil, `{"success":false,"errors":[{"code":10000,"message":"Authentication error"}]}`))
		f.scrape()
		const failure = "Failing Report livestreams, app stage-id, account " + accountID + " token rejected for account " + accountID +
			`: it needs the permission Realtime or Realtime Admin (HTTP 403: "Authentication error") Failed `
		f.contains(stage(), failure+"just now (2000-01-10 12:15:10 UTC). Reason: auth.",
			"Next request in 15 seconds with the first scrape after 2000-01-10 12:15:25 UTC",
			"The days below are from the last successful response.", "1,236 Sessions")
		<-time.After(15 * time.Second)
		f.scrape()
		<-time.After(75 * time.Second)
		f.contains(stage(), failure+"2 times in a row, the last time 1 minute ago (2000-01-10 12:15:25 UTC). Reason: auth.")

		<-time.After(72 * time.Hour)
		f.contains(stage(), "3 days ago", "The last successful response is older than cache.max_stale (3d), so its days are no longer shown.", "Days known 0 of 5")
		f.containsNone(stage(), "Sessions")

		f.api.Override("stage-id", nil)
		f.api.SetDay("stage-id", apitest.Day{Date: "2000-01-10"})
		f.api.SetDay("stage-id", apitest.Day{Date: "2000-01-07"})
		f.scrape()
		f.contains(stage(), "Up to date", "Days known 0 of 5 0 rows in that response", "The last successful response had no rows, so no day is known.")
		f.containsNone(stage(), "Sessions", "Failed")
	})
}

func TestPage_SkippedRows(t *testing.T) {
	run(t, twoApps, func(f *fixture) {
		f.api.Override("stage-id", apitest.Body(`{"success":true,"data":[{"date":null},{"date":"2000-01-10"}]}`))
		f.scrape()
		f.contains(f.card(f.page(""), "main-stage"), "1 row in that response, 1 row without a date skipped")
	})
}

func TestPage_RequestQueuedAfter429(t *testing.T) {
	run(t, twoApps, func(f *fixture) {
		f.scrape()
		<-time.After(15 * time.Minute)
		f.api.Override("stage-id", apitest.Slow(time.Second, apitest.Status(429, http.Header{"Retry-After": {"1800"}}, "")))
		f.scrape()
		<-time.After(15 * time.Second)
		f.scrape()
		page := f.page("")
		f.contains(f.card(page, "main-stage"), "Failing", "too many requests", "Reason: rate_limited.",
			"Next request in 29 minutes queued; requests are paused after a 429, at least until 2000-01-10 12:45:01 UTC")
		f.contains(tokens(page), "Token of 1 account, for 2 apps Paused Requests with this token are paused until 2000-01-10 12:45:01 UTC, in 29 minutes: the API responded with 429 (too many requests).",
			"Can be sent immediately 0 Queued requests 1")
		<-time.After(15 * time.Minute)
		f.contains(f.card(f.page(""), "studio"), "Next request in 14 minutes with the first scrape after the pause for a 429, which ends at 2000-01-10 12:45:01 UTC")
	})
}

func TestPage_RequestQueuedByTheRateLimit(t *testing.T) {
	prepare := func(f *fixture) { f.plan.Limit.Requests, f.plan.Limit.Per = 3, time.Hour }
	run(t, prepare, func(f *fixture) {
		f.scrape()
		page := f.page("")
		f.contains(page, "1 of 2 apps has no response yet.",
			"minutes queued by the rate limit, at least until 2000-01-10 12:30:00 UTC")
		f.contains(tokens(page), "Token of 1 account, for 2 apps Too many apps These apps need more requests than the rate limit allows, so responses get older than their TTL: raise cache.ttl, or use several tokens. "+
			"Requests sent 1 of at most 3 in 1h Sustainable rate 2 per 1h Needed by these apps up to 8.9 per 1h Can be sent immediately 0 Queued requests 1")
	})
}
