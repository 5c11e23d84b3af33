package main

import (
	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/cog/variants"
	"github.com/grafana/grafana-foundation-sdk/go/common"
	"github.com/grafana/grafana-foundation-sdk/go/datasource"
	"github.com/grafana/grafana-foundation-sdk/go/prometheus"
)

// prometheusSource is the data source that the viewer chose.
func prometheusSource() common.DataSourceRef {
	return common.DataSourceRef{Type: new("prometheus"), Uid: new("${datasource}")}
}

// otherPanels is Grafana's own data source, that hands on what a panel asked.
func otherPanels() common.DataSourceRef {
	return common.DataSourceRef{Type: new("datasource"), Uid: new("-- Dashboard --")}
}

// series asks for values over the range.
func series(ref, legend, expr string) *prometheus.DataqueryBuilder {
	return prometheus.NewDataqueryBuilder().RefId(ref).Datasource(prometheusSource()).
		Range().Format(prometheus.PromQueryFormatTimeSeries).LegendFormat(legend).Expr(expr)
}

// daily asks for one value per day.
func daily(ref, expr string) *prometheus.DataqueryBuilder {
	return series(ref, "{{app}}", expr).Interval(aDay)
}

// state asks for values at the end of the range, one row for each.
func state(ref, expr string) *prometheus.DataqueryBuilder {
	return prometheus.NewDataqueryBuilder().RefId(ref).Datasource(prometheusSource()).
		Instant().Format(prometheus.PromQueryFormatTable).Expr(expr)
}

// number asks for values at the end of the range, each with a name.
func number(ref, legend, expr string) *prometheus.DataqueryBuilder {
	return prometheus.NewDataqueryBuilder().RefId(ref).Datasource(prometheusSource()).
		Instant().Format(prometheus.PromQueryFormatTimeSeries).LegendFormat(legend).Expr(expr)
}

// reused takes all that Sessions per day asked, before its transformations.
func reused() cog.Builder[variants.Dataquery] {
	source := otherPanels()
	return ready[variants.Dataquery]{datasource.Dataquery{PanelId: sessionsPerDay, RefId: new("A"), Datasource: &source}}
}

// ready is what needs no builder.
type ready[T any] struct{ value T }

func (r ready[T]) Build() (T, error) { return r.value, nil }
