package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"github.com/rogpeppe/go-internal/testscript"
)

// A client sends requests to the program, as a person or Prometheus does.
type client struct {
	url        string
	roots      *x509.CertPool
	background chan reply // of the request that was sent with &
}

type reply struct {
	status       int
	header, body string
	err          error
}

func newClient() *client {
	return &client{roots: x509.NewCertPool(), background: make(chan reply, 1)}
}

// do sends a request. Its arguments are -at URL, -u USER:PASSWORD and
// -H 'NAME: VALUE', then the path.
func (c *client) do(method string, args []string) reply {
	base, header := c.url, http.Header{}
	for ; len(args) > 1; args = args[2:] {
		switch args[0] {
		case "-at":
			base = args[1]
		case "-H":
			name, value, _ := strings.Cut(args[1], ": ")
			header.Set(name, value)
		case "-u":
			user, password, _ := strings.Cut(args[1], ":")
			r := http.Request{Header: header}
			r.SetBasicAuth(user, password)
		}
	}
	req, err := http.NewRequestWithContext(context.Background(), method, base+args[0], nil)
	if err != nil {
		return reply{err: err}
	}
	req.Header = header
	// A server that stops waits for connections that are kept.
	transport := &http.Transport{DisableKeepAlives: true, TLSClientConfig: &tls.Config{RootCAs: c.roots}}
	resp, err := (&http.Client{Timeout: time.Minute, Transport: transport, CheckRedirect: noRedirect}).Do(req)
	if err != nil {
		return reply{err: err}
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	var head strings.Builder
	fmt.Fprintln(&head, resp.Status)
	_ = resp.Header.Write(&head) // a builder never fails
	return reply{resp.StatusCode, strings.ReplaceAll(head.String(), "\r", ""), string(body), err}
}

func noRedirect(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// requestCommand succeeds on a status below 400, and takes a closing & for the
// background.
func requestCommand(method string) func(*testscript.TestScript, bool, []string) {
	return func(ts *testscript.TestScript, neg bool, args []string) {
		c := fixtureOf(ts).client
		if len(args) > 1 && args[len(args)-1] == "&" {
			go func() { c.background <- c.do(method, args[:len(args)-1]) }()
			return
		}
		c.do(method, args).print(ts, neg)
	}
}

func (r reply) print(ts *testscript.TestScript, neg bool) {
	ts.Check(r.err)
	fmt.Fprint(ts.Stdout(), r.body)
	fmt.Fprint(ts.Stderr(), r.header)
	if neg != (r.status >= 400) {
		ts.Fatalf("status %d", r.status)
	}
}

func responseCommand(ts *testscript.TestScript, neg bool, _ []string) {
	(<-fixtureOf(ts).client.background).print(ts, neg) // in a minute at most
}

func untilCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: until PATH LINE")
	}
	line := strings.Join(args[1:], " ")
	var last reply
	if !poll(func() bool {
		last = fixtureOf(ts).client.do(http.MethodGet, args[:1])
		return last.err == nil && hasLine(last.body, line)
	}) {
		ts.Fatalf("not found: %v\n%s", last.err, last.body)
	}
	fmt.Fprint(ts.Stdout(), last.body)
}

func showsCommand(ts *testscript.TestScript, neg bool, args []string) {
	switch line := strings.Join(args, " "); {
	case neg && hasLine(ts.ReadFile("stdout"), line):
		ts.Fatalf("there is a line %s", line)
	case !neg && !hasLine(ts.ReadFile("stdout"), line):
		ts.Fatalf("there is no line %s", line)
	}
	fmt.Fprint(ts.Stdout(), ts.ReadFile("stdout")) // for the next command
}

func hasLine(text, line string) bool {
	return slices.Contains(strings.Split(text, "\n"), line)
}

func familiesCommand(ts *testscript.TestScript, neg bool, _ []string) {
	if neg {
		ts.Fatalf("unsupported: ! families")
	}
	parser := expfmt.NewTextParser(model.LegacyValidation)
	families, err := parser.TextToMetricFamilies(strings.NewReader(ts.ReadFile("stdout")))
	ts.Check(err)
	var lines []string
	for name, f := range families {
		if !strings.HasPrefix(name, "realtimekit_") {
			continue
		}
		var labels []string
		for _, l := range f.GetMetric()[0].GetLabel() {
			labels = append(labels, l.GetName())
		}
		slices.Sort(labels)
		lines = append(lines, fmt.Sprintf("%s{%s} %s\n", name, strings.Join(labels, ","), strings.ToLower(f.GetType().String())))
		for _, m := range f.GetMetric() {
			if m.TimestampMs != nil {
				ts.Fatalf("%s has a sample with a timestamp", name)
			}
		}
	}
	slices.Sort(lines)
	fmt.Fprint(ts.Stdout(), strings.Join(lines, ""))
}

func certificateCommand(ts *testscript.TestScript, neg bool, _ []string) {
	if neg {
		ts.Fatalf("unsupported: ! certificate")
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	ts.Check(err)
	of := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		NotBefore:    time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	cert, err := x509.CreateCertificate(rand.Reader, of, of, key.Public(), key)
	ts.Check(err)
	private, err := x509.MarshalPKCS8PrivateKey(key)
	ts.Check(err)
	public := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert})
	fixtureOf(ts).client.roots.AppendCertsFromPEM(public)
	ts.Check(os.WriteFile(ts.MkAbs("cert.pem"), public, 0o600))
	ts.Check(os.WriteFile(ts.MkAbs("key.pem"), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}), 0o600))
}
