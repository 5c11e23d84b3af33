package main

import (
	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/common"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
)

// boardBuilder builds the schema that the import dialog and the provisioning of
// every Grafana accept; only Grafana's newer API accepts its successor.
type boardBuilder = dashboard.DashboardBuilder //nolint:staticcheck // see above

// board returns a dashboard with the common settings.
func board(uid, title, description, from string) *boardBuilder {
	b := dashboard.NewDashboardBuilder(title) //nolint:staticcheck // see boardBuilder
	b.Uid(uid).Description(description).
		Tags([]string{"realtimekit", "prometheus"}).
		Timezone(common.TimeZoneUtc).
		Time(from, "now").
		Refresh("5m").
		Tooltip(dashboard.DashboardCursorSyncCrosshair).
		WithVariable(datasourceVariable())
	for _, other := range [][3]string{
		{livestreamsUID, livestreamsTitle, "Livestreams per day"},
		{meetingsUID, meetingsTitle, "Meetings and recordings per day"},
		{exporterUID, exporterTitle, "Whether the data is complete and current"},
	} {
		if other[0] != uid {
			b.Link(linkTo(other[0], other[1], other[2]))
		}
	}
	return b
}

// dailyBoard returns a dashboard with the common settings for daily metrics.
func dailyBoard(uid, title, description string) *boardBuilder {
	return board(uid, title, description, "now-30d/d").
		WithVariable(jobVariable().AllValue(anything)).
		WithVariable(instanceVariable()).
		WithVariable(appVariable())
}

// A row of panels.
type row struct {
	id     uint32
	title  string
	panels []cog.Builder[dashboard.Panel]
}

func (r row) addTo(b *boardBuilder) {
	b.WithRow(dashboard.NewRowBuilder(r.title).Id(r.id))
	for _, p := range r.panels {
		b.WithPanel(p)
	}
}

// addCollapsedTo adds a row whose panels send no query before it is opened.
func (r row) addCollapsedTo(b *boardBuilder) {
	builder := dashboard.NewRowBuilder(r.title).Id(r.id).Collapsed(true)
	for _, p := range r.panels {
		builder.WithPanel(p)
	}
	b.WithRow(builder)
}

// linkTo links to another dashboard, with the same variables and time range.
func linkTo(uid, title, tooltip string) cog.Builder[dashboard.DashboardLink] {
	return ready[dashboard.DashboardLink]{dashboard.DashboardLink{
		Title: title, Type: dashboard.DashboardLinkTypeLink, Icon: "dashboard", Tooltip: tooltip,
		Url: new("/d/" + uid + "/" + uid), Tags: []string{}, IncludeVars: true, KeepTime: true,
	}}
}
