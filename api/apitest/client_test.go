package apitest_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/api/apitest"
)

func TestClient_CanceledRequestEndsTheHandler(t *testing.T) {
	for name, fault := range map[string]http.Handler{
		"before the headers":     apitest.Hang(),
		"before the body":        apitest.HeadersThenHang(),
		"in the body":            apitest.Drip("0123456789", time.Second),
		"before a slow response": apitest.Slow(time.Hour, nil),
		"from one without abort": http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }),
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { // which fails if a goroutine remains
				a := newAPI(time.Now)
				a.Override(app, fault)
				began := time.Now()
				ctx, cancel := context.WithTimeout(t.Context(), 1500*time.Millisecond)
				defer cancel()
				_, err := do(a.Client(), request(t, address(account, app, "")).WithContext(ctx))
				if !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("got %v", err)
				}
				if d := time.Since(began); d != 1500*time.Millisecond {
					t.Errorf("after %v", d)
				}
			})
		})
	}
}

func TestClient_ClosedBodyEndsTheHandler(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAPI(time.Now)
		a.Override(app, apitest.Endless(1<<40))
		resp, err := a.Client().Do(request(t, address(account, app, "")))
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
	})
}

func TestClient_EndedContextSendsNothing(t *testing.T) {
	a := newAPI(at(noon()))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := do(a.Client(), request(t, address(account, app, "")).WithContext(ctx)); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if got := a.Requests(); len(got) != 0 {
		t.Errorf("arrived: %v", got)
	}
}

func TestClient_Timeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAPI(time.Now)
		a.Override(app, apitest.Hang())
		hc := a.Client()
		hc.Timeout = time.Second
		if _, err := do(hc, request(t, address(account, app, ""))); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		if got := a.Requests()[0].Status; got != 0 {
			t.Errorf("a request without a response has status %d", got)
		}
	})
}

func TestSlow_ResponseIsComplete(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAPI(time.Now)
		want := get(t, a, address(account, app, ""), nil)
		a.Override(app, apitest.Slow(time.Minute, nil))
		began := time.Now()
		got := get(t, a, address(account, app, ""), nil)
		if got.StatusCode != 200 || got.Body != want.Body || time.Since(began) != time.Minute {
			t.Errorf("after %v: %v", time.Since(began), got)
		}
	})
}

func TestClient_InvalidHeaderIsNotPrinted(t *testing.T) {
	a := newAPI(at(noon()))
	req := request(t, address(account, app, ""))
	req.Header.Set("Authorization", "Bearer hush\n")
	_, err := do(a.Client(), req)
	if err == nil || strings.Contains(err.Error(), "hush") || len(a.Requests()) != 0 {
		t.Errorf("got %v", err)
	}
}

func TestClient_RequestIsLikeAServers(t *testing.T) {
	a := newAPI(at(noon()))
	a.Override(app, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, err := io.ReadAll(r.Body)
		if err != nil || len(b) != 0 {
			t.Errorf("body %q, %v", b, err)
		}
		if r.Host != "api.example" || r.URL.Host != "" || r.RequestURI != r.URL.RequestURI() || r.Header.Get("Accept-Encoding") != "gzip" {
			t.Errorf("%s %s %s %v", r.Host, r.URL, r.RequestURI, r.Header)
		}
		w.Header().Set("X-Sent", "yes")
		if _, err := w.Write(nil); err != nil {
			t.Error(err)
		}
		w.Header().Set("X-Late", "yes")
	}))
	got := get(t, a, address(account, app, "a=b"), nil)
	if got.StatusCode != 200 || got.Header.Get("X-Sent") != "yes" || got.Header.Get("X-Late") != "" || got.Body != "" {
		t.Errorf("got %v", got)
	}
}

func TestHealthy_OutsideAnOverrideFails(t *testing.T) {
	w := httptest.NewRecorder()
	apitest.Healthy().ServeHTTP(w, request(t, address(account, app, "")))
	if w.Code != 500 {
		t.Error(w.Code, w.Body)
	}
}
