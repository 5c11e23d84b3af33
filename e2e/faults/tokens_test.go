package faults

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/realtimekit-exporter/realtimekit_exporter/api/apitest"
	"github.com/realtimekit-exporter/realtimekit_exporter/e2e/harness"
)

// A loss is a way to lose a token, and its text in the log. The file's
// directory and name are given.
type loss struct {
	lose func(path string) error
	text string
	late bool // it was never there
}

func unusableTokens() map[string]loss {
	const nothing, missing = ": expected nothing but the API token", "does not exist (no such file or directory): expected a file with nothing but the API token"
	holding := func(content string) func(string) error {
		return func(path string) error { return os.WriteFile(path, []byte(content), 0o600) }
	}
	instead := func(put func(path string) error) func(string) error {
		return func(path string) error { return errors.Join(os.Remove(path), put(path)) }
	}
	return map[string]loss{
		"a file that is late":                       {late: true, text: missing},
		"a file that is emptied":                    {lose: holding(""), text: "is empty" + nothing},
		"a file of blanks":                          {lose: holding(" \n\t\n"), text: "is empty" + nothing},
		"a file that is removed":                    {lose: os.Remove, text: missing},
		"a file that is two lines":                  {lose: holding("first\nsecond\n"), text: "contains a line break" + nothing},
		"a file with a character that is not ASCII": {lose: holding("secret-of-tökén"), text: "contains a character that is not ASCII" + nothing},
		"a file with a control character":           {lose: holding("secret-of-\x00"), text: "contains a control character" + nothing},
		"a file that is far too large":              {lose: holding(strings.Repeat("secret-of ", 1<<20)), text: "is larger than 64 KiB: expected a file"},
		"a directory in the file's place":           {lose: instead(func(path string) error { return os.Mkdir(path, 0o700) }), text: "is a directory: expected a file"},
		"a symlink to nothing in the file's place":  {lose: instead(func(path string) error { return os.Symlink("nowhere", path) }), text: missing},
		"a symlink to itself in the file's place":   {lose: instead(func(path string) error { return os.Symlink(path, path) }), text: "cannot be read (too many levels of symbolic links)"},
		"a pipe that nobody writes to in its place": {lose: instead(func(path string) error { return syscall.Mkfifo(path, 0o600) }), text: "is not a regular file: expected a file"},
		"a device that never ends in its place":     {lose: instead(func(path string) error { return os.Symlink("/dev/zero", path) }), text: "is not a regular file: expected a file"},
		"a file behind a directory that is no more": {lose: func(path string) error { return os.RemoveAll(filepath.Dir(path)) }, text: missing},
		"a file behind a file in a directory's place": {lose: func(path string) error {
			return errors.Join(os.RemoveAll(filepath.Dir(path)), os.WriteFile(filepath.Dir(path), nil, 0o600))
		}, text: "cannot be read (not a directory)"},
	}
}

// Every way at once, each in an account of its own: all tokens are there (but
// one), then they are lost, then there are new ones.
func TestToken_FileBecomesUnusable(t *testing.T) {
	t.Parallel()
	a, all := harness.NewAccount(t), unusableTokens()
	names := slices.Sorted(maps.Keys(all))
	app := func(i int) string { return fmt.Sprintf("app-of-%02d", i) }
	path := func(i int) string { return filepath.Join(filepath.Dir(a.Config), app(i), "token") }
	put := func(i int, value string) {
		a.API.AddToken(value, app(i))
		if err := errors.Join(os.RemoveAll(filepath.Dir(path(i))), os.Mkdir(filepath.Dir(path(i)), 0o700)); err != nil {
			t.Fatal(err)
		}
		harness.WriteFile(t, path(i), "\n"+value+"\n\n")
	}
	config := fmt.Sprintf("window_days: %d\ncache: {ttl: 1s}\napi: {base_url: %q}\naccounts:\n", harness.WindowDays, a.URL+"/client/v4")
	config += fmt.Sprintf("- {account_id: %s, api_token_file: token, apps: [{app_id: %s}]}\n", harness.AccountID, harness.Quiet)
	for i, name := range names {
		a.API.AddApp(app(i), app(i))
		a.API.SetDay(app(i), apitest.Day{Date: a.Date(0), Sessions: int64(i), IngestSeconds: 1})
		if !all[name].late {
			put(i, "first-secret-of-"+app(i))
		}
		config += fmt.Sprintf("- {account_id: %s, api_token_file: %s, apps: [{app_id: %[1]s, name: %[3]q}]}\n", app(i), path(i), name)
	}
	harness.WriteFile(t, a.Config, config)
	exporter := a.StartExporter(t)
	scrape := func(awaitCurrent func(got *harness.Scrape, i int) error) (got *harness.Scrape) {
		harness.Eventually(t, func() (err error) {
			if got, err = exporter.Scrape(t.Context(), harness.ScrapeTimeout); err != nil {
				t.Fatal(err)
			}
			if err := got.Complete(harness.Quiet, a.Days(harness.Quiet)); err != nil {
				t.Error(err)
			}
			for i := range names {
				err = errors.Join(err, awaitCurrent(got, i))
			}
			return err
		})
		return got
	}
	well := func(got *harness.Scrape, i int) error { return got.Complete(names[i], a.Days(app(i))) }

	scrape(func(got *harness.Scrape, i int) error {
		if all[names[i]].late {
			return nil
		}
		return well(got, i)
	})
	for i, name := range names {
		if all[name].lose == nil {
			continue
		}
		if err := all[name].lose(path(i)); err != nil {
			t.Fatal(err)
		}
	}
	before := a.Requests()
	lost := scrape(func(got *harness.Scrape, i int) error {
		if got.Failures(names[i])["token"] < 2 {
			return errors.New("has not failed twice: " + names[i])
		}
		return nil
	})
	after, sent := a.Requests(), len(a.API.Requests())
	for i := range names {
		put(i, "second-secret-of-"+app(i))
	}
	found := scrape(well)

	for i, name := range names {
		t.Run(name, func(t *testing.T) {
			days := a.Days(app(i))
			if all[name].late {
				days = nil
				lines := exporter.Lines("api_token_file " + path(i) + " does not exist")
				if n := strings.Count(strings.Join(lines, ""), `msg="no usable token"`); n != 1 {
					t.Errorf("the problem is logged %d times: %q", n, lines)
				}
			}
			if err := harness.Diff(lost.DaysOf(name), harness.DaySamples(name, days)); err != nil || lost.Report(name, "up") != 0 {
				t.Errorf("report_up is %v: %v", lost.Report(name, "up"), err)
			}
			if before[app(i)] != after[app(i)] {
				t.Error("something was sent")
			}
			failures := found.Failures(name)
			lines := exporter.FailureLines(name)
			if len(failures) != 1 || len(lines) != failures["token"] {
				t.Errorf("failures are %v, and the log has %q", failures, lines)
			}
			for _, line := range lines {
				if !strings.Contains(line, "api_token_file "+path(i)+" "+all[name].text) {
					t.Errorf("does not contain %q: %s", all[name].text, line)
				}
			}
		})
	}
	if counted := lost.Total("realtimekit_exporter_api_requests_total"); counted != float64(sent) {
		t.Errorf("api_requests_total is %v, and the API has seen %d", counted, sent)
	}
	if strings.Contains(exporter.Log.String(), "secret-of") {
		t.Error("a token is in the log")
	}
}

func TestToken_FileIsReplaced(t *testing.T) {
	t.Parallel()
	a := harness.NewAccount(t)
	configureFor(t, a, a.URL, "ttl: 1s", "timeout: 2s")
	exporter := a.StartExporter(t)
	expectComplete(t, a, exporter)

	a.API.AddToken("another-token", harness.AccountID)
	harness.WriteFile(t, filepath.Join(filepath.Dir(a.Config), "token"), "another-token")
	a.API.RemoveToken(harness.Token) // so a request with it would fail
	seen := len(a.API.Requests())
	harness.Eventually(t, func() error {
		expectComplete(t, a, exporter)
		if n := len(a.API.Requests()) - seen; n < 2*len(a.Apps) {
			return fmt.Errorf("%d requests since", n)
		}
		return nil
	})
	for _, r := range a.API.Requests()[seen:] {
		if r.Token != "another-token" || r.Status != 200 {
			t.Errorf("%s was requested with token %q: %d", r.AppID, r.Token, r.Status)
		}
	}
	if lines := exporter.Lines("level=warn", "level=error"); lines != nil {
		t.Errorf("the exporter complains: %q", lines)
	}
}
