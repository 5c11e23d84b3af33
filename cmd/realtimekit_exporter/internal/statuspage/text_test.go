package statuspage_test

import (
	"html"
	"regexp"
	"slices"
	"strings"
)

// contains fails the test unless all of these texts are on a page.
func (f *fixture) contains(page string, texts ...string) {
	f.Helper()
	text := textOf(page)
	for _, want := range texts {
		if !strings.Contains(text, want) {
			f.Errorf("%q is not on the page:\n%s", want, text)
		}
	}
}

// containsNone fails the test if any of these texts is on a page.
func (f *fixture) containsNone(page string, texts ...string) {
	f.Helper()
	text := textOf(page)
	for _, unwanted := range texts {
		if strings.Contains(text, unwanted) {
			f.Errorf("%q is on the page:\n%s", unwanted, text)
		}
	}
}

// textOf returns what a person reads on a page: its text, and the labels of its images.
// No attribute may contain ">".
func textOf(page string) string {
	_, rest, _ := strings.Cut(page, "</head>")
	var text strings.Builder
	for rest != "" {
		var words, tag string
		words, rest, _ = strings.Cut(rest, "<")
		tag, rest, _ = strings.Cut(rest, ">")
		text.WriteString(words)
		_, label, labelled := strings.Cut(tag, `aria-label="`)
		label, _, _ = strings.Cut(label, `"`)
		name, _, _ := strings.Cut(strings.TrimPrefix(tag, "/"), " ")
		if labelled {
			text.WriteString(" [" + label + "] ")
		} else if !slices.Contains([]string{"bdi", "code", "b", "a", "span", "time"}, name) {
			text.WriteString(" ")
		}
	}
	return strings.Join(strings.Fields(html.UnescapeString(text.String())), " ")
}

// card returns the part of a page about an app.
func (f *fixture) card(page, app string) string {
	f.Helper()
	for part := range strings.SplitSeq(page, "<article ") {
		if part, _, found := strings.Cut(part, "</article>"); found && strings.Contains(part, "<bdi>"+html.EscapeString(app)+"</bdi></h3>") {
			return "</head><article " + part
		}
	}
	f.Fatalf("the page has no card of %s:\n%s", app, textOf(page))
	return ""
}

// tokens returns the part of a page about the tokens.
func tokens(page string) string {
	_, section, _ := strings.Cut(page, `<h2 id="tokens">`)
	section, _, _ = strings.Cut(section, "</section>")
	return "</head><h2>" + section
}

// cards lists the apps on a page.
func cards(page string) (names []string) {
	for _, m := range regexp.MustCompile(`<h3 id="app-\d+"><bdi>([^<]*)</bdi></h3>`).FindAllStringSubmatch(page, -1) {
		names = append(names, html.UnescapeString(m[1]))
	}
	return names
}
