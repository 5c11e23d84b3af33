package browser

import (
	"fmt"
	"slices"

	"github.com/realtimekit-exporter/realtimekit_exporter/e2e/harness/chromium"
)

// A script for the browser: it checks the elements of a page.
const layout = `(() => {
	const wrong = [], root = document.scrollingElement, wide = root.clientWidth;
	const describe = e => '<' + e.localName + (e.className && ' class=' + (e.className.baseVal ?? e.className)) + '> ' + e.textContent.trim().slice(0, 40);
	if (innerWidth !== wide || wide !== screen.width) wrong.push('layout: ' + wide + ' pixels wide, ' + innerWidth + ' of them seen, on a screen of ' + screen.width);
	if (root.scrollWidth > wide) wrong.push('horizontal scroll: ' + root.scrollWidth + ' pixels in ' + wide);
	for (const e of document.body.querySelectorAll('*:not(svg *)')) {
		const box = e.getBoundingClientRect();
		if (box.width === 0 || box.height === 0) continue;
		if (box.left < -.5 || box.right > wide + .5) wrong.push('outside of the screen: ' + describe(e));
		if (e.clientWidth > 0 && e.scrollWidth > e.clientWidth + 1 && e.localName !== 'input') wrong.push('wider than its box: ' + describe(e));
	}
	for (const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT); texts.nextNode();) {
		const range = document.createRange();
		range.selectNode(texts.currentNode);
		const box = range.getBoundingClientRect();
		if (!texts.currentNode.data.trim() && box.height > 0 && box.width === 0) wrong.push('an empty line: in ' + describe(texts.currentNode.parentElement));
	}
	const light = getComputedStyle(document.body).backgroundColor.match(/\d+/g).slice(0, 3).reduce((a, b) => a + +b, 0) / 3;
	if (matchMedia('(prefers-color-scheme: dark)').matches !== light < 64) wrong.push('colours: a background of ' + light + ' in ' + (matchMedia('(prefers-color-scheme: dark)').matches ? 'the dark' : 'the light'));
	return wrong;
})()`

// The page must contain no script and no reference to another host.
const passive = `(() => {
	const wrong = [];
	for (const e of document.querySelectorAll('script, iframe, frame, object, embed, base, portal, link:not([rel=icon]), meta[http-equiv]')) wrong.push('active element: ' + e.localName);
	for (const e of document.querySelectorAll('*')) for (const a of e.attributes) {
		if (/^on/.test(a.name) || /^\s*javascript:/i.test(a.value) && /href|action|src/.test(a.name)) wrong.push('active attribute: ' + a.name);
	}
	if (/[\u202a-\u202e\u2066-\u2069]/.test(document.body.innerText)) wrong.push('text that turns what follows around');
	return wrong;
})()`

// The rules of WCAG 2.2, A and AA, and what axe calls best practice. Many cards are
// all alike, so the first are enough.
const judge = `axe.run({include: document, exclude: 'article:nth-of-type(n+16)'}, {
	runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
	resultTypes: ['violations'], preload: false,
}).then(result => {
	if (result.passes.length < 20) throw new Error('axe looked at nothing');
	return result.violations.flatMap(v => v.nodes.map(n => 'axe: ' + v.id + ': ' + n.target + ': ' + n.failureSummary));
})`

// violations visits a page, and returns all that is wrong with it.
func violations(b *chromium.Tab, address string) (wrong []string) {
	b.T.Helper()
	b.Reset()
	response := b.Visit(address)
	if response.Status != 200 || response.MimeType != "text/html" {
		wrong = append(wrong, fmt.Sprintf("response: %d, %s", response.Status, response.MimeType))
	}
	wrong = append(wrong, chromium.Evaluate[[]string](b, passive)...)
	wrong = append(wrong, chromium.Evaluate[[]string](b, layout)...)
	// What is folded is looked at as well, of one app.
	chromium.Evaluate[bool](b, `document.querySelector('details') === null || (document.querySelector('details').open = true)`)
	wrong = append(wrong, chromium.Evaluate[[]string](b, layout)...)
	wrong = append(wrong, chromium.Evaluate[[]string](b, judge)...)
	wrong = append(wrong, b.Problems()...) // last, because some are reported late
	slices.Sort(wrong)
	return slices.Compact(wrong)
}
