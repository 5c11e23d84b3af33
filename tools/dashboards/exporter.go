package main

import (
	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
	"github.com/grafana/grafana-foundation-sdk/go/stat"
	"github.com/grafana/grafana-foundation-sdk/go/table"
)

const (
	exporterUID   = "realtimekit-exporter"
	exporterTitle = "RealtimeKit exporter"
)

// exporter is for the person who asks why there is no data.
func exporter() *boardBuilder {
	d := board(exporterUID, exporterTitle, "Why the numbers are missing or old, and how the exporter is: each exporter by itself").
		Link(linkTo(livestreamsUID, livestreamsTitle, "The numbers themselves")).
		WithVariable(datasourceVariable()).
		WithVariable(jobVariable()).
		WithVariable(instanceVariable()).
		WithVariable(appVariable())
	for _, row := range []struct {
		title  string
		id     uint32
		panels []cog.Builder[dashboard.Panel]
	}{
		{"Why is it empty?", 100, whyEmpty()},
		{"Reports", 110, reports()},
		{"API", 120, requests()},
		{"Exporter", 130, process()},
	} {
		d.WithRow(dashboard.NewRowBuilder(row.title).Id(row.id))
		for _, p := range row.panels {
			d.WithPanel(p)
		}
	}
	return d
}

// A range that reaches to the end of today ends in the future, where nothing is
// known yet: what shows a state looks at the last hour. Grafana leaves ranges
// in the past alone.
const lastHour = "1h"

func stateNow(p *stat.PanelBuilder) *stat.PanelBuilder {
	return p.TimeFrom(lastHour).HideTimeOverride(true)
}

func tableNow(p *table.PanelBuilder) *table.PanelBuilder {
	return p.TimeFrom(lastHour).HideTimeOverride(true)
}
