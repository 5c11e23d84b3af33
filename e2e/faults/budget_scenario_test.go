package faults

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/api/apitest"
	"github.com/realtimekit-exporter/realtimekit_exporter/e2e/harness"
)

// The limit under test, and a number of apps that is much larger than the bucket.
const (
	limitRequests = 100
	limitPer      = 10 * time.Second
	limitBurst    = limitRequests / 3
	limitApps     = 300
	limitDays     = 3

	// The API's log has the times of arrival. Over so long a span, requests may
	// arrive in a shorter one, when the first was held up on its way for longer
	// than the last.
	limitLag = 200 * time.Millisecond
)

// A budget is an exporter for two accounts that have the same token, one of
// which has failing apps too; and for a third one with another.
type budget struct {
	*harness.Account
	exporter *harness.Process
	healthy  []string
	failing  map[string]string // and the reason
	others   []string          // of the other token
}

func newBudget(t *testing.T) *budget {
	t.Helper()
	b := &budget{Account: harness.NewAccount(t), failing: map[string]string{}}
	dir := filepath.Dir(b.Config)
	faults := []fault{
		wireFaults()["a connection closed before the response"],
		wireFaults()["a connection reset in the middle of the body"],
		wireFaults()["a server that accepts and sends nothing"],
		statusFaults()["a 500"], statusFaults()["a 404"], rowFaults()["a row that is null"],
	}
	config := fmt.Sprintf("window_days: %d\ncache: {ttl: 50s}\napi: {base_url: %q, timeout: %s, rate_limit: {requests: %d, per: %s}}\naccounts:\n",
		limitDays, b.URL+"/client/v4", apiTimeout, limitRequests, limitPer)
	for n, account := range []string{"first", "second", "third"} {
		value := "shared-secret"
		if n == 2 {
			value = "secret-of-another"
		}
		b.API.AddToken(value, account)
		harness.WriteFile(t, filepath.Join(dir, account), value)
		config += fmt.Sprintf("- {account_id: %s, api_token_file: %[1]s, apps: [", account)
		for i := range []int{limitApps / 2, limitApps / 2, limitBurst}[n] {
			app := fmt.Sprintf("%s-%03d", account, i)
			b.API.AddApp(account, app)
			b.API.SetDay(app, apitest.Day{Date: b.Date(0), Sessions: int64(i) + 1})
			config += fmt.Sprintf("{app_id: %s}, ", app)
			switch f := faults[i%len(faults)]; {
			case n == 2:
				b.others = append(b.others, app)
			case n == 0 && i < 2*len(faults):
				b.failing[app] = f.reason
				b.API.Override(app, f.response)
			default:
				b.healthy = append(b.healthy, app)
			}
		}
		config += "]}\n"
	}
	harness.WriteFile(t, b.Config, config)
	b.exporter = b.StartExporter(t, harness.LongOffset)
	return b
}

// days returns the days of an app in the window of this configuration.
func (b *budget) days(app string) []apitest.Day {
	return b.Fill(b.API.Days(app, b.Day(1-limitDays), time.Now()))
}

// complete returns an error unless all healthy apps are complete.
func (b *budget) complete(got *harness.Scrape) (err error) {
	for _, app := range slices.Concat(b.healthy, b.others) {
		err = errors.Join(err, got.Complete(app, b.days(app)))
	}
	return err
}

// unfilled counts the apps without days.
func (b *budget) unfilled(got *harness.Scrape) (n int) {
	for app := range got.Apps {
		if len(got.DaysOf(app)) == 0 {
			n++
		}
	}
	return n
}

// requestedTwice counts the apps that were requested more than once.
func (b *budget) requestedTwice() (n int) {
	for _, times := range b.Requests() {
		if times > 1 {
			n++
		}
	}
	return n
}

// expectReasons has the failing apps fail as they do, and no other at all, and
// so none for having waited.
func (b *budget) expectReasons(t *testing.T, got *harness.Scrape) {
	t.Helper()
	for _, app := range slices.Concat(b.healthy, b.others) {
		if failures := got.Failures(app); len(failures) > 0 {
			t.Errorf("%s failed: %v", app, failures)
		}
	}
	for app, reason := range b.failing {
		if failures := got.Failures(app); failures[reason] == 0 || len(failures) != 1 {
			t.Errorf("%s failed: %v, want %s", app, failures, reason)
		}
	}
	if lines := b.exporter.Lines("level=error"); lines != nil {
		t.Errorf("the exporter complains: %s", strings.Join(lines, ""))
	}
}

// maxRequestsIn counts the requests of a token in that span of time that has most.
func maxRequestsIn(log []apitest.Request, token string, span time.Duration) (most int) {
	var times []time.Time
	for _, r := range log {
		if r.Token != token {
			continue
		}
		times = append(times, r.Time)
		times = slices.DeleteFunc(times, func(at time.Time) bool { return r.Time.Sub(at) >= span })
		most = max(most, len(times))
	}
	return most
}
