package main

import (
	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
)

const (
	livestreamsUID   = "realtimekit-livestreams"
	livestreamsTitle = "RealtimeKit livestreams"
)

// livestreams is for those who stream: how much, for whom, when.
func livestreams() *boardBuilder {
	d := board(livestreamsUID, livestreamsTitle,
		"Livestreams of RealtimeKit apps by day: sessions, ingest, viewers. Days are in UTC, and a day counts when it begins in the time range").
		Link(linkTo(exporterUID, exporterTitle, "Is the data there, and is it new?")).
		WithVariable(datasourceVariable()).
		WithVariable(jobVariable().AllValue(anything)).
		WithVariable(instanceVariable()).
		WithVariable(appVariable()).
		WithVariable(lookAheadVariable()).
		Annotation(runningDay())
	for _, p := range overview() {
		d.WithPanel(p)
	}
	for _, p := range perDayPanels() {
		d.WithPanel(p)
	}
	for _, p := range comparisons() {
		d.WithPanel(p)
	}
	return d.WithPanel(weekdays()).WithPanel(appTable()).WithRow(overYears())
}

// runningDay shades the day that is not over.
func runningDay() cog.Builder[dashboard.AnnotationQuery] {
	source := prometheusSource()
	return ready[dashboard.AnnotationQuery]{dashboard.AnnotationQuery{
		Name: "Day not over", Datasource: &source, Enable: true, IconColor: "orange",
		Expr: new(notOver()), Step: new("1h"),
		TitleFormat: new("Day not over"),
		TextFormat:  new("The numbers of this day (UTC) are still growing"),
	}}
}
