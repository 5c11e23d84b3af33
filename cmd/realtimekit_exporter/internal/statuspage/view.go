package statuspage

import (
	"cmp"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/prometheus/common/version"

	"github.com/realtimekit-exporter/realtimekit_exporter/collector"
)

// cardsPerPage limits the size of a page.
const cardsPerPage = 50

// A view is the data of the template.
type view struct {
	summary
	Now     *moment
	Scraped *moment // nil before the first scrape
	Version string

	Query          string
	Found, Pages   string // how many apps match the query, and the number of this page
	Previous, Next string // links to other pages; empty if there are none

	Cards  []card
	Tokens []tokenView

	Discoveries     []discoveryView
	MoreDiscoveries int // that are not in Discoveries

	Config        Config
	Loaded        *moment
	Refused       string // why the last reload failed; empty if it did not
	RefusedMoment *moment
}

// newView returns the view of one page of the apps that match a query.
func newView(s *collector.Status, c Config, query string, page int) *view {
	v := &view{
		summary: newSummary(s, c.Refused),
		Now:     newMoment(s.At, s.At),
		Version: version.Info(),
		Query:   strings.TrimSpace(query),
		Config:  printableConfig(c),
		Loaded:  newMoment(c.LoadedAt, s.At),
	}
	if !s.Scraped.IsZero() {
		v.Scraped = newMoment(s.Scraped, s.At)
	}
	if c.Refused != nil {
		v.Refused, v.RefusedMoment = printable(c.Refused.Error()), newMoment(c.RefusedAt, s.At)
	}
	tokens := tokensByAccount(s)
	shown := v.paginate(v.search(s.Reports), page)
	for _, i := range shown {
		v.Cards = append(v.Cards, newCard(s, i, tokens[s.Reports[i].AccountID]))
	}
	v.Discoveries, v.MoreDiscoveries = discoveryViews(s)
	v.Tokens = tokenViews(s, v.Config.TokenOrigins, shown)
	return v
}

// printableConfig returns a copy without unprintable characters.
func printableConfig(c Config) Config {
	c.Name = printable(c.Name)
	c.Settings = slices.Clone(c.Settings)
	for i := range c.Settings {
		c.Settings[i].Value = printable(c.Settings[i].Value)
	}
	return c
}

// search returns the reports of the apps that match the query: the most urgent first,
// then in the order of their names.
func (v *view) search(all []collector.ReportStatus) (found []int) {
	query := strings.ToLower(v.Query)
	apps, matching := 0, 0
	for i := range all {
		app := &all[i].App
		matches := strings.Contains(strings.ToLower(app.Name), query) || strings.Contains(strings.ToLower(app.ID), query)
		if matches {
			found = append(found, i)
		}
		if i > 0 && all[i-1].App.Name == app.Name {
			continue // another report of the same app
		}
		apps++
		if matches {
			matching++
		}
	}
	slices.SortStableFunc(found, func(i, j int) int { return cmp.Compare(urgencyOf(&all[i]), urgencyOf(&all[j])) })
	if v.Query != "" {
		v.Found = appsThat(matching, apps, "matches", "match") + "."
	}
	return found
}

// paginate returns the reports on a page. Instead of a page that does not exist, it
// returns the nearest one.
func (v *view) paginate(found []int, page int) []int {
	pages := max(1, (len(found)+cardsPerPage-1)/cardsPerPage)
	page = min(max(page, 1), pages)
	if pages > 1 {
		v.Pages = "Page " + integer(page) + " of " + integer(pages)
	}
	if page > 1 {
		v.Previous = v.linkTo(page - 1)
	}
	if page < pages {
		v.Next = v.linkTo(page + 1)
	}
	from := (page - 1) * cardsPerPage
	return found[from:min(from+cardsPerPage, len(found))]
}

func (v *view) linkTo(page int) string {
	q := url.Values{"page": {strconv.Itoa(page)}}
	if v.Query != "" {
		q.Set("app", v.Query)
	}
	return "status?" + q.Encode()
}
