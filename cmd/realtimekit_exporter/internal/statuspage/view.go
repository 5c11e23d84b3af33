package main

import (
	"cmp"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/prometheus/common/version"

	"github.com/realtimekit-exporter/realtimekit_exporter/collector"
)

// appsPerPage bounds a page, however many apps there are.
const appsPerPage = 50

// A statusView is the status page in words.
type statusView struct {
	verdict
	Now     *moment
	Scraped *moment // nil before the first scrape
	Version string

	Query          string
	Found, Pages   string // what the query matches, and where this page is
	Previous, Next string // the pages beside this one, if any

	Cards  []card
	Tokens []tokenView

	Config   string // where the configuration in force is from
	Loaded   *moment
	Refused  string // why the last reload failed, if it did
	Failed   *moment
	Summary  string
	Settings []setting
}

// newStatusView tells of one page of the apps that a query matches.
func newStatusView(s *collector.Status, r *reloadState, query string, page int) *statusView {
	v := &statusView{
		verdict: newVerdict(s, r),
		Now:     newMoment(s.At, s.At), Version: version.Info(), Query: strings.TrimSpace(query),
		Config: visible(r.name), Loaded: newMoment(r.at, s.At), Summary: r.config.summary(), Settings: r.config.settings(),
	}
	if !s.Scraped.IsZero() {
		v.Scraped = newMoment(s.Scraped, s.At)
	}
	if r.refused != nil {
		v.Refused, v.Failed = visible(r.refused.Error()), newMoment(r.refusedAt, s.At)
	}
	tokens := tokensByAccount(s)
	shown := v.turnTo(page, s.Reports)
	for _, i := range shown {
		v.Cards = append(v.Cards, newCard(s, i, tokens[s.Reports[i].AccountID]))
	}
	v.Tokens = tokenViews(s, r.config, shown)
	return v
}

// turnTo returns which reports are on a page: the most urgent first, then by name. A
// page that is not there is the nearest one that is.
func (v *statusView) turnTo(page int, all []collector.ReportStatus) []int {
	var (
		query = strings.ToLower(v.Query)
		found []int
	)
	for i := range all {
		app := &all[i].App
		if strings.Contains(strings.ToLower(app.Name), query) || strings.Contains(strings.ToLower(app.ID), query) {
			found = append(found, i)
		}
	}
	slices.SortStableFunc(found, func(i, j int) int { return cmp.Compare(urgencyOf(&all[i]), urgencyOf(&all[j])) })
	if v.Query != "" {
		v.Found = share(len(found), len(all), "matches", "match") + "."
	}
	pages := max(1, (len(found)+appsPerPage-1)/appsPerPage)
	page = min(max(page, 1), pages)
	if pages > 1 {
		v.Pages = "Page " + whole(page) + " of " + whole(pages)
	}
	if page > 1 {
		v.Previous = v.linkTo(page - 1)
	}
	if page < pages {
		v.Next = v.linkTo(page + 1)
	}
	from := (page - 1) * appsPerPage
	return found[from:min(from+appsPerPage, len(found))]
}

func (v *statusView) linkTo(page int) string {
	q := url.Values{"page": {strconv.Itoa(page)}}
	if v.Query != "" {
		q.Set("app", v.Query)
	}
	return "/status?" + q.Encode()
}
