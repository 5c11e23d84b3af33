package main

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/api/apitest"
	"github.com/realtimekit-exporter/realtimekit_exporter/collector"
)

func TestTheStatusPageBeginsWithTheStateOfItAll(t *testing.T) {
	broken := apitest.Status(500, nil, "")
	for name, c := range map[string]struct {
		story func(w *statusWorld)
		state string
		says  []string
	}{
		"before the first scrape": {func(*statusWorld) {}, "warn", []string{
			"No app has answered yet. No scrape has come yet, and only a scrape asks for anything: let Prometheus scrape this exporter. Now it is 2000-01-10 12:00:00 UTC. This page",
		}},
		"all is well": {func(w *statusWorld) { w.scrape(); <-time.After(3 * time.Minute) }, "good", []string{
			"Both apps answered, the oldest data is 3 minutes old. Now it is 2000-01-10 12:03:00 UTC. The last scrape came 3 minutes ago.",
		}},
		"an app fails": {func(w *statusWorld) { w.sim.Override("studio-id", broken); w.scrape() }, "bad", []string{
			"1 of 2 apps fails. studio (server) Now",
		}},
		"all fail": {func(w *statusWorld) { w.sim.RemoveToken("the-token"); w.scrape() }, "bad", []string{
			"Both apps fail. main-stage (auth) studio (auth) Now",
		}},
		"an app has no answer yet": {func(w *statusWorld) { w.sim.Override("studio-id", apitest.Hang()); w.scrape() }, "warn", []string{
			"1 of 2 apps has no answer yet. Now",
		}},
		"nobody scrapes any more": {func(w *statusWorld) { w.scrape(); <-time.After(6 * time.Minute) }, "warn", []string{
			"Both apps answered, the oldest data is 6 minutes old. The last scrape came 6 minutes ago, and only a scrape asks for anything: is Prometheus running, and does it still scrape this exporter?",
		}},
		"nobody has scraped for days": {func(w *statusWorld) { w.scrape(); <-time.After(72 * time.Hour) }, "bad", []string{
			"Both apps have data that is too old to show. The last scrape came 3 days ago",
		}},
		"only one app is there, and is well": {func(w *statusWorld) {
			w.config = strings.Split(w.config, "      - {app_id: studio-id")[0]
			if err := w.reload(); err != nil {
				w.Fatal(err)
			}
			w.scrape()
			<-time.After(time.Second)
		}, "good", []string{"The app answered, the oldest data is 1 second old."}},
		"the token is kept quiet": {func(w *statusWorld) {
			w.scrape()
			<-time.After(15 * time.Minute)
			w.sim.Override("stage-id", apitest.Status(429, http.Header{"Retry-After": {"60"}}, ""))
			w.scrape()
		}, "bad", []string{"1 of 2 apps fails. main-stage (rate_limited) 1 token is kept quiet by a 429 of the API: see below until when."}},
		"the last reload failed": {func(w *statusWorld) {
			w.scrape()
			w.config = "window_days: none\n"
			if w.reload() == nil {
				w.Error("the configuration is not refused")
			}
		}, "warn", []string{"Both apps answered, the oldest data is less than a second old. The last reload failed, so the configuration before it stays in force: see below."}},
		"more apps than the limit carries": {func(w *statusWorld) {
			w.config = "cache: {ttl: 1m}\napi: {rate_limit: {requests: 3}}\n" + w.config
			if err := w.reload(); err != nil {
				w.Fatal(err)
			}
		}, "warn", []string{"1 token has more apps than the rate limit carries, so their data grows older than cache.ttl (1m)."}},
		"a token is missing": {func(w *statusWorld) {
			w.config = strings.Replace(w.config, "api_token: the-token", "api_token_file: /nowhere/token", 1)
			if err := w.reload(); err != nil {
				w.Fatal(err)
			}
			<-time.After(time.Second) // for the token file to be read
		}, "warn", []string{"1 account has no usable token: nothing is asked for such an account until there is one."}},
	} {
		t.Run(name, func(t *testing.T) {
			inStatusWorld(t, twoApps, func(w *statusWorld) {
				c.story(w)
				page := w.page("")
				w.says(page, c.says...)
				if !strings.Contains(page, `<section class="verdict `+c.state+`"`) {
					w.Errorf("the state is not %s:\n%s", c.state, read(page))
				}
			})
		})
	}
}

func TestAnAppIsCountedOnceHoweverManyReportsItHas(t *testing.T) {
	now := time.Now()
	well := collector.ReportStatus{Answered: now, Shown: true, Fresh: true}
	fails := collector.ReportStatus{Answered: now, Shown: true, Failure: &collector.Failure{Reason: "auth"}}
	of := func(app string, r collector.ReportStatus) collector.ReportStatus { r.App.Name = app; return r }
	v := newVerdict(&collector.Status{
		At: now, Scraped: now, Limit: collector.Limit{Requests: 3, Per: time.Minute},
		Reports: []collector.ReportStatus{of("a", well), of("a", well), of("b", well), of("b", fails), of("c", fails), of("c", well), of("d", fails), of("d", fails)},
	}, &reloadState{})
	want := []culprit{{"b", "auth", "/status#app-3"}, {"c", "auth", "/status#app-4"}, {"d", "auth", "/status#app-6"}}
	if v.Sentence != "3 of 4 apps fail." || !slices.Equal(v.Culprits, want) || v.Others != 0 {
		t.Errorf("got %+v", v)
	}
}

func TestTheStatusPageTellsOfAnAppWhatIsKnownAndWhatComes(t *testing.T) {
	inStatusWorld(t, twoApps, func(w *statusWorld) {
		stage := func() string { w.Helper(); return w.card(w.page(""), "main-stage") }
		w.says(stage(), "main-stage Not asked yet livestreams of stage-id in account "+statusAccount+
			" Last good answer none yet Next request with the next scrape")
		w.saysNot(stage(), "Sessions", "with filters")
		w.says(w.card(w.page(""), "studio"), "in account "+statusAccount+", with filters kind=live")

		w.sim.Override("stage-id", apitest.Slow(10*time.Second, nil))
		w.scrape()
		w.says(stage(), "First answer to come", "none yet Next request under way")

		<-time.After(6 * time.Second)
		w.says(stage(), "Up to date",
			"Last good answer 10 seconds ago 2000-01-10 12:00:00 UTC Next request in 1", "minutes with the first scrape after 2000-01-10 12:1",
			"Days known 4 of 5 2 rows in that answer",
			"1,236 Sessions most 1,234 on 2000-01-07",
			"[Sessions per day from 2000-01-06 to 2000-01-10, 1,236 in total, most 1,234 on 2000-01-07, 2 today so far, 0 on 2 days, 1 day not known.]",
			"[Viewer hours per day from 2000-01-06 to 2000-01-10, 25.0 in total, most 25.0 on 2000-01-07, under 0.1 today so far, 0 on 2 days, 1 day not known.]",
			"Day Sessions Ingest hours Viewer hours 2000-01-10 (so far) 2 under 0.1 under 0.1 2000-01-09 0 0.0 0.0 2000-01-08 0 0.0 0.0 2000-01-07 1,234 1.5 25.0 2000-01-06 not known")

		const bars = `<path class="unknown" d="M0 0h1v40h-1z"/><path class="dashes" vector-effect="non-scaling-stroke" d="M0.3 20h.4"/><path class="bars" d="M1.15 40h.7V1.0h-.7z"/>` +
			`<path class="zeros" d="M2.15 40h.7v-1h-.7zM3.15 40h.7v-1h-.7z"/><path class="today" vector-effect="non-scaling-stroke" d="M4.15 40h.7V39.0h-.7z"/></svg>`
		if got := strings.Count(stage(), bars); got != 2 {
			t.Errorf("%d pictures are right, want 2:\n%s", got, stage())
		}

		<-time.After(15 * time.Minute)
		w.says(stage(), "Due", "15 minutes ago", "Next request with the next scrape")

		w.sim.Override("stage-id", apitest.Status(403, nil, `{"success":false,"errors":[{"code":10000,"message":"Authentication error"}]}`))
		w.scrape()
		const failure = "Failing livestreams of stage-id in account " + statusAccount + " token rejected for account " + statusAccount +
			`: it needs the permission Realtime or Realtime Admin (HTTP 403: "Authentication error") Failed `
		w.says(stage(), failure+"just now (2000-01-10 12:15:10 UTC). Reason: auth.",
			"Next request in 15 seconds with the first scrape after 2000-01-10 12:15:25 UTC",
			"The days below are from the last good answer.", "1,236 Sessions")
		<-time.After(15 * time.Second)
		w.scrape()
		<-time.After(75 * time.Second)
		w.says(stage(), failure+"2 times in a row, the last time 1 minute ago (2000-01-10 12:15:25 UTC). Reason: auth.")

		<-time.After(72 * time.Hour)
		w.says(stage(), "3 days ago", "The last good answer is older than cache.max_stale (3d), so its days are no longer shown.", "Days known 0 of 5")
		w.saysNot(stage(), "Sessions")

		w.sim.Override("stage-id", nil)
		w.sim.SetDay("stage-id", apitest.Day{Date: "2000-01-10"})
		w.sim.SetDay("stage-id", apitest.Day{Date: "2000-01-07"})
		w.scrape()
		w.says(stage(), "Up to date", "Days known 0 of 5 0 rows in that answer", "The last good answer had no row, so no day is known")
		w.saysNot(stage(), "Sessions", "Failed")
	})
}

func TestTheStatusPageTellsWhatARequestWaitsFor(t *testing.T) {
	inStatusWorld(t, twoApps, func(w *statusWorld) {
		w.scrape()
		<-time.After(15 * time.Minute)
		w.sim.Override("stage-id", apitest.Slow(time.Second, apitest.Status(429, http.Header{"Retry-After": {"1800"}}, "")))
		w.scrape()
		<-time.After(15 * time.Second)
		w.scrape()
		page := w.page("")
		w.says(w.card(page, "main-stage"), "Failing", "too many requests", "Reason: rate_limited.",
			"Next request in 29 minutes it waits, since a 429 keeps its token quiet, at least until 2000-01-10 12:45:01 UTC")
		w.says(page, "Token of 1 account, for 2 apps Kept quiet The API answered 429, too many requests, so nothing is asked with this token until 2000-01-10 12:45:01 UTC, in 29 minutes.",
			"May leave at once now 0 Waiting for their turn 1")
		<-time.After(15 * time.Minute)
		w.says(w.card(w.page(""), "studio"), "Next request in 14 minutes with the first scrape after a 429 no longer keeps its token quiet, at 2000-01-10 12:45:01 UTC")
	})
	inStatusWorld(t, "api: {rate_limit: {requests: 3, per: 1h}}\n"+twoApps, func(w *statusWorld) {
		w.scrape()
		page := w.page("")
		w.says(page, "1 of 2 apps has no answer yet.", "Waiting for their turn 1",
			"minutes it waits for its turn within the rate limit, at least until 2000-01-10 12:30:00 UTC",
			"Token of 1 account, for 2 apps Too many apps Its apps need more than the limit carries, so answers grow older than cache.ttl (15m): make that longer, or use several tokens.",
			"Requests that left 1 of at most 3 in 1h The limit lets through in the long run 2 per 1h Its apps need in the long run up to 8.9 per 1h May leave at once now 0")
	})
}

func TestTheStatusPageTellsOfEveryTokenOnce(t *testing.T) {
	more := twoApps + "  - account_id: second\n    api_token: the-token\n    apps: [{app_id: second-app}]\n" +
		"  - account_id: third\n    api_token_file: secrets/third\n    apps: [{app_id: third-app}]\n"
	inStatusWorld(t, more, func(w *statusWorld) {
		w.scrape()
		page := w.page("")
		w.says(page, "Token of 2 accounts, for 3 apps Refused by the API token rejected for account second: it needs the permission Realtime or Realtime Admin (HTTP 403: \"Authentication error\") Requests that left 3 of at most 300 in 5m "+
			"The limit lets through in the long run 200 per 5m Its apps need in the long run up to 1.1 per 5m May leave at once now 97 Waiting for their turn 0 "+
			statusAccount+" from api_token in the configuration second from api_token in the configuration",
			"Token of 1 account, for 1 app No usable token api_token_file /etc/realtimekit/secrets/third does not exist (no such file or directory): expected a file with nothing but the API token",
			"third from api_token_file /etc/realtimekit/secrets/third")
		w.saysNot(page, "the-token")
		w.saysNot(w.page("?app=third"), "Token of 2 accounts")
	})
}

func TestTheStatusPageShowsTheConfigurationInForce(t *testing.T) {
	config := strings.Replace(twoApps, "window_days: 5\n", `window_days: 5
cache: {ttl: 10m}
api:
  proxy_url: http://proxy-user:proxy-password@proxy.example:3128/secret-path?secret=query
  tls_config: {cert: certificate-text, key: key-text, ca_file: certs/ca.pem, min_version: TLS12}
`, 1)
	inStatusWorld(t, config, func(w *statusWorld) {
		<-time.After(90 * time.Second)
		page := w.page("")
		w.says(page, "/etc/realtimekit/config.yml: 1 account, 2 apps, 5 days. In force since 1 minute ago (2000-01-10 12:00:00 UTC).",
			"window_days 5 cache.ttl 10m cache.max_stale 3d (default) api.base_url https://api.cloudflare.com/client/v4 (default) api.timeout 30s (default) api.max_in_flight 8 (default)",
			"api.rate_limit.requests 300 (default) api.rate_limit.per 5m (default)",
			"api.proxy_url http://proxy.example:3128 (anything else is hidden)",
			"api.tls_config.ca not set api.tls_config.cert hidden api.tls_config.key hidden api.tls_config.ca_file /etc/realtimekit/certs/ca.pem",
			"api.tls_config.insecure_skip_verify false (default) api.tls_config.min_version TLS12 api.tls_config.max_version not set")
		for _, secret := range []string{"proxy-user", "proxy-password", "secret-path", "secret=query", "certificate-text", "key-text", "the-token"} {
			if strings.Contains(page, secret) {
				t.Errorf("%s is on the page", secret)
			}
		}

		w.config = "window_days: 0\naccounts: []\n"
		if w.reload() == nil {
			t.Error("the configuration is not refused")
		}
		<-time.After(5 * time.Second)
		w.says(w.page(""), "In force since 1 minute ago (2000-01-10 12:00:00 UTC). The last reload failed 5 seconds ago (2000-01-10 12:01:30 UTC), so this configuration stays in force. "+
			"/etc/realtimekit/config.yml:1: window_days: 0 is out of range", "accounts", "cache.ttl 10m")
		w.config = config
		if err := w.reload(); err != nil {
			t.Error(err)
		}
		w.says(w.page(""), "In force since just now (2000-01-10 12:01:35 UTC).")
		w.saysNot(w.page(""), "reload failed")
	})
}

func TestTheStatusPageHasEveryKeyOfTheConfiguration(t *testing.T) {
	c := defaultConfig()
	got := make(map[string]setting)
	for _, s := range c.settings() {
		got[s.Key] = s
	}
	for _, k := range configKeys() {
		s, shown := got[k.Path]
		if shown == strings.HasPrefix(k.Path, "accounts") || shown && (s.Value != k.Default || !s.Default) {
			t.Errorf("%s: got %+v, want the default %q", k.Path, s, k.Default)
		}
	}
}
