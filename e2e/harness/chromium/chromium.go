// Package chromium opens pages in a real browser, and records what the browser reports
// about them.
package chromium

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/realtimekit-exporter/realtimekit_exporter/e2e/harness"
)

// A Browser is a running Chromium.
type Browser struct {
	ctx context.Context //nolint:containedctx // chromedp identifies the browser by it
	axe string          // the source of axe-core
}

// Start starts a browser that ends with the test. It can reach only 127.0.0.1.
func Start(t *testing.T) *Browser {
	t.Helper()
	const source = harness.Root + "/e2e/node_modules/axe-core/axe.min.js"
	axe, err := os.ReadFile(source)
	if err != nil {
		t.Fatalf("axe-core, which checks pages for accessibility, is missing: run `npm --prefix e2e ci --ignore-scripts` (%v)", err)
	}
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Fatalf("Chromium is missing: install it, for example with `apt-get install chromium` (%v)", err)
	}
	output := &harness.Buffer{}
	// The profile is in a directory that chromedp removes after the last process that
	// writes to it has ended.
	ctx, free := chromedp.NewExecAllocator(context.Background(), // the test's context ends before its clean-up
		chromedp.ExecPath(path),
		chromedp.CombinedOutput(output),
		chromedp.Flag("headless", "new"),
		chromedp.NoSandbox, // needs a user other than root
		chromedp.DisableGPU,
		chromedp.NoFirstRun,
		chromedp.NoDefaultBrowserCheck,
		chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-default-apps", true),
		chromedp.Flag("disable-dev-shm-usage", true),
		chromedp.Flag("disable-extensions", true),
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-sync", true),
		chromedp.Flag("force-color-profile", "srgb"),
		chromedp.Flag("hide-scrollbars", true),
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"),
		chromedp.Flag("lang", "en"),
		chromedp.Flag("password-store", "basic"),
	)
	ctx, _ = chromedp.NewContext(ctx, chromedp.WithErrorf(t.Logf))
	t.Cleanup(func() {
		within, cancel := context.WithTimeout(ctx, 10*time.Second)
		defer cancel()
		if err := chromedp.Cancel(within); err != nil && !errors.Is(err, context.Canceled) {
			t.Errorf("stopping chromium: %v", err)
		}
		free()
		if t.Failed() {
			t.Logf("output of chromium:\n%s", output)
		}
	})
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("%s does not start: %v", path, err)
	}
	return &Browser{ctx: ctx, axe: string(axe)}
}
