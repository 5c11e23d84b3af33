package main

import (
	"strconv"

	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
	"github.com/grafana/grafana-foundation-sdk/go/stat"
)

// A comparison is a period before, and the name of the change since.
type comparison struct {
	name string
	period
}

// today compares the current day with days before at the same time of day.
func today() []cog.Builder[dashboard.Panel] {
	return headline(1, " today", "The current day (UTC), compared with yesterday and with a week ago at this time of day.",
		"no response of today yet, or no livestream in the window of the apps.",
		"so far", period{0, 1, 0}, comparison{"vs. yesterday", period{0, 1, 1}}, comparison{"vs. a week ago", period{0, 1, 7}})
}

// lastDays compares complete days, of which the window contains 30.
func lastDays() []cog.Builder[dashboard.Panel] {
	return headline(5, ", 30 days", "The last 30 complete days (UTC), compared with the 30 days before.",
		"window_days of the exporter is less than 31, or no livestream in the window of the apps.",
		"in total", period{1, 31, 0}, comparison{"vs. the 30 days before", period{1, 31, 30}})
}

// headline is a row of panels, one for each measure.
func headline(id uint32, title, text, empty, name string, now period, before ...comparison) []cog.Builder[dashboard.Panel] {
	panel := func(n uint32, measure string, decimals float64, how string) about {
		return about{id: id + n, title: measure + title, unit: unitNumber, decimals: decimals, w: 6, h: 4,
			text: text + how, empty: empty}
	}
	return []cog.Builder[dashboard.Panel]{
		panel(0, "Sessions", 0, "").compare(sessions, "", "", name, now, before),
		panel(1, "Ingest hours", 1, "").compare(ingest, "", " / 3600", name, now, before),
		panel(2, "Viewer hours", 1, "").compare(viewer, "", " / 3600", name, now, before),
		panel(3, "Average audience", 1, " Viewer time / ingest time.").compare(viewer, ingest, "", "on average", now, before),
	}
}

// compare shows a measure, or its ratio to another, and the change since each
// period before.
func (a about) compare(measure, per, scale, name string, now period, before []comparison) *stat.PanelBuilder {
	p := a.stat().OverrideByName(name, []dashboard.DynamicConfigValue{colored("blue")})
	shown := []column{}
	var calculations []dashboard.DataTransformerConfig
	for i, c := range append([]comparison{{name, now}}, before...) {
		ref := "value" + strconv.Itoa(i)
		value := "Value #" + ref
		p.WithTarget(instant(ref, total(measure, c.period, scale)))
		if per != "" {
			p.WithTarget(instant("per"+ref, total(per, c.period, scale)))
			calculations = append(calculations, calculate("ratio"+ref, value, "/", "Value #per"+ref))
			value = "ratio" + ref
		}
		if i > 0 {
			first := shown[0].field
			calculations = append(calculations, calculate("difference"+ref, first, "-", value), calculate("change"+ref, "difference"+ref, "/", value))
			value = "change" + ref
			p.OverrideByName(c.name, []dashboard.DynamicConfigValue{
				set("unit", unitPercent), set("decimals", 1), set("mappings", notANumber(noValue, "text")),
				set("thresholds", thresholds("red", above(0, "green"))), set("color", options{"mode": "thresholds"}),
			})
		}
		shown = append(shown, column{value, c.name})
	}
	p.WithTransformation(merge())
	for _, t := range calculations {
		p.WithTransformation(t)
	}
	return p.WithTransformation(columns(shown...))
}
