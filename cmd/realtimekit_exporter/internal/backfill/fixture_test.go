package backfill

import (
	"context"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/api"
	"github.com/realtimekit-exporter/realtimekit_exporter/api/apitest"
	"github.com/realtimekit-exporter/realtimekit_exporter/cmd/realtimekit_exporter/internal/progress"
	"github.com/realtimekit-exporter/realtimekit_exporter/collector"
)

const (
	studio = "studio"
	token  = "c4nary-token"
)

// newAPI returns a simulated API, in a synctest bubble. Its clock starts at 2000-01-01.
func newAPI(apps ...string) *apitest.API {
	sim := apitest.New(time.Now)
	sim.AddToken(token, studio)
	for _, id := range apps {
		sim.AddEmptyApp(studio, id)
	}
	return sim
}

// newPlan returns a plan with these apps, whose names are their IDs.
func newPlan(sim *apitest.API, discover *collector.Discover, apps ...string) *collector.Plan {
	account := collector.Account{
		ID: studio, Discover: discover,
		Token: func(context.Context) (api.Secret, error) { return token, nil },
	}
	for _, id := range apps {
		account.Apps = append(account.Apps, collector.App{ID: id, Name: id})
	}
	return &collector.Plan{
		Accounts: []collector.Account{account}, Reports: collector.Reports()[:1], Days: 35,
		Timeout: 30 * time.Second, MaxInFlight: 2,
		Limit:  collector.Limit{Requests: 30, Per: time.Minute},
		Client: api.New("https://api.example", sim.Client().Transport),
	}
}

// span parses two dates; the second one may be empty.
func span(t *testing.T, from, to string) (s Span) {
	t.Helper()
	var err error
	if s.From, err = time.Parse(time.DateOnly, from); err == nil && to != "" {
		s.To, err = time.Parse(time.DateOnly, to)
	}
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// run backfills, and returns the output and the text on stderr.
func run(t *testing.T, p *collector.Plan, s Span, names ...string) (output, lines string, err error) {
	t.Helper()
	var out strings.Builder
	lines, err = runTo(t.Context(), t, p, s, &out, names...)
	return out.String(), lines, err
}

func runTo(ctx context.Context, t *testing.T, p *collector.Plan, s Span, w io.Writer, names ...string) (lines string, err error) {
	t.Helper()
	var b strings.Builder
	err = Run(ctx, p, s, names, time.Now, w, progress.New(&b))
	if strings.Contains(fmt.Sprint(w, &b, err), "c4nary") {
		t.Errorf("the token is printed:\n%s\n%v", &b, err)
	}
	return b.String(), err
}

// row is a day of an app with one session, a minute of ingest and two of views.
func row(date string) apitest.Day {
	return apitest.Day{Date: date, Sessions: 1, IngestSeconds: 60, ViewerSeconds: 120}
}
