package chromium

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

// A Screen is the kind of screen that a page is shown on.
type Screen struct {
	Name          string
	Width, Height int64
	Phone, Dark   bool
}

// Screens returns the screens that the status page must work on.
func Screens() []Screen {
	return []Screen{
		{Name: "a desktop", Width: 1280, Height: 900},
		{Name: "a desktop in the dark", Width: 1280, Height: 900, Dark: true},
		{Name: "a phone", Width: 390, Height: 844, Phone: true},
		{Name: "a phone in the dark", Width: 390, Height: 844, Phone: true, Dark: true},
	}
}

// A Tab shows a page on a screen. It records the messages of the browser about the page
// and the requests of the page.
type Tab struct {
	T       *testing.T
	Context context.Context //nolint:containedctx // chromedp identifies the tab by it
	Screen  Screen

	mu       sync.Mutex
	messages []string // on the console, or as an issue of the developer tools
	requests []string // addresses
}

// Open opens a tab that is closed with the test.
func (c *Browser) Open(t *testing.T, s Screen) *Tab {
	t.Helper()
	ctx, closeTab := chromedp.NewContext(c.ctx)
	ctx, stop := context.WithTimeout(ctx, 3*time.Minute) // a busy machine may need that long
	t.Cleanup(func() {
		stop()
		closeTab()
	})
	b := &Tab{T: t, Context: ctx, Screen: s}
	if err := chromedp.Listen(ctx, b.handle); err != nil {
		t.Fatal(err)
	}
	scheme := "light"
	if s.Dark {
		scheme = "dark"
	}
	Call(b, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{
		Width: s.Width, Height: s.Height, ScreenWidth: s.Width, ScreenHeight: s.Height, DeviceScaleFactor: 1, Mobile: s.Phone,
	})
	Call(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
	})
	Call(b, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true})
	Call(b, audits.Enable, cdp.Empty{})
	Call(b, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: c.axe, WorldName: isolatedWorld})
	return b
}

// handle records an event of the browser.
func (b *Tab) handle(event any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		b.requests = append(b.requests, e.Request.URL)
	case *runtime.EventConsoleAPICalled:
		b.messages = append(b.messages, fmt.Sprintf("console.%s", e.Type))
	case *runtime.EventExceptionThrown:
		b.messages = append(b.messages, "exception: "+e.ExceptionDetails.Text)
	case *log.EventEntryAdded:
		b.messages = append(b.messages, fmt.Sprintf("console: %s of %s: %s", e.Entry.Level, e.Entry.Source, e.Entry.Text))
	case *audits.EventIssueAdded:
		details, _ := json.Marshal(e.Issue.Details) // it was decoded from JSON
		b.messages = append(b.messages, fmt.Sprintf("issue: %s %s", e.Issue.Code, details))
	case *page.EventJavascriptDialogOpening:
		b.messages = append(b.messages, "dialog: "+e.Message)
		go func() { // the response comes through this function; an error means that the tab has closed
			_, _ = chromedp.Call(b.Context, page.HandleJavaScriptDialog, page.HandleJavaScriptDialogParams{})
		}()
	}
}

// Reset discards what was recorded.
func (b *Tab) Reset() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.messages, b.requests = nil, nil
}

// Problems returns the recorded messages, and the requests to other hosts.
func (b *Tab) Problems() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	wrong := append([]string(nil), b.messages...)
	home := ""
	for i, address := range b.requests {
		u, err := url.Parse(address)
		if i == 0 && err == nil {
			home = u.Host
		}
		if err != nil || u.Host != home && u.Scheme != "data" {
			wrong = append(wrong, "request elsewhere: "+address)
		}
	}
	return wrong
}

// Do runs actions on the page, which must succeed.
func (b *Tab) Do(steps ...chromedp.Action[chromedp.Void]) {
	b.T.Helper()
	if err := chromedp.Do(b.Context, steps...); err != nil {
		b.T.Fatalf("on %s: %v", b.Screen.Name, err)
	}
}

// Visit opens an address, and waits until the page is loaded.
func (b *Tab) Visit(address string) *network.Response {
	b.T.Helper()
	response, err := chromedp.Run(b.Context, chromedp.NavigateResponse(address))
	if err != nil {
		b.T.Fatalf("%s on %s: %v", address, b.Screen.Name, err)
	}
	return response
}

// Call calls a command of the DevTools protocol, which must succeed.
func Call[P, R any](b *Tab, command cdp.Command[P, R], params P) R {
	b.T.Helper()
	result, err := chromedp.Call(b.Context, command, params)
	if err != nil {
		b.T.Fatalf("%s on %s: %v", command.Method, b.Screen.Name, err)
	}
	return result
}

// isolatedWorld is the JavaScript world in which the scripts of the tests and axe run.
// The page does not see them, and its Content-Security-Policy does not apply to them.
const isolatedWorld = "test"

// Evaluate returns the value of a script, run in the page.
func Evaluate[T any](b *Tab, script string) T {
	b.T.Helper()
	frame := Call(b, page.GetFrameTree, cdp.Empty{}).FrameTree.Frame.ID
	where := Call(b, page.CreateIsolatedWorld, page.CreateIsolatedWorldParams{FrameID: frame, WorldName: isolatedWorld})
	value, err := chromedp.Run(b.Context, chromedp.Evaluate[T](script, chromedp.EvalAwaitPromise, func(p *runtime.EvaluateParams) {
		p.ContextID = where.ExecutionContextID
	}))
	if err != nil {
		b.T.Fatalf("%.60q on %s: %v", script, b.Screen.Name, err)
	}
	return value
}
