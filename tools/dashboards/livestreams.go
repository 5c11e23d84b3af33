package main

import (
	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/common"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
)

const (
	livestreamsUID   = "realtimekit-livestreams"
	livestreamsTitle = "RealtimeKit livestreams"
)

// livestreams is for those who stream: how much, for whom, when.
func livestreams() *dashboard.DashboardBuilder {
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
		Expr: cog.ToPtr(notOver()), Step: cog.ToPtr("1h"),
		TitleFormat: cog.ToPtr("Day not over"),
		TextFormat:  cog.ToPtr("The numbers of this day (UTC) are still growing"),
	}}
}

// board is what both dashboards have.
func board(uid, title, description string) *dashboard.DashboardBuilder {
	return dashboard.NewDashboardBuilder(title).Uid(uid).Description(description). //nolint:staticcheck // the schema that imports and provisioning of all versions take
											Tags([]string{"realtimekit", "prometheus"}).
											Timezone(common.TimeZoneUtc).
											Time("now-29d/d", "now/d"). // 30 days, the running one included
											Refresh("5m").
											Tooltip(dashboard.DashboardCursorSyncCrosshair)
}

// linkTo leads to the other dashboard, with what was chosen here.
func linkTo(uid, title, tooltip string) cog.Builder[dashboard.DashboardLink] {
	return ready[dashboard.DashboardLink]{dashboard.DashboardLink{
		Title: title, Type: dashboard.DashboardLinkTypeLink, Icon: "dashboard", Tooltip: tooltip,
		Url: cog.ToPtr("/d/" + uid + "/" + uid), Tags: []string{}, IncludeVars: true, KeepTime: true,
	}}
}
