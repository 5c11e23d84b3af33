package apitest_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/api/apitest"
)

// A transport is how a test sends requests: over a real connection, or with the API's own client.
type transport struct {
	*testing.T
	hc  *http.Client
	req *http.Request
}

// overBoth runs a test over both transports: they must not differ.
func overBoth(t *testing.T, fault http.Handler, test func(transport)) {
	t.Helper()
	a := newAPI(at(noon()))
	a.Override(app, fault)
	t.Run("over a socket", func(t *testing.T) {
		srv := httptest.NewServer(a)
		defer srv.Close() // waits for the handlers: they must have ended
		test(transport{t, srv.Client(), request(t, strings.Replace(address(account, app, ""), "https://api.example", srv.URL, 1))})
	})
	t.Run("in process", func(t *testing.T) { test(transport{t, a.Client(), request(t, address(account, app, ""))}) })
}

func TestHang_SendsNothing(t *testing.T) {
	overBoth(t, apitest.Hang(), func(t transport) {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		defer cancel()
		if _, err := do(t.hc, t.req.WithContext(ctx)); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
	})
}

func TestHeadersThenHang_StatusIs200(t *testing.T) {
	overBoth(t, apitest.HeadersThenHang(), func(t transport) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		resp, err := t.hc.Do(t.req.WithContext(ctx))
		if err != nil || resp.StatusCode != 200 {
			t.Fatal(resp, err)
		}
		defer resp.Body.Close()
		cancel()
		if b, err := io.ReadAll(resp.Body); len(b) != 0 || !errors.Is(err, context.Canceled) {
			t.Errorf("%q, %v", b, err)
		}
	})
}

func TestDrip_ResponseIsComplete(t *testing.T) {
	overBoth(t, apitest.Drip("drop by drop", time.Microsecond), func(t transport) {
		if r, err := do(t.hc, t.req); r.Body != "drop by drop" || err != nil {
			t.Errorf("%q, %v", r.Body, err)
		}
	})
}

func TestSlow_DelaysAnotherFault(t *testing.T) {
	overBoth(t, apitest.Slow(time.Millisecond, apitest.Body("at last")), func(t transport) {
		if r, err := do(t.hc, t.req); r.Body != "at last" || err != nil {
			t.Errorf("%q, %v", r.Body, err)
		}
	})
}

func TestReset_BeforeTheResponse(t *testing.T) {
	overBoth(t, apitest.Reset(), func(t transport) {
		if _, err := do(t.hc, t.req); !errors.Is(err, io.EOF) {
			t.Errorf("got %v", err)
		}
	})
}

func TestResetMidBody_HalfOfTheBody(t *testing.T) {
	overBoth(t, apitest.ResetMidBody("0123456789"), func(t transport) {
		if r, err := do(t.hc, t.req); r.Body != "01234" || !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%q, %v", r.Body, err)
		}
	})
}

func TestContentLength_ShorterBodyIsAnError(t *testing.T) {
	short := apitest.Status(200, http.Header{"Content-Length": {"9"}}, "short")
	overBoth(t, short, func(t transport) {
		if r, err := do(t.hc, t.req); r.Body != "short" || !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%q, %v", r.Body, err)
		}
	})
}

func TestStatus_HeaderAndBody(t *testing.T) {
	h := apitest.Status(http.StatusServiceUnavailable, http.Header{"Retry-After": {"7"}, "Content-Type": {"text/html"}}, "<p>later")
	overBoth(t, h, func(t transport) {
		r, err := do(t.hc, t.req)
		if err != nil || r.StatusCode != 503 || r.Header.Get("Retry-After") != "7" || r.Header.Get("Content-Type") != "text/html" || r.Body != "<p>later" {
			t.Errorf("%v, %v", r, err)
		}
	})
}

func TestStatus_WithoutBody(t *testing.T) {
	overBoth(t, apitest.Status(http.StatusNoContent, nil, "none"), func(t transport) {
		if r, err := do(t.hc, t.req); r.Body != "" || err != nil {
			t.Errorf("%q, %v", r.Body, err)
		}
	})
}

func TestRedirect_IsFollowedByTheClient(t *testing.T) {
	overBoth(t, apitest.Redirect(http.StatusFound, "https://elsewhere.example/"), func(t transport) {
		t.hc.CheckRedirect = func(r *http.Request, _ []*http.Request) error { return errors.New("sent to " + r.URL.String()) }
		if _, err := do(t.hc, t.req); err == nil || !strings.HasSuffix(err.Error(), "sent to https://elsewhere.example/") {
			t.Errorf("got %v", err)
		}
	})
}

func TestGzipBomb_Size(t *testing.T) {
	const size = 3 << 20
	overBoth(t, apitest.GzipBomb(size), func(t transport) {
		r, err := do(t.hc, t.req)
		if err != nil || len(r.Body) != size || len(rows(t.T, r.Body)) != 0 {
			t.Errorf("%d bytes, %v", len(r.Body), err)
		}
	})
}

func TestGzipBomb_SmallOnTheWire(t *testing.T) {
	overBoth(t, apitest.GzipBomb(3<<20), func(t transport) {
		t.req.Header.Set("Accept-Encoding", "gzip")
		r, err := do(t.hc, t.req)
		if err != nil || len(r.Body) > 8<<10 || r.Header.Get("Content-Encoding") != "gzip" {
			t.Errorf("%d bytes, %v, %v", len(r.Body), r.Header, err)
		}
	})
}

func TestEndless_EndsAtItsSizeOrWithTheClient(t *testing.T) {
	const size = 3 << 20
	overBoth(t, apitest.Endless(size), func(t transport) {
		r, err := do(t.hc, t.req)
		if err != nil || len(r.Body) > size || len(r.Body) < size-100 || len(rows(t.T, r.Body)) < 30000 {
			t.Errorf("%d bytes, %v", len(r.Body), err)
		}
	})
	overBoth(t, apitest.Endless(1<<40), func(t transport) {
		resp, err := t.hc.Do(t.req)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.CopyN(io.Discard, resp.Body, 2<<20); err != nil {
			t.Error(err)
		}
		resp.Body.Close()
	})
}
