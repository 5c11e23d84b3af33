package main

import (
	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/common"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
	"github.com/grafana/grafana-foundation-sdk/go/stat"
	"github.com/grafana/grafana-foundation-sdk/go/statetimeline"
	"github.com/grafana/grafana-foundation-sdk/go/table"
	"github.com/grafana/grafana-foundation-sdk/go/timeseries"
)

const (
	unitNumber  = "locale" // with grouped digits
	unitPercent = "percentunit"
	unitSeconds = "s"
	unitPerMin  = "suffix: /min"
	unitAgo     = "dateTimeFromNow"
	noValue     = "–"
)

// about has the properties of all kinds of panels.
type about struct {
	id       uint32
	title    string
	text     string // what is shown, and how it is computed
	empty    string // what it means when nothing is shown
	unit     string
	decimals float64
	w, h     uint32
}

func (a about) description() string { return a.text + "\n\n*No data:* " + a.empty }

// dashes shows a dash for a missing value of a field; the panel's own noValue is
// the text of an empty panel.
func dashes() []dashboard.DynamicConfigValue {
	return []dashboard.DynamicConfigValue{set("noValue", noValue)}
}

func (a about) stat() *stat.PanelBuilder {
	return stat.NewPanelBuilder().Id(a.id).Title(a.title).Description(a.description()).NoValue(noValue).
		Unit(a.unit).Decimals(a.decimals).Span(a.w).Height(a.h).Datasource(prometheusSource()).
		Orientation(common.VizOrientationVertical).GraphMode(common.BigValueGraphModeNone).
		TextMode(common.BigValueTextModeValueAndName).ColorScheme(fixed("text")).
		ReduceOptions(common.NewReduceDataOptionsBuilder().Calcs([]string{"lastNotNull"})).
		TimeFrom(lastHour).HideTimeOverride(true)
}

// lastHour is the range of panels about now: a range that ends in the future has
// no samples at its end.
const lastHour = "1h"

func (a about) table() *table.PanelBuilder {
	return table.NewPanelBuilder().Id(a.id).Title(a.title).Description(a.description()).NoValue(a.empty).
		Unit(a.unit).Decimals(a.decimals).Span(a.w).Height(a.h).Datasource(prometheusSource()).
		OverrideByRegexp("/.*/", dashes())
}

func tableNow(p *table.PanelBuilder) *table.PanelBuilder {
	return p.TimeFrom(lastHour).HideTimeOverride(true)
}

// names are columns of strings. Without the unit, Grafana shows the name 007 as a
// number.
func names(p *table.PanelBuilder, titles ...string) *table.PanelBuilder {
	for _, title := range titles {
		p.OverrideByName(title, []dashboard.DynamicConfigValue{set("unit", "string")})
	}
	return p
}

// widths fixes the width of columns; the rest is divided among the others. It takes pairs of
// a title and pixels.
func widths(p *table.PanelBuilder, pairs ...any) {
	for i := 0; i < len(pairs); i += 2 {
		p.OverrideByName(pairs[i].(string), []dashboard.DynamicConfigValue{set("custom.width", pairs[i+1])})
	}
}

func (a about) timeline() *statetimeline.PanelBuilder {
	return statetimeline.NewPanelBuilder().Id(a.id).Title(a.title).Description(a.description()).NoValue(a.empty).
		Unit(a.unit).Span(a.w).Height(a.h).Datasource(prometheusSource()).
		OverrideByRegexp("/.*/", dashes()).
		ShowValue(common.VisibilityModeNever).MergeValues(true).RowHeight(0.8).PerPage(10)
}

func (a about) lines() *timeseries.PanelBuilder {
	return timeseries.NewPanelBuilder().Id(a.id).Title(a.title).Description(a.description()).NoValue(a.empty).
		Unit(a.unit).Span(a.w).Height(a.h).Datasource(prometheusSource()).
		OverrideByRegexp("/.*/", dashes()).
		Min(0).AxisSoftMax(1).LineWidth(2).ShowPoints(common.VisibilityModeAuto).
		Legend(common.NewVizLegendOptionsBuilder().DisplayMode(common.LegendDisplayModeList).
			Placement(common.LegendPlacementBottom).ShowLegend(true)).
		Tooltip(common.NewVizTooltipOptionsBuilder().Mode(common.TooltipDisplayModeMulti).Sort(common.SortOrderDescending))
}

func (a about) bars() *timeseries.PanelBuilder {
	return a.lines().DrawStyle(common.GraphDrawStyleBars).LineWidth(0).FillOpacity(80).
		ShowPoints(common.VisibilityModeNever).
		Stacking(common.NewStackingConfigBuilder().Mode(common.StackingModeNormal))
}

// perDay has bars from 00:00 to 24:00 UTC, whose points are at 00:00.
func (a about) perDay() *timeseries.PanelBuilder {
	return a.bars().Decimals(a.decimals).BarAlignment(common.BarAlignmentAfter).BarWidthFactor(0.9).BarMaxWidth(4000)
}

// audiencePerDay has points on a logarithmic scale: the apps may differ by far,
// and their audiences don't add up.
func (a about) audiencePerDay() *timeseries.PanelBuilder {
	return a.lines().Decimals(a.decimals).DrawStyle(common.GraphDrawStylePoints).PointSize(7).
		ShowPoints(common.VisibilityModeAlways).
		ScaleDistribution(common.NewScaleDistributionConfigBuilder().Type(common.ScaleDistributionLog).Log(10))
}

// thresholds are colors from a value on, the first for all values below.
func thresholds(base string, more ...dashboard.Threshold) dashboard.ThresholdsConfig {
	return dashboard.ThresholdsConfig{
		Mode: dashboard.ThresholdsModeAbsolute, Steps: append([]dashboard.Threshold{{Color: base}}, more...),
	}
}

func above(value float64, color string) dashboard.Threshold {
	return dashboard.Threshold{Value: &value, Color: color}
}

// dashed draws thresholds as lines.
func dashed(p *timeseries.PanelBuilder, t dashboard.ThresholdsConfig) *timeseries.PanelBuilder {
	return p.Thresholds(ready[dashboard.ThresholdsConfig]{t}).
		ThresholdsStyle(common.NewGraphThresholdsStyleConfigBuilder().Mode(common.GraphThresholdsStyleModeDashed))
}

// state colors values by mappings; without a value there is no color.
func state(p *stat.PanelBuilder, up, down string) *stat.PanelBuilder {
	return p.ColorMode(common.BigValueColorModeBackgroundSolid).Mappings(upOrDown(up, down)).
		Thresholds(ready[dashboard.ThresholdsConfig]{thresholds("transparent")}).
		ColorScheme(dashboard.NewFieldColorBuilder().Mode(dashboard.FieldColorModeIdThresholds))
}

func fixed(color string) cog.Builder[dashboard.FieldColor] {
	return dashboard.NewFieldColorBuilder().Mode(dashboard.FieldColorModeIdFixed).FixedColor(color)
}
