package e2e

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// By the mouse, and by the keyboard as those do who can't use a mouse.
func TestTheStatusPageIsReachedSearchedAndTurned(t *testing.T) {
	t.Parallel()
	a := newAccount(t)
	names := make([]string, 120)
	for i := range names {
		names[i] = fmt.Sprintf("livestream %03d", i)
	}
	apps := cast(names...)
	apps[99].fault = reasons()["auth"]
	exporter := a.play(t, "", apps...)
	exporter.settle(t, 119, 1)
	b := openChromium(t).open(t, screens()[0])

	b.visit(exporter.url + "/") // a page of exporter-toolkit, whose own mistakes are forgotten
	b.forget()
	b.follow("Status")
	b.expectAt(exporter.url + "/status")
	b.expectShown(50, "livestream 099", "Page 1 of 3")

	b.click("livestream 099") // in the list of those that fail
	b.expectAt(exporter.url + "/status#app-99")
	if name := evaluate[string](b, `document.querySelector(':target').textContent`); name != "livestream 099" {
		t.Errorf("the link leads to %q", name)
	}
	for _, section := range []string{"Apps", "Tokens", "Configuration"} {
		b.click(section)
		if got := evaluate[string](b, `document.querySelector(':target').textContent`); !strings.HasPrefix(got, section) {
			t.Errorf("the link to %s leads to %q", section, got)
		}
	}
	b.visit(exporter.url + "/status")
	b.click("Next page")
	b.expectAt(exporter.url + "/status?page=2")
	b.expectShown(50, "livestream 049", "livestream 098", "Page 2 of 3")
	b.click("Next page")
	b.expectShown(20, "livestream 119", "Page 3 of 3")
	b.click("Previous page")
	b.expectShown(50, "livestream 049", "Page 2 of 3")

	b.tabTo("Name or app_id")
	b.do(chromedp.KeyEvent("STREAM 10"))
	b.enter()
	b.expectAt(exporter.url + "/status?app=STREAM+10")
	b.expectShown(10, "livestream 109", "10 of 120 apps")
	b.tabTo("Name or app_id")
	if value := evaluate[string](b, `document.activeElement.value`); value != "STREAM 10" {
		t.Errorf("the search forgot its words: %q", value)
	}
	b.tabTo("The numbers of every day")
	b.do(chromedp.KeyEvent(kb.Enter), chromedp.WaitVisible(chromedp.CSS("details table")))
	b.follow("Show all")
	b.expectAt(exporter.url + "/status")
	b.expectShown(50, "livestream 099")
	for _, wrong := range b.heard() {
		t.Error(wrong)
	}
}

// tabTo goes on with the Tab key until what has the focus is called so. Wherever
// it comes by has to be seen to have the focus.
func (b *tab) tabTo(name string) {
	b.t.Helper()
	for range 50 { // stops at most
		b.do(chromedp.KeyEvent(kb.Tab))
		stop := evaluate[struct{ Name, Outline string }](b, `(() => {
			const e = document.activeElement;
			return {Name: (e.labels?.[0] ?? e).textContent.trim(), Outline: e === document.body ? 'none needed' : getComputedStyle(e).outlineStyle};
		})()`)
		if stop.Outline == "none" {
			b.t.Fatalf("nobody sees that %q has the focus", stop.Name)
		}
		if stop.Name == name {
			return
		}
	}
	b.t.Fatalf("no way to %q with the Tab key", name)
}

// follow follows a link by the keyboard.
func (b *tab) follow(name string) {
	b.t.Helper()
	b.tabTo(name)
	b.enter()
}

// click clicks on a link, and waits for where it leads.
func (b *tab) click(name string) {
	b.t.Helper()
	if _, err := chromedp.RunResponse(b.ctx, chromedp.Click(chromedp.Search(fmt.Sprintf("//a[.=%q]", name)))); err != nil {
		b.t.Fatalf("%s: %v", name, err)
	}
}

// enter presses Enter on what leads to a page, and waits for that.
func (b *tab) enter() {
	b.t.Helper()
	if _, err := chromedp.RunResponse(b.ctx, chromedp.KeyEvent(kb.Enter)); err != nil {
		b.t.Fatal(err)
	}
}

func (b *tab) expectAt(want string) {
	b.t.Helper()
	if got := evaluate[string](b, `location.href`); got != want {
		b.t.Fatalf("at %s, want %s", got, want)
	}
}

// expectShown has so many apps be on the page, and these words.
func (b *tab) expectShown(apps int, says ...string) {
	b.t.Helper()
	if got := evaluate[int](b, `document.querySelectorAll('[aria-labelledby=apps] article').length`); got != apps {
		b.t.Errorf("%d apps on the page, want %d", got, apps)
	}
	text := evaluate[string](b, `document.querySelector('[aria-labelledby=apps]').innerText`)
	for _, words := range says {
		if !strings.Contains(text, words) {
			b.t.Errorf("the page does not say %q", words)
		}
	}
}
