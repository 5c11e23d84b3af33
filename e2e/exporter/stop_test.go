package exporter

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/api/apitest"
	"github.com/realtimekit-exporter/realtimekit_exporter/e2e/harness"
)

// inTime is how long an exporter may take to stop. It gives itself a second and a
// half; the rest is for machines that have much else to do.
const inTime = 4 * time.Second

func TestStop_CompletesWaitingScrapes(t *testing.T) {
	const waiters = 20
	a := harness.NewAccount(t)
	a.API.Override(harness.Busy, apitest.Hang())
	exporter := a.StartExporter(t)
	results := make(chan error, waiters)
	for range waiters {
		go func() {
			s, err := exporter.Scrape(t.Context(), 9*time.Second)
			if err == nil {
				err = s.Complete("name of "+harness.Quiet, a.Days(harness.Quiet))
			}
			if err == nil && s.Took > 8*time.Second {
				err = fmt.Errorf("completed after %v, at its own deadline", s.Took)
			}
			results <- err
		}()
	}
	harness.Eventually(t, func() error {
		s, err := exporter.Scrape(t.Context(), 100*time.Millisecond)
		if err == nil && (s.Samples["promhttp_metric_handler_requests_in_flight"] != waiters+1 || s.Report("name of "+harness.Quiet, "up") != 1) {
			err = errors.New("they do not wait yet")
		}
		return err
	})
	took := exporter.Terminate(t)
	for range waiters {
		if err := <-results; err != nil {
			t.Error(err)
		}
	}
	t.Logf("%d waiting scrapes were completed, and the process ended, within %v", waiters, took)
	if took > inTime {
		t.Errorf("it took %v to end", took)
	}
	if lines := exporter.Lines("level=warn", "level=error"); lines != nil {
		t.Errorf("it complains: %q", lines)
	}
}

// A client that sends requests and reads no response is disconnected.
func TestStop_ClientDoesNotRead(t *testing.T) {
	a := harness.NewAccount(t)
	exporter := a.StartExporter(t)
	conn := exporter.Dial(t)
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
	harness.Eventually(t, func() error {
		now := sent.Load()
		if still++; now != before {
			before, still = now, 0
		}
		if still < 10 { // half a second
			return fmt.Errorf("%d bytes sent, and not stuck yet", now)
		}
		return nil
	})
	took := exporter.Terminate(t)
	t.Logf("it ended within %v", took)
	if took > inTime {
		t.Errorf("it took %v to end", took)
	}
	if exporter.Lines("closing connections that did not end in time") == nil {
		t.Error("it did not have to cut anybody off, so nothing was proved")
	}
}

// A killed process leaves nothing behind that prevents the next start.
func TestStart_AfterKill(t *testing.T) {
	a := harness.NewAccount(t)
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	l.Close()
	for range 3 {
		began := time.Now()
		exporter := harness.Launch(t, "--config.file="+a.Config, "--web.listen-address="+address)
		s, err := exporter.Scrape(t.Context(), 5*time.Second)
		if err != nil {
			t.Fatal(err)
		}
		for _, app := range a.Apps {
			if err := s.Complete("name of "+app, a.Days(app)); err != nil {
				t.Error(err)
			}
		}
		t.Logf("complete %v after it was started", time.Since(began))
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("complete only after %v", took)
		}

		// Somebody waits, others are idle, when it is killed.
		a.API.Override(harness.Busy, apitest.Hang())
		a.Configure(t, harness.Busy, harness.Quiet, harness.Empty)
		waiting := exporter.Dial(t)
		if _, err := io.WriteString(waiting, strings.Repeat("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n", 2)); err != nil {
			t.Fatal(err)
		}
		exporter.Signal(t, os.Kill)
		_ = exporter.Wait() // it was killed
		a.API.Override(harness.Busy, nil)
	}
}
