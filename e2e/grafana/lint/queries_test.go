package lint

import (
	"regexp"
	"slices"
	"strings"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
)

const (
	maxQuery = 700 // characters
	daily    = `realtimekit_(livestream|meeting|recording)_daily_[a-z_]+`
)

// fill gives each variable of a query a value of its own.
func fill(expr string) string {
	return strings.NewReplacer("${job:regex}", "the-job", "${instance:regex}", "the-instance", "${app:regex}", "the-app",
		"${__from:date:seconds}", "1792800000", "${__to:date:seconds}", "1795391999", "${__range_s}", "2592000",
		"$__interval", "1h", "$__rate_interval", "1h15m").Replace(expr)
}

func (b board) queries(metrics map[string][]string) {
	parse := parser.NewParser(parser.Options{})
	for _, p := range b.all() {
		for _, t := range p.Targets {
			if t.PanelID != 0 {
				b.reuse(p, t)
				continue
			}
			expr, err := parse.ParseExpr(fill(t.Expr))
			if err != nil {
				b.problem("panel %q: %v in %s", p.Title, err, fill(t.Expr))
				continue
			}
			if len(t.Expr) > maxQuery || t.Instant == t.Range {
				b.problem("panel %q: a query of %d characters, instant %v, range %v", p.Title, len(t.Expr), t.Instant, t.Range)
			}
			if t.Instant && p.TimeFrom == "" && !strings.Contains(t.Expr, " or last_over_time(") {
				b.problem("panel %q: query %s finds nothing at the end of the range if that is in the future", p.Title, t.RefID)
			}
			parser.Inspect(expr, func(node parser.Node, above []parser.Node) error {
				if s, ok := node.(*parser.VectorSelector); ok {
					b.selector(p, s, above, metrics)
				}
				return nil
			})
		}
	}
}

// reuse checks a panel that shows results of another one. Grafana adds the
// annotations of that panel, so it selects the results.
func (b board) reuse(p panel, t target) {
	source := slices.IndexFunc(b.all(), func(other panel) bool {
		return other.ID == t.PanelID && len(other.Targets) > 0 && other.Targets[0].PanelID == 0
	})
	if source < 0 || len(p.Transformations) == 0 || p.Transformations[0].ID != "filterByRefId" {
		b.problem("panel %q does not select results of a panel with queries", p.Title)
	}
}

// selector checks the metric and its matchers.
func (b board) selector(p panel, s *parser.VectorSelector, above []parser.Node, metrics map[string][]string) {
	want := map[string]string{"job": "the-job", "instance": "the-instance"}
	family := regexp.MustCompile(`_(bucket|count|sum)$`).ReplaceAllString(s.Name, "")
	switch {
	case metrics[family] != nil:
		if slices.Contains(metrics[family], "app") {
			want["app"] = "the-app"
		}
	case recorded().MatchString(s.Name):
		want = map[string]string{"app": "the-app"}
	case !regexp.MustCompile(`^(up|(go|process|scrape)_[a-z_]+)$`).MatchString(s.Name):
		b.problem("panel %q: metric %s is not documented", p.Title, s.Name)
	}
	for _, label := range []string{"job", "instance", "app"} {
		i := slices.IndexFunc(s.LabelMatchers, func(m *labels.Matcher) bool { return m.Name == label })
		value, ok := want[label]
		if ok != (i >= 0) || ok && (s.LabelMatchers[i].Type != labels.MatchRegexp || s.LabelMatchers[i].Value != value) {
			b.problem("panel %q: matcher of %s in %s: %v", p.Title, label, s.Name, s.LabelMatchers)
		}
	}
	if regexp.MustCompile(`^`+daily+`$`).MatchString(s.Name) && !perDay(above) {
		b.problem("panel %q: %s has one value per replica: start with max by (app, date)", p.Title, s.Name)
	}
}

// perDay reports whether the first aggregation of a daily metric leaves one value
// per app and date.
func perDay(above []parser.Node) bool {
	for _, node := range slices.Backward(above) {
		if a, ok := node.(*parser.AggregateExpr); ok {
			by := slices.Sorted(slices.Values(a.Grouping))
			return !a.Without && (a.Op == parser.MAX && slices.Equal(by, []string{"app", "date"}) ||
				a.Op == parser.STDDEV && slices.Equal(by, []string{"app_id", "date"}))
		}
	}
	return false
}

// recorded matches the series of the recording rules.
func recorded() *regexp.Regexp {
	return regexp.MustCompile(`^app:` + daily + `:yesterday$`)
}
