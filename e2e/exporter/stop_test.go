package e2e

import (
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/api/apitest"
)

// inTime is how long an exporter may take to stop. It gives itself a second and a
// half; the rest is for machines that have much else to do.
const inTime = 4 * time.Second

// terminate stops an exporter, and returns how long that took.
func (p *process) terminate(t *testing.T) time.Duration {
	t.Helper()
	began := time.Now()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Wait(); err != nil {
		t.Errorf("after SIGTERM: %v", err)
	}
	return time.Since(began)
}

func TestStoppingAnswersWhoWaitsForAHangingAPI(t *testing.T) {
	const waiters = 20
	a := newAccount(t)
	a.api.Override(busy, apitest.Hang())
	exporter := a.startExporter(t)
	answers := make(chan error, waiters)
	for range waiters {
		go func() {
			s, err := exporter.scrape(t.Context(), 9*time.Second)
			if err == nil {
				err = s.complete("name of "+quiet, a.days(quiet))
			}
			if err == nil && s.waiting > 8*time.Second {
				err = fmt.Errorf("answered after %v, at its own deadline", s.waiting)
			}
			answers <- err
		}()
	}
	eventually(t, func() error {
		s, err := exporter.scrape(t.Context(), 100*time.Millisecond)
		if err == nil && (s.samples["promhttp_metric_handler_requests_in_flight"] != waiters+1 || s.report("name of "+quiet, "up") != 1) {
			err = errors.New("they do not wait yet")
		}
		return err
	})
	took := exporter.terminate(t)
	for range waiters {
		if err := <-answers; err != nil {
			t.Error(err)
		}
	}
	t.Logf("%d scrapes that waited were answered, and the process ended, within %v", waiters, took)
	if took > inTime {
		t.Errorf("it took %v to end", took)
	}
	if lines := exporter.lines("level=warn", "level=error"); lines != nil {
		t.Errorf("it complains: %q", lines)
	}
}

// A client that asks and asks, and reads none of the answers, is cut off.
func TestAClientThatDoesNotReadDoesNotKeepTheProcess(t *testing.T) {
	a := newAccount(t)
	exporter := a.startExporter(t)
	conn := exporter.dial(t)
	if err := conn.SetReadBuffer(4096); err != nil {
		t.Fatal(err)
	}
	var sent atomic.Int64
	go func() {
		for {
			n, err := io.WriteString(conn, "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")
			if sent.Add(int64(n)); err != nil {
				return
			}
		}
	}()
	before, still := int64(-1), 0
	eventually(t, func() error {
		now := sent.Load()
		if still++; now != before {
			before, still = now, 0
		}
		if still < 10 { // half a second
			return fmt.Errorf("%d bytes sent, and not stuck yet", now)
		}
		return nil
	})
	took := exporter.terminate(t)
	t.Logf("it ended within %v", took)
	if took > inTime {
		t.Errorf("it took %v to end", took)
	}
	if exporter.lines("Closing connections that did not end in time") == nil {
		t.Error("it did not have to cut anybody off, so nothing was proved")
	}
}

// Nothing of a killed process stands in the way of the next one.
func TestAKilledExporterServesAtOnceWhenStartedAgain(t *testing.T) {
	a := newAccount(t)
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	l.Close()
	for range 3 {
		began := time.Now()
		exporter := launch(t, "--config.file="+a.config, "--web.listen-address="+address)
		s, err := exporter.scrape(t.Context(), 5*time.Second)
		if err != nil {
			t.Fatal(err)
		}
		for _, app := range a.apps {
			if err := s.complete("name of "+app, a.days(app)); err != nil {
				t.Error(err)
			}
		}
		t.Logf("complete %v after it was started", time.Since(began))
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("complete only after %v", took)
		}

		// Somebody waits, others are idle, when it is killed.
		a.api.Override(busy, apitest.Hang())
		a.configure(t, busy, quiet, empty)
		waiting := exporter.dial(t)
		if _, err := io.WriteString(waiting, strings.Repeat("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n", 2)); err != nil {
			t.Fatal(err)
		}
		if err := exporter.cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = exporter.cmd.Wait() // it was killed
		a.api.Override(busy, nil)
	}
}
