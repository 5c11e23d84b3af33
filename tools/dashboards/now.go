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
func (d daily) today() []cog.Builder[dashboard.Panel] {
	return d.headline(1, " today", "The current day (UTC), compared with yesterday and with a week ago at this time of day.",
		"no response today yet, or no "+d.event+" in the window of the apps.",
		"so far", period{0, 1, 0}, comparison{"vs. yesterday", period{0, 1, 1}}, comparison{"vs. a week ago", period{0, 1, 7}})
}

// lastDays compares complete days, of which the window contains 30.
func (d daily) lastDays() []cog.Builder[dashboard.Panel] {
	return d.headline(5, ", 30 days", "The last 30 complete days (UTC), compared with the 30 days before.",
		"window_days of the exporter is less than 31, or no "+d.event+" in the window of the apps.",
		"in total", period{1, 31, 0}, comparison{"vs. the 30 days before", period{1, 31, 30}})
}

// headline is a row of panels, one for each measure.
func (d daily) headline(id uint32, title, text, empty, name string, now period, before ...comparison) (panels []cog.Builder[dashboard.Panel]) {
	panel := func(m measure, decimals float64, how string) about {
		a := about{id: id, title: m.title + title, unit: unitNumber, decimals: decimals, w: 6, h: 4, text: text + how, empty: empty}
		id++
		return a
	}
	for _, m := range d.measures {
		panels = append(panels, panel(m, m.decimals(), "").compare(m.metric, "", m.scale(), name, now, before))
	}
	if r := d.ratio; r != nil {
		of, per := d.measures[r.of].metric, d.measures[r.per].metric
		panels = append(panels, panel(r.measure, 1, " "+r.help+".").compare(of, per, "", "on average", now, before))
	}
	return panels
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
