package scenario

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
)

// Serve writes the scenario into a directory and serves it by the prometheus on the
// PATH, until the context ends. It returns the URL, and a channel that is closed
// when Prometheus has stopped.
func (s *Scenario) Serve(ctx context.Context, dir string) (url string, stopped <-chan struct{}, err error) {
	config := filepath.Join(dir, "prometheus.yml")
	if err := os.WriteFile(config, nil, 0o600); err != nil {
		return "", nil, err
	}
	data := filepath.Join(dir, "data")
	if err := s.Write(ctx, data); err != nil {
		return "", nil, err
	}
	cmd := exec.CommandContext(ctx, "prometheus", "--config.file="+config, "--storage.tsdb.path="+data,
		"--storage.tsdb.retention.time=100y", "--web.listen-address=127.0.0.1:0")
	log, out := io.Pipe()
	cmd.Stderr = out
	if err := cmd.Start(); err != nil {
		return "", nil, err
	}
	done := make(chan struct{})
	go func() {
		err := cmd.Wait() // an error if the context has ended
		out.CloseWithError(errors.Join(errors.New("prometheus stopped"), err))
		close(done)
	}()
	url, err = readURL(log)
	return url, done, err
}

// readURL reads the address from a log, and discards the rest.
func readURL(log io.Reader) (string, error) {
	var seen bytes.Buffer
	listening := regexp.MustCompile(`msg="Listening on" component=web address=(\S+)`)
	buf := make([]byte, 4096)
	url := ""
	for !bytes.Contains(seen.Bytes(), []byte("Server is ready to receive web requests")) || url == "" {
		n, err := log.Read(buf)
		seen.Write(buf[:n])
		if m := listening.FindSubmatch(seen.Bytes()); m != nil {
			url = "http://" + string(m[1])
		}
		if err != nil {
			return "", fmt.Errorf("%w: %s", err, &seen)
		}
	}
	go func() { _, _ = io.Copy(io.Discard, log) }() // the log of a running Prometheus
	return url, nil
}
