package scrape

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/go-kit/log"
)

// A sizeRecorder keeps the size of the largest part of a response.
type sizeRecorder struct {
	*httptest.ResponseRecorder
	largest int
}

func (s *sizeRecorder) Write(p []byte) (int, error) {
	s.largest = max(s.largest, len(p))
	return s.ResponseRecorder.Write(p)
}

// A client that does not read would otherwise keep the whole text in memory.
func TestPage_KeepsOnlyCompressedText(t *testing.T) {
	text := bytes.Repeat([]byte("<tr><td>0123456789</td></tr>\n"), 100_000)
	page := Page(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusTeapot)
		_, _ = w.Write(text)
	}), log.NewNopLogger())
	for _, accept := range []string{"gzip", "identity"} {
		w := &sizeRecorder{ResponseRecorder: httptest.NewRecorder()}
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
		r.Header.Set("Accept-Encoding", accept)
		page.ServeHTTP(w, r)
		if w.Code != http.StatusTeapot || w.largest > len(text)/20 {
			t.Errorf("%s: got %d, and a part of %d bytes", accept, w.Code, w.largest)
		}
		body := io.Reader(w.Body)
		if accept == "gzip" {
			var err error
			if body, err = gzip.NewReader(w.Body); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := io.ReadAll(body); err != nil || !bytes.Equal(got, text) {
			t.Errorf("%s: got %d bytes, %v", accept, len(got), err)
		}
	}
}
