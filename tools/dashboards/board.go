package main

import (
	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/common"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
)

// boardBuilder builds the schema that the import dialog and file provisioning
// of every Grafana take; its successor is for Grafana's newer API alone.
type boardBuilder = dashboard.DashboardBuilder //nolint:staticcheck // see above

// board is what both dashboards have.
func board(uid, title, description string) *boardBuilder {
	b := dashboard.NewDashboardBuilder(title) //nolint:staticcheck // see boardBuilder
	return b.Uid(uid).Description(description).
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
		Url: new("/d/" + uid + "/" + uid), Tags: []string{}, IncludeVars: true, KeepTime: true,
	}}
}
