package lint

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/realtimekit-exporter/realtimekit_exporter/e2e/harness"
)

// lintFill puts values into a query's variables, each its own, so that a
// matcher that takes the wrong one is seen.
func lintFill(expr string) string {
	for name, value := range map[string]string{
		"job": "the-job", "instance": "the-instance", "app": "the-app", "lookahead": "36",
		"__from": "1792800000000", "__to": "1795391999999", "__range_s": "2592000", "__range_ms": "2591999999",
		"__interval": "1h", "__rate_interval": "1h15m",
	} {
		expr = regexp.MustCompile(`\$\{`+name+`\}|\$`+name+`\b`).ReplaceAllLiteralString(expr, value)
	}
	return expr
}

// A querier looks at the queries of all dashboards.
type querier struct {
	metrics map[string]documentedMetric // ours
	parser  parser.Parser
	shown   map[string]bool // metrics on a panel
	wrong   []string
}

func (q *querier) complain(b lintBoard, p lintPanel, format string, args ...any) {
	q.wrong = append(q.wrong, fmt.Sprintf("%s: panel %q: %s", b.file, p.Title, fmt.Sprintf(format, args...)))
}

// lintQueries says what is wrong with the queries of dashboards.
func lintQueries(boards []lintBoard, metrics map[string]documentedMetric) []string {
	q := &querier{metrics: metrics, parser: parser.NewParser(parser.Options{}), shown: map[string]bool{}}
	for _, b := range boards {
		for _, p := range b.all() {
			for _, t := range p.Targets {
				q.target(b, p, t)
			}
		}
		for _, a := range b.Annotations.List {
			q.target(b, lintPanel{Title: a.Name}, lintTarget{Expr: a.Expr, Range: true})
		}
	}
	for _, name := range slices.Sorted(maps.Keys(metrics)) {
		if !q.shown[name] {
			q.wrong = append(q.wrong, "no panel shows "+name)
		}
	}
	return q.wrong
}

func (q *querier) target(b lintBoard, p lintPanel, t lintTarget) {
	asks := t
	if t.PanelID != 0 {
		i := slices.IndexFunc(b.all(), func(other lintPanel) bool { return other.ID == t.PanelID })
		if i < 0 || b.all()[i].Targets == nil || b.all()[i].Targets[0].PanelID != 0 {
			q.complain(b, p, "panel %d, whose result it shows, is not there or asks nothing", t.PanelID)
			return
		}
		asks = b.all()[i].Targets[0]
	}
	if asks.Interval == "1d" && p.Type == "timeseries" &&
		(p.Interval != "1d" || p.MaxDataPoints < 3660 || p.FieldConfig.Defaults.Custom.BarAlignment != 1) {
		q.complain(b, p, "days need the interval 1d, points for ten years, and bars after the point")
	}
	if t.PanelID != 0 {
		// Grafana hands a panel's annotations on with its series.
		if len(p.Transformations) == 0 || p.Transformations[0].ID != "filterByRefId" {
			q.complain(b, p, "it does not begin with what it takes of the other panel")
		}
		return
	}
	if t.Instant == t.Range {
		q.complain(b, p, "query %s is not either instant or over the range", t.RefID)
	}
	expr, err := q.parser.ParseExpr(lintFill(t.Expr))
	if err != nil {
		q.complain(b, p, "%v in %s", err, lintFill(t.Expr))
		return
	}
	parser.Inspect(expr, func(node parser.Node, above []parser.Node) error {
		if s, ok := node.(*parser.VectorSelector); ok {
			q.selector(b, p, t, s, above)
		}
		return nil
	})
}

// selector looks at a series that is asked for, and at what is made of it.
func (q *querier) selector(b lintBoard, p lintPanel, t lintTarget, s *parser.VectorSelector, above []parser.Node) {
	matchers := map[string]*labels.Matcher{}
	for _, m := range s.LabelMatchers {
		matchers[m.Name] = m
	}
	name := s.Name
	family, ours := q.family(name)
	want := map[string]string{"job": "the-job", "instance": "the-instance"}
	switch {
	case ours:
		q.shown[family] = true
		if slices.Contains(q.metrics[family].labels, "app") {
			want["app"] = "the-app"
		}
	case regexp.MustCompile(`^(up|(go|process|promhttp|scrape)_[a-z0-9_]+)$`).MatchString(name):
		if slices.ContainsFunc(b.Templating.List, func(v lintVariable) bool { return v.Name == "job" && v.AllValue != "" }) {
			q.complain(b, p, "%s is of other jobs too, and All of variable job takes them in", name)
		}
	case lintRecorded().MatchString(name):
		want = map[string]string{"app": "the-app"}
	default:
		q.complain(b, p, "nobody tells of %s", name)
		return
	}
	for _, label := range []string{"job", "instance", "app"} {
		m := matchers[label]
		if value, ok := want[label]; ok != (m != nil) || ok && (m.Type != labels.MatchRegexp || m.Value != value) {
			q.complain(b, p, "%s is asked for with %v where the label %s is %q", name, m, label, value)
		}
	}
	if strings.HasPrefix(name, harness.Daily) {
		if err := lintDaily(above); err != "" {
			q.complain(b, p, "%s %s", name, err)
		}
	}
	// At the end of a range to the end of today there are no samples yet.
	if t.Instant && s.OriginalOffset >= 0 && p.TimeFrom == "" {
		q.complain(b, p, "%s is asked for at the end of the range, which may be in the future", name)
	}
}

// family returns the metric that a series belongs to, if it is ours.
func (q *querier) family(name string) (string, bool) {
	if _, ok := q.metrics[name]; ok {
		return name, true
	}
	family := regexp.MustCompile(`_(bucket|count|sum)$`).ReplaceAllString(name, "")
	return family, q.metrics[family].histogram
}

// lintDaily says what is wrong with what is made of daily numbers: first comes
// one value for each app and date, since each replica tells them all.
func lintDaily(above []parser.Node) string {
	var first *parser.AggregateExpr
	for _, node := range slices.Backward(above) {
		a, ok := node.(*parser.AggregateExpr)
		switch {
		case !ok:
		case first == nil:
			first = a
			by := slices.Sorted(slices.Values(a.Grouping))
			if a.Without || !slices.Equal(by, []string{"app", "date"}) || a.Op != parser.MAX && a.Op != parser.MIN {
				return "does not begin with max by (app, date)"
			}
		case first.Op == parser.MIN && a.Op != parser.COUNT:
			return "of the replica that says least is more than counted"
		}
	}
	if first == nil {
		return "does not begin with max by (app, date)"
	}
	return ""
}

// lintRecorded matches the series of our recording rules.
func lintRecorded() *regexp.Regexp {
	return regexp.MustCompile(`^app:(realtimekit_livestream_daily_(sessions|(ingest|viewer)_seconds):(today|yesterday|sum7d|sum30d)` +
		`|realtimekit_livestream_viewer_seconds_per_ingest_seconds:ratio_(today|yesterday|sum7d|sum30d))$`)
}
