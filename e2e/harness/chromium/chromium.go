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

// A Browser is a real browser, and what judges its pages.
type Browser struct {
	ctx context.Context //nolint:containedctx // the browser's life: chromedp knows a browser by it
	axe string          // the source of axe-core
}

// Start starts a browser that ends with the test. It finds no host but
// this one, whatever a page asks for.
func Start(t *testing.T) *Browser {
	t.Helper()
	const source = harness.Root + "/e2e/node_modules/axe-core/axe.min.js"
	axe, err := os.ReadFile(source)
	if err != nil {
		t.Fatalf("axe-core, which judges the pages, is missing: run `npm --prefix e2e ci --ignore-scripts` (%v)", err)
	}
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Fatalf("Chromium, which shows the pages, is missing: install it, as in `apt-get install chromium` (%v)", err)
	}
	output := &harness.Buffer{}
	// A user's data go to a directory of chromedp's own, which outlasts the
	// processes that write to it to the last.
	ctx, free := chromedp.NewExecAllocator(context.Background(), // the test's ends before its clean-up
		chromedp.ExecPath(path),
		chromedp.CombinedOutput(output),
		chromedp.Flag("headless", "new"),
		chromedp.NoSandbox, // which root has not
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
			t.Errorf("chromium did not end well: %v", err)
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
