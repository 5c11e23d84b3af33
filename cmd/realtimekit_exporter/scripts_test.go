package main

import (
	"errors"
	"io/fs"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/realtimekit-exporter/realtimekit_exporter/api/apitest"
)

// TestMain lets the test binary be the program that the scripts run.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){program: main})
}

// TestScripts runs testdata/scripts/*.txt, which use the program as people do. They are
// scripts of package testscript, with these commands in addition to its own:
//
//	realtimekit_exporter FLAG…   the program, until it ends
//	serve FLAG…                  the same on a free port, in the background, once it listens
//	signal HUP|INT|TERM          sent to it
//	stopped                      waits until it has ended, with status 0
//	logged [-count=N] REGEXP     waits for such lines in its log
//	get, head, post, … PATH      a request: the body is stdout, status and headers are stderr
//	until PATH LINE              gets until the response has that line
//	shows LINE                   the last body has that line
//	families                     the last body's metrics of ours, as name{labels} type
//	response                     waits for the request that was sent with a closing &
//	certificate                  writes cert.pem and key.pem, which requests trust
//	api VERB…                    the simulated API, see [apiCommand]
//	hang [FILE]                  opening the file blocks, see [hangCommand]
//
// A script has an account at that API, "studio", with the token "first-token" and
// the apps concerts, talks and radio: yesterday the first had 4 sessions, 531
// seconds of ingest and 116 of views, the second 2, 60 and 90, the third none. $API is
// the API's base URL, also within YAML files; $TODAY, $YESTERDAY, $BEFORE (the day before
// it) and $LONGAGO (60 days ago) are dates.
func TestScripts(t *testing.T) {
	awaitMidnight(2 * time.Minute)
	testscript.Run(t, testscript.Params{
		Dir:                "testdata/scripts",
		Setup:              setUp,
		RequireUniqueNames: true,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"serve":       serveCommand,
			"signal":      signalCommand,
			"stopped":     stoppedCommand,
			"logged":      loggedCommand,
			"get":         requestCommand("GET"),
			"head":        requestCommand("HEAD"),
			"post":        requestCommand("POST"),
			"put":         requestCommand("PUT"),
			"delete":      requestCommand("DELETE"),
			"until":       untilCommand,
			"shows":       showsCommand,
			"families":    familiesCommand,
			"response":    responseCommand,
			"certificate": certificateCommand,
			"api":         apiCommand,
			"hang":        hangCommand,
		},
	})
}

// awaitMidnight waits for the next day (UTC) if less than margin of this one remains:
// the program has the real clock, and its days change at 00:00.
func awaitMidnight(margin time.Duration) {
	now := time.Now()
	if left := now.Truncate(24 * time.Hour).Add(24 * time.Hour).Sub(now); left < margin {
		<-time.After(left)
	}
}

const (
	scriptAccount = "studio"
	scriptToken   = "first-token"
)

// A fixture is what the commands of one script share.
type fixture struct {
	api     *apitest.API
	env     []string
	program *process // the last one served
	client  *client
	leased  *os.File // see hangCommand
}

type fixtureKey struct{}

func fixtureOf(ts *testscript.TestScript) *fixture { return ts.Value(fixtureKey{}).(*fixture) }

func setUp(env *testscript.Env) error {
	date := func(day int) string { return time.Now().UTC().AddDate(0, 0, day).Format(time.DateOnly) }
	yesterday := date(-1)
	s := &fixture{api: apitest.New(time.Now), client: newClient()}
	s.api.AddToken(scriptToken, scriptAccount)
	for _, app := range []string{"concerts", "talks", "radio"} {
		s.api.AddEmptyApp(scriptAccount, app)
	}
	s.api.SetDay("concerts", apitest.Day{Date: yesterday, Sessions: 4, IngestSeconds: 531, ViewerSeconds: 116})
	s.api.SetDay("talks", apitest.Day{Date: yesterday, Sessions: 2, IngestSeconds: 60, ViewerSeconds: 90})
	server := httptest.NewServer(s.api)
	env.Defer(server.Close)

	env.Values[fixtureKey{}] = s
	env.Setenv("API", server.URL+"/client/v4")
	env.Setenv("TODAY", date(0))
	env.Setenv("YESTERDAY", yesterday)
	env.Setenv("BEFORE", date(-2))
	env.Setenv("LONGAGO", date(-60))
	env.Setenv("GORACE", "atexit_sleep_ms=0") // else each program under the race detector takes a second to end
	s.env = env.Vars
	return fillIn(env.WorkDir, "$API", server.URL+"/client/v4")
}

// fillIn replaces a word in the YAML files below dir.
func fillIn(dir, word, by string) error {
	return filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".yml" {
			return err
		}
		text, err := os.ReadFile(path)
		return errors.Join(err, os.WriteFile(path, []byte(strings.ReplaceAll(string(text), word, by)), 0o600))
	})
}

// poll calls a condition until it is true, for a time that suffices unless something is broken.
func poll(condition func() bool) bool {
	deadline := time.After(20 * time.Second)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for !condition() {
		select {
		case <-tick.C:
		case <-deadline:
			return false
		}
	}
	return true
}
