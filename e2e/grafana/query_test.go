package grafana

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/e2e/harness"
)

// The data source whose panels show what other panels have asked for.
const ofDashboard = "-- Dashboard --"

// An asked query is one of a panel, with what Prometheus said to it, as frames.mjs
// wants it.
type asked struct {
	RefID        string          `json:"refId"`
	Format       string          `json:"format"`
	LegendFormat string          `json:"legendFormat"`
	Expr         string          `json:"expr"`
	Step         int64           `json:"step"` // ms; 0 of an instant query
	Result       json.RawMessage `json:"result"`
}

// span is the range of a panel: its own, where it has one and the dashboard's is
// relative too.
func (s *scene) span(p panel) (from, to time.Time, err error) {
	from, to = s.from, s.to
	if p.TimeShift != "" {
		return from, to, fmt.Errorf("panel %q has a time shift, which is not covered here", p.Title)
	}
	if p.TimeFrom != "" && s.relative {
		var d time.Duration
		d, err = parseDuration(p.TimeFrom)
		from, to = s.now.Add(-d), s.now
	}
	return from, to, err
}

// ask runs the queries of a panel.
func (s *scene) ask(ctx context.Context, p panel) ([]asked, error) {
	from, to, err := s.span(p)
	if err != nil {
		return nil, err
	}
	answers := []asked{}
	for _, tgt := range p.Targets {
		if tgt.Datasource.UID == ofDashboard {
			continue
		}
		a, err := s.askTarget(ctx, p, tgt, from, to)
		if err != nil {
			return nil, fmt.Errorf("query %s of panel %q: %w", tgt.RefID, p.Title, err)
		}
		answers = append(answers, a)
	}
	return answers, nil
}

func (s *scene) askTarget(ctx context.Context, p panel, tgt target, from, to time.Time) (a asked, err error) {
	step, err := p.step(tgt, from, to)
	if err != nil {
		return a, err
	}
	expr, err := s.fill(tgt.Expr, from, to, step)
	if err != nil {
		return a, err
	}
	a = asked{RefID: tgt.RefID, Format: tgt.Format, LegendFormat: tgt.LegendFormat, Expr: expr}
	switch {
	case tgt.Datasource.UID != "${datasource}":
		return a, fmt.Errorf("its data source is %q", tgt.Datasource.UID)
	case tgt.Instant == tgt.Range:
		return a, fmt.Errorf("it has to be either instant or range")
	case tgt.Instant:
		a.Result, err = s.prom.Raw(ctx, "query", url.Values{"query": {expr}, "time": {harness.UnixTime(to)}})
	default:
		a.Step = step.Milliseconds()
		a.Result, err = s.prom.Raw(ctx, "query_range", url.Values{
			"query": {expr}, "step": {fmt.Sprint(step.Seconds())},
			"start": {harness.UnixTime(aligned(from, step))}, "end": {harness.UnixTime(aligned(to, step))},
		})
	}
	if err != nil {
		err = fmt.Errorf("%w\n%s", err, expr)
	}
	return a, err
}

// input asks for all that is to be seen in the scene.
func (s *scene) input(ctx context.Context) (sceneInput, error) {
	stage := sceneInput{
		Name:      s.name,
		Range:     map[string]int64{"from": s.from.UnixMilli(), "to": s.to.UnixMilli()},
		Variables: map[string][]string{},
	}
	for _, v := range s.dash.Templating.List {
		stage.Variables[v.Name] = s.value(v)
	}
	var errs []error
	for _, p := range s.dash.all() {
		answers, err := s.ask(ctx, p)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", s.name, err))
		}
		stage.Panels = append(stage.Panels, askedPanel{p.raw, answers})
	}
	return stage, errors.Join(errs...)
}
