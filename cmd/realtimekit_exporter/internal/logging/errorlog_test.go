package logging

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestErrorLog_OneWarningPerMinuteAndKind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		err := errors.New("cert.pem and key.pem do not match")
		e := NewErrorLog(NewSlog(&out, "info", "logfmt"), func() error { return err })
		messages := []string{
			"http: TLS handshake error from 127.0.0.1:1: tls: private key does not match public key",
			"http: Accept error: too many open files; retrying in 5ms",
			"http: panic serving 127.0.0.1:1: boom\ngoroutine 1 [running]:",
			"http2: panic serving 127.0.0.1:1: boom\ngoroutine 1 [running]:",
		}
		for range 120 {
			for _, message := range messages {
				e.Print(message)
			}
			<-time.After(time.Second)
		}
		for _, event := range []string{
			`msg="TLS configuration failed, connections are refused" err="cert.pem and key.pem do not match"`,
			`msg="connection not accepted, will retry" err="http: Accept error: too many open files`,
			`msg="HTTP handler panicked" err="http: panic serving 127.0.0.1:1: boom\n`,
		} {
			if n := strings.Count(out.String(), event); n != 2 {
				t.Errorf("%s is logged %d times in two minutes, want 2:\n%s", event, n, &out)
			}
		}
		if warnings, lines := strings.Count(out.String(), "level=warn"), strings.Count(out.String(), "\n"); warnings != 6 || lines != 6 {
			t.Errorf("%d warnings on %d lines, want 6:\n%s", warnings, lines, &out)
		}

		// A client's fault just before must not hide the exporter's.
		err = nil
		<-time.After(time.Minute)
		out.Reset()
		e.Print("http: TLS handshake error from 127.0.0.1:1: EOF")
		if out.Len() > 0 {
			t.Errorf("logged %s", &out)
		}
		err = errors.New("cert.pem does not exist")
		e.Print(messages[0])
		if !strings.Contains(out.String(), "cert.pem does not exist") {
			t.Errorf("logged %q", &out)
		}
	})
}
