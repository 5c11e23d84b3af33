package apitest

import (
	"compress/gzip"
	"io"
	"net/http"
)

// unpacks is net/http's rule: who did not ask for gzip does not get to see it.
func unpacks(req *http.Request) bool {
	return req.Header.Get("Accept-Encoding") == "" && req.Header.Get("Range") == "" && req.Method != http.MethodHead
}

// An unpacked body starts to unpack when it is read: the answer must not wait
// for its first bytes.
type unpacked struct {
	packed io.ReadCloser
	gz     *gzip.Reader
	err    error
}

// Read unpacks.
func (u *unpacked) Read(p []byte) (int, error) {
	if u.gz == nil && u.err == nil {
		u.gz, u.err = gzip.NewReader(u.packed)
	}
	if u.err != nil {
		return 0, u.err
	}
	return u.gz.Read(p)
}

// Close closes what was unpacked.
func (u *unpacked) Close() error { return u.packed.Close() }
