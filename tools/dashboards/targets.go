package main

import (
	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/cog/variants"
	"github.com/grafana/grafana-foundation-sdk/go/common"
	"github.com/grafana/grafana-foundation-sdk/go/datasource"
	"github.com/grafana/grafana-foundation-sdk/go/prometheus"
)

// prometheusSource is the data source selected in the variable.
func prometheusSource() common.DataSourceRef {
	return common.DataSourceRef{Type: new("prometheus"), Uid: new("${datasource}")}
}

// otherPanels is Grafana's data source for the results of another panel.
func otherPanels() common.DataSourceRef {
	return common.DataSourceRef{Type: new("datasource"), Uid: new("-- Dashboard --")}
}

// series queries values over the range.
func series(ref, legend, expr string) *prometheus.DataqueryBuilder {
	return prometheus.NewDataqueryBuilder().RefId(ref).Datasource(prometheusSource()).
		Range().Format(prometheus.PromQueryFormatTimeSeries).LegendFormat(legend).Expr(expr)
}

// instant queries values at the end of the range, one row for each.
func instant(ref, expr string) *prometheus.DataqueryBuilder {
	return prometheus.NewDataqueryBuilder().RefId(ref).Datasource(prometheusSource()).
		Instant().Format(prometheus.PromQueryFormatTable).Expr(expr)
}

// number queries values at the end of the range, each with a name.
func number(legend, expr string) *prometheus.DataqueryBuilder {
	return prometheus.NewDataqueryBuilder().RefId("A").Datasource(prometheusSource()).
		Instant().Format(prometheus.PromQueryFormatTimeSeries).LegendFormat(legend).Expr(expr)
}

// reused is the result of the panel firstPerDay, before its transformations.
func reused() cog.Builder[variants.Dataquery] {
	source := otherPanels()
	return ready[variants.Dataquery]{datasource.Dataquery{PanelId: firstPerDay, RefId: new("A"), Datasource: &source}}
}

// ready is a value that needs no builder.
type ready[T any] struct{ value T }

func (r ready[T]) Build() (T, error) { return r.value, nil }
