package main

import (
	"errors"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-kit/log"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/realtimekit-exporter/realtimekit_exporter/cmd/realtimekit_exporter/internal/config"
	"github.com/realtimekit-exporter/realtimekit_exporter/collector"
)

// A fakeFile is a configuration file for a reloader: its content is what loads,
// unless that is "broken", or another file that it needs is missing.
type fakeFile struct {
	content atomic.Value
	missing atomic.Bool
}

func newFakeFile(content string) *fakeFile {
	f := &fakeFile{}
	f.content.Store(content)
	return f
}

func (f *fakeFile) load() (*loaded, error) {
	content := f.content.Load().(string)
	l := &loaded{name: content, content: []byte(content), config: &config.Config{WindowDays: 1}, plan: collector.Plan{Days: 1}}
	if content == "broken" {
		return l, errors.New("it is broken")
	}
	if f.missing.Load() {
		return l, errors.New("a certificate is missing")
	}
	return l, nil
}

func newFakeReloader(t *testing.T, f *fakeFile) (*reloader, *safeBuffer) {
	t.Helper()
	text := &safeBuffer{}
	reg := prometheus.NewRegistry()
	exporter := collector.New(t.Context(), log.NewNopLogger(), reg, time.Now)
	r := newReloader(f.load, exporter, log.NewLogfmtLogger(text), reg, time.Now)
	if err := r.reload(); err != nil {
		t.Fatal(err)
	}
	text.take()
	return r, text
}

func TestWatch_RefusedFileIsLoadedOnceItIsValid(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		file := newFakeFile("first")
		r, text := newFakeReloader(t, file)
		go r.watch(t.Context(), nil, time.Minute)

		file.content.Store("second")
		file.missing.Store(true)
		<-time.After(10*time.Minute + time.Second)
		if got := text.take(); strings.Count(got, "a certificate is missing") != 1 || testutil.ToFloat64(r.ok) != 0 {
			t.Errorf("while it is missing: ok is %v, logged %s", testutil.ToFloat64(r.ok), got)
		}
		file.missing.Store(false)
		<-time.After(10 * time.Minute)
		if got := text.take(); strings.Count(got, "configuration loaded") != 1 || testutil.ToFloat64(r.ok) != 1 {
			t.Errorf("once it is there: ok is %v, logged %s", testutil.ToFloat64(r.ok), got)
		}
	})
}

func TestWatch_LoadsChangedContent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		file := newFakeFile("first")
		r, text := newFakeReloader(t, file)
		start := time.Now()
		hangup := make(chan os.Signal, 1)
		go r.watch(t.Context(), hangup, time.Minute)

		for _, step := range []struct {
			what    string
			content string
			hangup  bool
			logged  string // "": nothing
			ok      float64
			loaded  time.Duration // when the active configuration was loaded, after the start
		}{
			{what: "nothing changed", content: "first", ok: 1},
			{what: "it changed", content: "second", logged: "config=second", ok: 1, loaded: 2 * time.Minute},
			{what: "nothing changed since", content: "second", ok: 1, loaded: 2 * time.Minute},
			{what: "a signal loads it again", content: "second", hangup: true, logged: "config=second", ok: 1, loaded: 3 * time.Minute},
			{what: "it broke", content: "broken", logged: "reload failed", ok: 0, loaded: 3 * time.Minute},
			{what: "it is still broken, which is logged already", content: "broken", ok: 0, loaded: 3 * time.Minute},
			{what: "a signal logs it again", content: "broken", hangup: true, logged: "reload failed", ok: 0, loaded: 3 * time.Minute},
			{what: "it has the content from before it broke", content: "second", logged: "config=second", ok: 1, loaded: 8 * time.Minute},
			{what: "it is empty", content: "", logged: "config=", ok: 1, loaded: 9 * time.Minute},
		} {
			file.content.Store(step.content)
			if step.hangup {
				hangup <- syscall.SIGHUP
			}
			synctest.Wait()
			<-time.After(time.Minute)
			synctest.Wait()
			if got := text.take(); strings.Count(got, "\n") > 1 || (got == "") != (step.logged == "") || !strings.Contains(got, step.logged) {
				t.Errorf("%s: logged %q, want %q once", step.what, got, step.logged)
			}
			if got := testutil.ToFloat64(r.ok); got != step.ok {
				t.Errorf("%s: last reload successful is %v, want %v", step.what, got, step.ok)
			}
			if got, want := testutil.ToFloat64(r.at), float64(start.Add(step.loaded).UnixMilli())/1000; got != want {
				t.Errorf("%s: loaded at %v, want %v", step.what, got, want)
			}
		}
	})
}

func TestWatch_Off(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		file := newFakeFile("first")
		r, text := newFakeReloader(t, file)
		hangup := make(chan os.Signal, 1)
		go r.watch(t.Context(), hangup, 0)
		file.content.Store("second")
		<-time.After(24 * time.Hour)
		synctest.Wait()
		if got := text.take(); got != "" {
			t.Errorf("without a signal, it logged %q", got)
		}
		hangup <- syscall.SIGHUP
		synctest.Wait()
		if got := text.take(); !strings.Contains(got, "config=second") {
			t.Errorf("by signal, it logged %q", got)
		}
	})
}

func TestReload_HTTPResponses(t *testing.T) {
	file := newFakeFile("good")
	r, text := newFakeReloader(t, file)
	off, on := reloadHandler(r, false), reloadHandler(r, true)

	if w := request(t, off, http.MethodPost, "/-/reload"); w.Code != http.StatusForbidden || !strings.Contains(w.Body.String(), "--web.enable-lifecycle") {
		t.Errorf("switched off: %d, %q", w.Code, w.Body)
	}
	if got := text.take(); got != "" {
		t.Errorf("switched off, it loaded: %q", got)
	}
	if w := request(t, on, http.MethodPost, "/-/reload"); w.Code != http.StatusOK {
		t.Errorf("good: %d, %q", w.Code, w.Body)
	}
	file.content.Store("broken")
	w := request(t, on, http.MethodPut, "/-/reload")
	if w.Code != http.StatusInternalServerError || !strings.Contains(w.Body.String(), "it is broken") {
		t.Errorf("broken: %d, %q", w.Code, w.Body)
	}
	if got := w.Header().Get("Content-Type"); !strings.HasPrefix(got, "text/plain") {
		t.Errorf("broken: it is %q", got)
	}
	if got := text.take(); strings.Count(got, "it is broken") != 1 {
		t.Errorf("broken: logged %q, want it once", got)
	}
}
