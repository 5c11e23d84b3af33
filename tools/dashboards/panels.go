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

// Units of our own. Grafana's own h turns 250 hours into 1.49 weeks.
const (
	unitSessions = "suffix:sessions"
	unitHours    = "suffix:h"
	unitViewers  = "suffix:viewers"
	unitPerHour  = "suffix:/h"
	unitNone     = "none"
)

// about is what every panel says of itself.
type about struct {
	id       uint32
	title    string
	text     string // what is shown, and how it is computed
	none     string // what a stat shows when there is nothing: it has little room
	empty    string // what it means when nothing is shown
	unit     string
	decimals float64
	w, h     uint32
}

// description is for the panel's corner.
func (a about) description() string { return a.text + "\n\n*Empty:* " + a.empty }

func (a about) stat() *stat.PanelBuilder {
	return stat.NewPanelBuilder().Id(a.id).Title(a.title).Description(a.description()).NoValue(a.none).
		Unit(a.unit).Decimals(a.decimals).Span(a.w).Height(a.h).Datasource(prometheusSource()).
		Orientation(common.VizOrientationAuto).GraphMode(common.BigValueGraphModeNone).
		ReduceOptions(common.NewReduceDataOptionsBuilder().Calcs([]string{"lastNotNull"}))
}

// table has the text of an empty panel for itself, and a dash in empty cells.
func (a about) table() *table.PanelBuilder {
	return table.NewPanelBuilder().Id(a.id).Title(a.title).Description(a.description()).NoValue(a.empty).
		Unit(a.unit).Decimals(a.decimals).Span(a.w).Height(a.h).Datasource(prometheusSource()).
		OverrideByRegexp("/.*/", []dashboard.DynamicConfigValue{set("noValue", "–")})
}

func (a about) timeline() *statetimeline.PanelBuilder {
	return statetimeline.NewPanelBuilder().Id(a.id).Title(a.title).Description(a.description()).NoValue(a.empty).
		Unit(a.unit).Span(a.w).Height(a.h).Datasource(prometheusSource()).
		ShowValue(common.VisibilityModeNever).MergeValues(true).RowHeight(0.8)
}

func (a about) lines() *timeseries.PanelBuilder {
	return timeseries.NewPanelBuilder().Id(a.id).Title(a.title).Description(a.description()).NoValue(a.empty).
		Unit(a.unit).Decimals(a.decimals).Span(a.w).Height(a.h).Datasource(prometheusSource()).
		Min(0).LineWidth(2).FillOpacity(10).ShowPoints(common.VisibilityModeAuto).
		Legend(common.NewVizLegendOptionsBuilder().DisplayMode(common.LegendDisplayModeList).
			Placement(common.LegendPlacementBottom).ShowLegend(true)).
		Tooltip(common.NewVizTooltipOptionsBuilder().Mode(common.TooltipDisplayModeMulti).Sort(common.SortOrderDescending))
}

func (a about) bars() *timeseries.PanelBuilder {
	return a.lines().DrawStyle(common.GraphDrawStyleBars).LineWidth(0).FillOpacity(80).
		ShowPoints(common.VisibilityModeNever).
		Stacking(common.NewStackingConfigBuilder().Mode(common.StackingModeNormal))
}

// perDay makes bars of days: a point stands at 00:00 UTC, and its bar reaches
// from there to the end of the day. The many points keep Grafana from a step of
// more than a day, which would leave days out, for 27 years. An app has the
// same colour in each panel.
func (a about) perDay() *timeseries.PanelBuilder {
	return onePointPerDay(a.bars())
}

func onePointPerDay(panel *timeseries.PanelBuilder) *timeseries.PanelBuilder {
	return panel.BarAlignment(common.BarAlignmentAfter).BarWidthFactor(0.9).
		Interval(aDay).MaxDataPoints(10_000).
		ColorScheme(dashboard.NewFieldColorBuilder().Mode(dashboard.FieldColorModeIdPaletteClassicByName))
}

const aDay = "1d"

// steps are thresholds: a colour from a value on, the first from the start.
func steps(base string, more ...dashboard.Threshold) dashboard.ThresholdsConfig {
	return dashboard.ThresholdsConfig{
		Mode: dashboard.ThresholdsModeAbsolute, Steps: append([]dashboard.Threshold{{Color: base}}, more...),
	}
}

// thresholds are steps of a whole panel.
func thresholds(base string, more ...dashboard.Threshold) cog.Builder[dashboard.ThresholdsConfig] {
	return ready[dashboard.ThresholdsConfig]{steps(base, more...)}
}

// dashed draws thresholds as lines.
func dashed() cog.Builder[common.GraphThresholdsStyleConfig] {
	return common.NewGraphThresholdsStyleConfigBuilder().Mode(common.GraphThresholdsStyleModeDashed)
}

func above(value float64, color string) dashboard.Threshold {
	return dashboard.Threshold{Value: &value, Color: color}
}

// byThreshold colours a value by its thresholds.
func byThreshold() cog.Builder[dashboard.FieldColor] {
	return dashboard.NewFieldColorBuilder().Mode(dashboard.FieldColorModeIdThresholds)
}

// unstacked is for what does not add up.
func unstacked() cog.Builder[common.StackingConfig] {
	return common.NewStackingConfigBuilder().Mode(common.StackingModeNone)
}
