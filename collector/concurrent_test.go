package collector_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-kit/log"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/expfmt"

	"github.com/realtimekit-exporter/realtimekit_exporter/api"
	"github.com/realtimekit-exporter/realtimekit_exporter/api/apitest"
	"github.com/realtimekit-exporter/realtimekit_exporter/collector"
)

// The other tests do one thing after the other. This one does everything at the same
// time, for the race detector.
func TestExporter_ConcurrentUse(t *testing.T) {
	sim := apitest.New(time.Now)
	for _, token := range []string{"one", "two"} {
		sim.AddToken(token, account)
	}
	const apps = 20
	for i := range apps {
		sim.AddApp(account, fmt.Sprint(i))
	}
	sim.Override("3", apitest.Status(500, nil, ""))
	sim.Override("4", apitest.Slow(30*time.Millisecond, nil))

	e := collector.New(t.Context(), log.NewNopLogger(), prometheus.NewRegistry(), time.Now)
	rt := sim.Client().Transport
	e.Apply(changingPlan(0, apps, api.New("https://api.example", rt)))

	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	var wg sync.WaitGroup
	for i := range 50 {
		format := []expfmt.Format{expfmt.FmtText, expfmt.FmtProtoDelim, expfmt.FmtOpenMetrics_1_0_0}[i%3]
		wg.Go(func() {
			for ctx.Err() == nil {
				scrapeAs(ctx, t, e, format)
			}
		})
	}
	wg.Go(func() {
		for ctx.Err() == nil {
			for _, r := range e.Status().Reports {
				r.Lines()
			}
		}
	})
	wg.Go(func() {
		tick := time.NewTicker(7 * time.Millisecond)
		defer tick.Stop()
		for n := 1; ctx.Err() == nil; n++ {
			<-tick.C
			e.Apply(changingPlan(n, apps, api.New("https://api.example", rt)))
		}
	})
	wg.Wait()
}

// changingPlan is another plan for each n: other apps, names, window and limits, and
// a token that changes, and is missing, every now and then.
func changingPlan(n, apps int, client *api.Client) collector.Plan {
	var reads atomic.Int64
	a := collector.Account{ID: account, Token: func(context.Context) (api.Secret, error) {
		switch reads.Add(1) % 11 {
		case 0:
			return "", errors.New("gone")
		case 1, 2, 3:
			return "two", nil
		}
		return "one", nil
	}}
	for i := range apps {
		if (i+n)%6 != 0 {
			a.Apps = append(a.Apps, collector.App{ID: fmt.Sprint(i), Name: fmt.Sprintf("app %d, called %d", i, n%3)})
		}
	}
	return collector.Plan{
		Reports:  collector.Reports("livestreams", "live"),
		Accounts: []collector.Account{a},
		Days:     5 + n%7, TTL: 20 * time.Millisecond, LiveTTL: 10 * time.Millisecond, MaxStale: time.Hour,
		Timeout: time.Second, MaxInFlight: 1 + n%4,
		Limit:   collector.Limit{Requests: 3000 + n%5, Per: time.Second},
		BaseURL: "https://api.example", Client: client,
	}
}

// scrapeAs compares a scrape with what a registry gathers of the same snapshot.
func scrapeAs(ctx context.Context, t *testing.T, e *collector.Exporter, format expfmt.Format) {
	t.Helper()
	ctx, cancel := context.WithTimeout(ctx, 25*time.Millisecond)
	defer cancel()
	snapshot, all := e.Snapshot(ctx), prometheus.NewPedanticRegistry()
	all.MustRegister(snapshot)
	gathered, err := all.Gather()
	if err != nil {
		t.Error(err)
	}
	checkEncoded(t, snapshot, prometheus.NewRegistry(), gathered, format)
}
