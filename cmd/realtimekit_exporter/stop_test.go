//go:build unix

package main

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// A SIGTERM ends the process also while a file that the configuration names is on
// a file system that does not respond.
func TestStart_StopsWhileConfigurationIsLoaded(t *testing.T) {
	dir := t.TempDir()
	file, ca := filepath.Join(dir, "config.yml"), filepath.Join(dir, "ca.pem")
	text := "api: {tls_config: {ca_file: ca.pem}}\naccounts: [{account_id: studio, api_token: token, apps: [{app_id: talks}]}]\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(ca, 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	status := make(chan int, 1)
	go func() {
		status <- run(ctx, []string{"--config.file=" + file, "--web.listen-address=127.0.0.1:0"}, io.Discard, io.Discard, time.Now)
	}()
	hanging, err := os.OpenFile(ca, os.O_WRONLY, 0) // waits until it is read
	if err != nil {
		t.Fatal(err)
	}
	stop()
	if got := <-status; got != 0 {
		t.Errorf("exit status %d", got)
	}
	hanging.Close()
}
