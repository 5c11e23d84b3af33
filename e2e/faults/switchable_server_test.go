package faults

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// A switchableServer is an address of the API on which servers can be started and
// stopped. Each has its own loopback IP address, so that no other test gets its port in
// between.
type switchableServer struct {
	address     string
	closeServer func()
}

// newSwitchableServer returns an address on which no server listens.
func newSwitchableServer(t *testing.T, ip string) *switchableServer {
	t.Helper()
	d := &switchableServer{address: ip + ":0"}
	l := d.listen(t)
	d.address = l.Addr().String()
	d.closeServer = func() { l.Close() }
	d.stop()
	t.Cleanup(func() { d.stop() })
	return d
}

func (d *switchableServer) listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", d.address)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// stop stops the server.
func (d *switchableServer) stop() {
	d.closeServer()
	d.closeServer = func() {}
}

// serve starts a server, with TLS if it has certificates.
func (d *switchableServer) serve(t *testing.T, h http.Handler, certificates ...tls.Certificate) {
	t.Helper()
	d.stop()
	server := httptest.NewUnstartedServer(h)
	server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelInfo)
	server.Listener.Close()
	server.Listener = d.listen(t)
	if certificates == nil {
		server.Start()
	} else {
		server.TLS = &tls.Config{Certificates: certificates}
		server.StartTLS()
	}
	d.closeServer = server.Close
}

// accept starts a server that accepts connections and sends nothing. It closes them
// when it is stopped, or with hangUp immediately.
func (d *switchableServer) accept(t *testing.T, hangUp bool) {
	t.Helper()
	d.stop()
	l := d.listen(t)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			defer conn.Close()
			if hangUp {
				conn.Close()
			}
		}
	}()
	d.closeServer = func() {
		l.Close()
		<-ended
	}
}

// newCertificate returns a certificate, and its own authority, as TLS and as a
// ca_file have it.
func newCertificate(t *testing.T, ip string, until time.Time) (tls.Certificate, string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), IsCA: true, BasicConstraintsValid: true,
		NotBefore: until.AddDate(-1, 0, 0), NotAfter: until,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, IPAddresses: []net.IP{net.ParseIP(ip)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key},
		string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}
