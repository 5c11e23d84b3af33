package main

import (
	"fmt"
	"strings"

	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
	"github.com/grafana/grafana-foundation-sdk/go/timeseries"
)

// A daily is a report by day, and how a dashboard shows it.
type daily struct {
	report   string // value of the label report
	uid      string // of the dashboard
	event    string // what a row of the report is about, for people
	measures []measure
	ratio    *ratio
	rank     int      // of the measure by which the apps are ranked in tables and graphs
	colors   []string // of the measures in the weekday profile
}

// A measure is a daily metric as people see it.
type measure struct {
	title  string
	metric string
	hours  bool   // the metric is in seconds, and shown in hours
	help   string // of its graph
	width  int    // of its column in the table of apps
}

// A ratio is a measure divided by another. Both are shown in hours.
type ratio struct {
	measure
	of, per int // measures
}

func (m measure) scale() string {
	if m.hours {
		return " / 3600"
	}
	return ""
}

func (m measure) decimals() float64 {
	if m.hours {
		return 1
	}
	return 0
}

// ref names the query of a measure: A, B, and so on.
func ref(i int) string { return string(rune('A' + i)) }

// refLast, refRows and refTop name the queries after those of the measures: when the
// last successful request of each app was sent, its days with rows, and the apps that
// graphs show.
func (d daily) refLast() string { return ref(len(d.measures)) }
func (d daily) refRows() string { return ref(len(d.measures) + 1) }
func (d daily) refTop() string  { return ref(len(d.measures) + 2) }

// refMeasures matches the queries of all measures: A|B|C.
func (d daily) refMeasures() string {
	var refs []string
	for i := range d.measures {
		refs = append(refs, ref(i))
	}
	return strings.Join(refs, "|")
}

func (d daily) ranked() string {
	return "With more than 10 apps: those with the most " + d.rankText() + "."
}

func (d daily) rankText() string {
	return strings.Replace(strings.ToLower(d.measures[d.rank].title), " hours", " time", 1)
}

func (d daily) addRows(b *boardBuilder) {
	row{100, "Today so far (UTC)", d.today()}.addTo(b)
	row{110, "Last 30 complete days (UTC)", d.lastDays()}.addTo(b)
	row{120, "Time range", d.perDay()}.addTo(b)
	row{130, "History (recording rules)", d.recordedDays()}.addCollapsedTo(b)
}

// recordedDays goes back as far as Prometheus keeps the series of the rules.
func (d daily) recordedDays() []cog.Builder[dashboard.Panel] {
	panel := func(n int, m measure, decimals float64) about {
		return about{id: uint32(31 + n), title: m.title + " per day, recorded", unit: unitNumber, decimals: decimals, w: 12, h: 9, //nolint:gosec // a few panels
			text: "Recorded values up to yesterday, also for days whose daily series Prometheus no longer has." +
				" Per app and day (UTC). " + d.ranked(),
			empty: "Load dashboards/rules/recording.yml into Prometheus. docs/rules.md describes how to load and backfill it."}
	}
	var panels []cog.Builder[dashboard.Panel]
	add := func(p *timeseries.PanelBuilder, values string) {
		// Many points: with few, Grafana makes the step longer than a day.
		panels = append(panels, p.WithTarget(series("A", "{{app}}", values+d.andTopRecorded())).Interval("1d").MaxDataPoints(10_000))
	}
	for i, m := range d.measures {
		add(panel(i, m, m.decimals()).perDay(), history(m.metric)+m.scale())
	}
	if r := d.ratio; r != nil { // the recorded ratio has no backfilled days
		of, per := history(d.measures[r.of].metric), history(d.measures[r.per].metric)
		add(panel(len(d.measures), r.measure, 1).audiencePerDay(), of+" / ("+per+" > 0)")
	}
	return panels
}

// topApps are the ten apps of the highest rank.
func (d daily) topApps() string {
	v := byDate(d.measures[d.rank].metric + apps)
	return fmt.Sprintf("topk(10, sum by (app) (%s or last_over_time(%[1]s[${__range_s}s:1d])))", v)
}

// lastByApp is the largest value of any replica.
func (d daily) lastByApp(metric string) string {
	return atEnd("max by (app) (" + metric + reportOf(d.report) + ")")
}

// history is one value per app and day in a range query with the step 1d: the
// value of the rule "yesterday", at the last full hour of the day after.
func history(metric string) string {
	return "max by (app) (last_over_time(" + recordOf(metric) + "[23h:1h] offset -47h))"
}

// andTopRecorded keeps the ten apps of the highest rank, by the value at noon of each
// day: backfilled days have no other.
func (d daily) andTopRecorded() string {
	return " and on (app) topk(10, max by (app) (sum_over_time((" + recordOf(d.measures[d.rank].metric) + " offset 12h)[${__range_s}s:1d] @ end())))"
}

func recordOf(metric string) string { return "app:" + metric + ":yesterday" + recorded }
