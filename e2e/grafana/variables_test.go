package grafana

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/e2e/harness"
)

// everything is what a variable's value is when All was chosen.
const everything = "$__all"

// A scene is a dashboard as somebody looks at it: a range of time, and what was
// chosen in the variables.
type scene struct {
	name     string
	from, to time.Time
	relative bool // to now, so that panels with a range of their own have that
	chosen   map[string][]string
	quotes   bool // Grafana's feature that escapes quotes in values is on

	dash    *dashboard
	prom    harness.Prometheus
	now     time.Time
	options map[string][]string // of the query variables
}

// value is what a variable has in the scene: what was chosen, or what the
// dashboard begins with.
func (s *scene) value(v variable) []string {
	if chosen, ok := s.chosen[v.Name]; ok {
		return chosen
	}
	var one string
	var many []string
	switch {
	case json.Unmarshal(v.Current.Value, &many) == nil && len(many) > 0:
		return many
	case json.Unmarshal(v.Current.Value, &one) == nil && one != "":
		return []string{one}
	case v.Type == "textbox" || v.Type == "constant":
		return []string{v.query()}
	case v.IncludeAll:
		return []string{everything}
	default:
		return []string{""}
	}
}

func (v variable) query() string {
	var text string
	if json.Unmarshal(v.Query, &text) == nil {
		return text
	}
	var object struct{ Query string }
	_ = json.Unmarshal(v.Query, &object) // stays empty, and will not be understood
	return object.Query
}

var (
	reference   = regexp.MustCompile(`\$(\w+)|\$\{(\w+)(?::(\w+))?\}`)
	labelValues = regexp.MustCompile(`^label_values\((?:(.+),\s*)?([a-zA-Z_][a-zA-Z0-9_]*)\)$`)
)

// fill puts values for the variables of a query, as Grafana and its Prometheus
// data source do.
func (s *scene) fill(text string, from, to time.Time, step time.Duration) (string, error) {
	span := to.Sub(from)
	builtin := map[string]string{
		"__from":          strconv.FormatInt(from.UnixMilli(), 10),
		"__to":            strconv.FormatInt(to.UnixMilli(), 10),
		"__range_ms":      strconv.FormatInt(span.Milliseconds(), 10),
		"__range_s":       strconv.FormatFloat(math.Round(span.Seconds()), 'f', 0, 64),
		"__range":         strconv.FormatFloat(math.Round(span.Seconds()), 'f', 0, 64) + "s",
		"__interval":      strconv.FormatInt(int64(step/time.Second), 10) + "s",
		"__interval_ms":   strconv.FormatInt(step.Milliseconds(), 10),
		"__rate_interval": rateInterval(step).String(),
	}
	var wrong error
	filled := reference.ReplaceAllStringFunc(text, func(whole string) string {
		m := reference.FindStringSubmatch(whole)
		name := m[1] + m[2]
		if value, ok := builtin[name]; ok && m[3] == "" {
			return value
		}
		i := slices.IndexFunc(s.dash.Templating.List, func(v variable) bool { return v.Name == name })
		if i < 0 || m[3] != "" {
			wrong = fmt.Errorf("nobody knows the variable %s of %s", whole, text)
			return whole
		}
		return s.interpolate(s.dash.Templating.List[i])
	})
	return filled, wrong
}

// interpolate writes a variable's value into PromQL. All is its own pattern, and
// what may be more than one value is made a regular expression.
func (s *scene) interpolate(v variable) string {
	values := s.value(v)
	if slices.Equal(values, []string{everything}) {
		if v.AllValue != "" {
			return v.AllValue
		}
		values = s.options[v.Name]
	}
	if !v.Multi && !v.IncludeAll {
		return strings.ReplaceAll(values[0], `\`, `\\`)
	}
	var escaped []string
	for _, value := range values {
		escaped = append(escaped, s.escape(value))
	}
	if len(escaped) == 1 {
		return escaped[0]
	}
	return "(" + strings.Join(escaped, "|") + ")"
}

// escape escapes a value for a regular expression within quotes.
func (s *scene) escape(value string) string {
	special := "$^*{}[]+?.()|"
	if s.quotes {
		special += `'`
	}
	var b strings.Builder
	for _, r := range value {
		switch {
		case r == '\\':
			b.WriteString(`\\\\`)
		case r == '"' && s.quotes:
			b.WriteString(`\\\"`)
		case strings.ContainsRune(special, r):
			b.WriteString(`\\` + string(r))
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// choose finds out what one may choose from in the query variables: one after the
// other, as the later ones use the earlier.
func (s *scene) choose(ctx context.Context) error {
	s.options = map[string][]string{}
	for _, v := range s.dash.Templating.List {
		if v.Type != "query" {
			continue
		}
		query, err := s.fill(v.query(), s.from, s.to, 0)
		if err != nil {
			return err
		}
		m := labelValues.FindStringSubmatch(query)
		if m == nil {
			return fmt.Errorf("variable %s has a query that is not covered here: %s", v.Name, query)
		}
		ask := url.Values{"start": {harness.UnixTime(s.from)}, "end": {harness.UnixTime(s.to)}}
		if m[1] != "" {
			ask.Set("match[]", m[1])
		}
		var options []string
		if err := s.prom.Fetch(ctx, "label/"+m[2]+"/values", ask, &options); err != nil {
			return fmt.Errorf("variable %s: %w", v.Name, err)
		}
		s.options[v.Name] = options
	}
	return nil
}
