package browser

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/realtimekit-exporter/realtimekit_exporter/e2e/harness"
	"github.com/realtimekit-exporter/realtimekit_exporter/e2e/harness/chromium"
)

// With the mouse, and with the keyboard alone.
func TestStatusPage_Navigation(t *testing.T) {
	t.Parallel()
	a := harness.NewAccount(t)
	names := make([]string, 120)
	for i := range names {
		names[i] = fmt.Sprintf("livestream %03d", i)
	}
	apps := appsNamed(names...)
	apps[99].fault = reasons()["auth"]
	exporter := startApps(t, a, "", apps...)
	exporter.AwaitReports(t, 119, 1)
	b := chromium.Start(t).Open(t, chromium.Screens()[0])

	b.Visit(exporter.URL + "/") // a page of exporter-toolkit, whose problems do not count
	b.Reset()
	follow(b, "Status")
	expectAt(b, exporter.URL+"/status")
	expectPage(b, 50, "livestream 099", "Page 1 of 3")

	click(b, "livestream 099") // in the list of those that fail
	expectAt(b, exporter.URL+"/status#app-99")
	if name := chromium.Evaluate[string](b, `document.querySelector(':target').textContent`); name != "livestream 099" {
		t.Errorf("the link leads to %q", name)
	}
	for _, section := range []string{"Apps", "Tokens", "Configuration"} {
		click(b, section)
		if got := chromium.Evaluate[string](b, `document.querySelector(':target').textContent`); !strings.HasPrefix(got, section) {
			t.Errorf("the link to %s leads to %q", section, got)
		}
	}
	b.Visit(exporter.URL + "/status")
	click(b, "Next page")
	expectAt(b, exporter.URL+"/status?page=2")
	expectPage(b, 50, "livestream 049", "livestream 098", "Page 2 of 3")
	click(b, "Next page")
	expectPage(b, 20, "livestream 119", "Page 3 of 3")
	click(b, "Previous page")
	expectPage(b, 50, "livestream 049", "Page 2 of 3")

	tabTo(b, "Name or app_id")
	b.Do(chromedp.KeyEvent("STREAM 10"))
	pressEnter(b)
	expectAt(b, exporter.URL+"/status?app=STREAM+10")
	expectPage(b, 10, "livestream 109", "10 of 120 apps")
	tabTo(b, "Name or app_id")
	if value := chromium.Evaluate[string](b, `document.activeElement.value`); value != "STREAM 10" {
		t.Errorf("the search field lost its text: %q", value)
	}
	tabTo(b, "Daily values")
	b.Do(chromedp.KeyEvent(kb.Enter), chromedp.WaitVisible(chromedp.CSS("details table")))
	follow(b, "Show all")
	expectAt(b, exporter.URL+"/status")
	expectPage(b, 50, "livestream 099")
	for _, wrong := range b.Problems() {
		t.Error(wrong)
	}
}

// tabTo goes on with the Tab key until what has the focus is called so. Wherever
// it comes by has to be seen to have the focus.
func tabTo(b *chromium.Tab, name string) {
	b.T.Helper()
	for range 50 { // stops at most
		b.Do(chromedp.KeyEvent(kb.Tab))
		stop := chromium.Evaluate[struct{ Name, Outline string }](b, `(() => {
			const e = document.activeElement;
			return {Name: (e.labels?.[0] ?? e).textContent.trim(), Outline: e === document.body ? 'none needed' : getComputedStyle(e).outlineStyle};
		})()`)
		if stop.Outline == "none" {
			b.T.Fatalf("nobody sees that %q has the focus", stop.Name)
		}
		if stop.Name == name {
			return
		}
	}
	b.T.Fatalf("no way to %q with the Tab key", name)
}

// follow follows a link by the keyboard.
func follow(b *chromium.Tab, name string) {
	b.T.Helper()
	tabTo(b, name)
	pressEnter(b)
}

// click clicks on a link, and waits for where it leads.
func click(b *chromium.Tab, name string) {
	b.T.Helper()
	if _, err := chromedp.RunResponse(b.Context, chromedp.Click(chromedp.Search(fmt.Sprintf("//a[.=%q]", name)))); err != nil {
		b.T.Fatalf("%s: %v", name, err)
	}
}

// pressEnter presses Enter on a link or in the search, and waits for the next page.
func pressEnter(b *chromium.Tab) {
	b.T.Helper()
	if _, err := chromedp.RunResponse(b.Context, chromedp.KeyEvent(kb.Enter)); err != nil {
		b.T.Fatal(err)
	}
}

func expectAt(b *chromium.Tab, want string) {
	b.T.Helper()
	if got := chromium.Evaluate[string](b, `location.href`); got != want {
		b.T.Fatalf("at %s, want %s", got, want)
	}
}

// expectPage checks the number of apps on the page, and its texts.
func expectPage(b *chromium.Tab, apps int, texts ...string) {
	b.T.Helper()
	if got := chromium.Evaluate[int](b, `document.querySelectorAll('[aria-labelledby=apps] article').length`); got != apps {
		b.T.Errorf("%d apps on the page, want %d", got, apps)
	}
	text := chromium.Evaluate[string](b, `document.querySelector('[aria-labelledby=apps]').innerText`)
	for _, words := range texts {
		if !strings.Contains(text, words) {
			b.T.Errorf("the page does not say %q", words)
		}
	}
}
