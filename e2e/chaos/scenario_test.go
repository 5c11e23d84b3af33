package chaos

import (
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/api/apitest"
	"github.com/realtimekit-exporter/realtimekit_exporter/e2e/harness"
)

// The apps of the chaos run. Two are healthy throughout: separate is in an account of
// its own, healthy shares account and token with those that fail.
const (
	separate, healthy = "separate", "healthy"
	failing           = 6  // other apps
	chaosDays         = 7  // of the window
	ageOfSeparate     = 10 // maximum age in seconds of its values: its TTL is one, and restarts take one
)

// chaos is an API that fails at random, and the exporter that fetches from it.
type chaos struct {
	api      *apitest.API
	recorder *recorder
	server   *http.Server // nil while it is down
	address  string
	dir      string
	exporter *harness.Process
	apps     []string // that can fail
	chance   *rand.Rand
	number   int64 // the last one of any day; each is used once
	did      map[string]int
}

func newChaos(t *testing.T, seed uint64) *chaos {
	t.Helper()
	c := &chaos{api: apitest.New(time.Now), address: "127.0.0.1:0", dir: t.TempDir(), chance: rand.New(rand.NewPCG(seed, 0)), did: map[string]int{}}
	c.recorder = &recorder{api: c.api, recorded: map[dayValue][]time.Time{}}
	for _, account := range []string{"separate", "faulty"} {
		c.api.AddToken("token-of-"+account, account)
		harness.WriteFile(t, filepath.Join(c.dir, account), "token-of-"+account)
	}
	c.api.AddEmptyApp("separate", separate)
	c.api.AddEmptyApp("faulty", healthy)
	for i := range failing {
		c.apps = append(c.apps, fmt.Sprint("failing-", i))
		c.api.AddEmptyApp("faulty", c.apps[i])
	}
	for _, app := range c.all() {
		for n := 1 - chaosDays; n <= 2; n++ {
			c.restate(app, n)
		}
	}
	c.up(t)
	t.Cleanup(c.down)
	c.configure(t, c.apps)
	c.exporter = harness.Start(t, "realtimekit_exporter", "--config.file="+filepath.Join(c.dir, "config.yml"), "--web.listen-address=127.0.0.1:0")
	return c
}

func (c *chaos) all() []string { return append([]string{separate, healthy}, c.apps...) }

// restate gives new numbers to a day of an app. The day is counted from today.
func (c *chaos) restate(app string, n int) {
	c.number += 3
	date := time.Now().UTC().AddDate(0, 0, n).Format(time.DateOnly)
	c.api.SetDay(app, apitest.Day{Date: date, Sessions: c.number, IngestSeconds: c.number - 1, ViewerSeconds: c.number - 2})
}

// up starts the API on its previous address.
func (c *chaos) up(t *testing.T) {
	t.Helper()
	if c.server != nil {
		return
	}
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", c.address)
	if err != nil {
		t.Fatal(err)
	}
	c.address = l.Addr().String()
	server := &http.Server{Handler: c.recorder, ReadHeaderTimeout: time.Minute}
	c.server = server
	go func() { _ = server.Serve(l) }() // until it is closed
}

// down closes the listener and all connections.
func (c *chaos) down() {
	if c.server != nil {
		c.server.Close()
		c.server = nil
	}
}

func (c *chaos) configure(t *testing.T, apps []string) {
	t.Helper()
	var b strings.Builder
	fmt.Fprintf(&b, "window_days: %d\ncache: {ttl: 1s}\napi:\n  base_url: http://%s/client/v4\n", chaosDays, c.address)
	fmt.Fprintf(&b, "  timeout: 2s\n  max_in_flight: 16\n  rate_limit: {requests: 6000, per: 1m}\naccounts:\n")
	fmt.Fprintf(&b, "- {account_id: separate, api_token_file: separate, apps: [{app_id: %s}]}\n", separate)
	fmt.Fprintf(&b, "- account_id: faulty\n  api_token_file: faulty\n  apps:\n  - app_id: %s\n", healthy)
	for _, app := range apps {
		fmt.Fprintf(&b, "  - app_id: %s\n", app)
	}
	harness.WriteFile(t, filepath.Join(c.dir, "config.yml"), b.String())
}

func (c *chaos) reload(t *testing.T) {
	t.Helper()
	c.exporter.Signal(t, syscall.SIGHUP)
}

// act begins a random event.
func (c *chaos) act(t *testing.T) {
	t.Helper()
	if c.server == nil && c.chance.IntN(5) == 0 {
		c.did["the API back"]++
		c.up(t)
		return
	}
	app := c.apps[c.chance.IntN(failing)]
	var what string
	switch n := c.chance.IntN(1000); {
	case n < 450:
		what = "a day restated"
		all := c.all()
		c.restate(all[c.chance.IntN(len(all))], -c.chance.IntN(chaosDays))
	case n < 650:
		what = "an app broken"
		c.api.Override(app, anyFault(c.chance))
	case n < 900:
		what = "an app healed"
		c.api.Override(app, nil)
	case n < 930:
		what = "apps added or taken out"
		c.chance.Shuffle(failing, func(i, j int) { c.apps[i], c.apps[j] = c.apps[j], c.apps[i] })
		c.configure(t, c.apps[:c.chance.IntN(failing+1)])
		c.reload(t)
	case n < 945:
		what = "a broken configuration"
		harness.WriteFile(t, filepath.Join(c.dir, "config.yml"), "accounts: {}\n")
		c.reload(t)
	case n < 955:
		what = "the token emptied"
		harness.WriteFile(t, filepath.Join(c.dir, "faulty"), "")
	case n < 985:
		what = "the token back"
		harness.WriteFile(t, filepath.Join(c.dir, "faulty"), "token-of-faulty")
	default:
		what = "the API down"
		c.down()
	}
	c.did[what]++
}

// heal ends all events.
func (c *chaos) heal(t *testing.T) {
	t.Helper()
	for _, app := range c.apps {
		c.api.Override(app, nil)
	}
	c.up(t)
	harness.WriteFile(t, filepath.Join(c.dir, "faulty"), "token-of-faulty")
	c.configure(t, c.apps)
	c.reload(t)
}
