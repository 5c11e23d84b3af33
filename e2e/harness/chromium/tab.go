package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/audits"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// A screen is what a page is looked at with.
type screen struct {
	name          string
	width, height int64
	phone, dark   bool
}

func screens() []screen {
	return []screen{
		{name: "a desktop", width: 1280, height: 900},
		{name: "a desktop in the dark", width: 1280, height: 900, dark: true},
		{name: "a phone", width: 390, height: 844, phone: true},
		{name: "a phone in the dark", width: 390, height: 844, phone: true, dark: true},
	}
}

// A tab is a page of a browser on a screen. It hears what the browser says of
// the page, and what that asks for.
type tab struct {
	t      *testing.T
	ctx    context.Context //nolint:containedctx // the tab's life: chromedp knows a tab by it
	screen screen

	mu    sync.Mutex
	said  []string // on the console, or as an issue of the developer tools
	asked []string // addresses
}

// open opens a tab that closes with the test.
func (c *chromium) open(t *testing.T, s screen) *tab {
	t.Helper()
	ctx, closeTab := chromedp.NewContext(c.ctx)
	ctx, stop := context.WithTimeout(ctx, 3*time.Minute) // which a busy machine may need for it
	t.Cleanup(func() {
		stop()
		closeTab()
	})
	b := &tab{t: t, ctx: ctx, screen: s}
	if err := chromedp.Listen(ctx, b.hear); err != nil {
		t.Fatal(err)
	}
	scheme := "light"
	if s.dark {
		scheme = "dark"
	}
	call(b, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{
		Width: s.width, Height: s.height, ScreenWidth: s.width, ScreenHeight: s.height, DeviceScaleFactor: 1, Mobile: s.phone,
	})
	call(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
	})
	call(b, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true})
	call(b, audits.Enable, cdp.Empty{})
	call(b, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: c.axe, WorldName: world})
	return b
}

// hear takes what the browser tells.
func (b *tab) hear(event any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		b.asked = append(b.asked, e.Request.URL)
	case *runtime.EventConsoleAPICalled:
		b.said = append(b.said, fmt.Sprintf("console.%s", e.Type))
	case *runtime.EventExceptionThrown:
		b.said = append(b.said, "exception: "+e.ExceptionDetails.Text)
	case *log.EventEntryAdded:
		b.said = append(b.said, fmt.Sprintf("console: %s of %s: %s", e.Entry.Level, e.Entry.Source, e.Entry.Text))
	case *audits.EventIssueAdded:
		details, _ := json.Marshal(e.Issue.Details) // it was JSON before
		b.said = append(b.said, fmt.Sprintf("issue: %s %s", e.Issue.Code, details))
	case *page.EventJavascriptDialogOpening:
		b.said = append(b.said, "dialog: "+e.Message)
		go func() { // not here, where the answer is heard; an error means that the tab has closed
			_, _ = chromedp.Call(b.ctx, page.HandleJavaScriptDialog, page.HandleJavaScriptDialogParams{})
		}()
	}
}

// forget forgets what the browser has told.
func (b *tab) forget() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.said, b.asked = nil, nil
}

// heard returns what was wrong with what the browser told.
func (b *tab) heard() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	wrong := append([]string(nil), b.said...)
	home := ""
	for i, asked := range b.asked {
		u, err := url.Parse(asked)
		if i == 0 && err == nil {
			home = u.Host
		}
		if err != nil || u.Host != home && u.Scheme != "data" {
			wrong = append(wrong, "request elsewhere: "+asked)
		}
	}
	return wrong
}

// do acts on the page, which has to go well.
func (b *tab) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	if err := chromedp.Do(b.ctx, steps...); err != nil {
		b.t.Fatalf("on %s: %v", b.screen.name, err)
	}
}

// visit goes to an address, and waits until all of the page is there.
func (b *tab) visit(address string) *network.Response {
	b.t.Helper()
	response, err := chromedp.Run(b.ctx, chromedp.NavigateResponse(address))
	if err != nil {
		b.t.Fatalf("%s on %s: %v", address, b.screen.name, err)
	}
	return response
}

func call[P, R any](b *tab, command cdp.Command[P, R], params P) R {
	b.t.Helper()
	result, err := chromedp.Call(b.ctx, command, params)
	if err != nil {
		b.t.Fatalf("%s on %s: %v", command.Method, b.screen.name, err)
	}
	return result
}

// world is where the tests' own scripts run, axe among them. What is defined there
// is not seen by the page, whose policy does not hold there.
const world = "test"

// evaluate asks the page.
func evaluate[T any](b *tab, script string) T {
	b.t.Helper()
	frame := call(b, page.GetFrameTree, cdp.Empty{}).FrameTree.Frame.ID
	where := call(b, page.CreateIsolatedWorld, page.CreateIsolatedWorldParams{FrameID: frame, WorldName: world})
	value, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](script, chromedp.EvalAwaitPromise, func(p *runtime.EvaluateParams) {
		p.ContextID = where.ExecutionContextID
	}))
	if err != nil {
		b.t.Fatalf("%.60q on %s: %v", script, b.screen.name, err)
	}
	return value
}
