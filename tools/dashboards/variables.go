package main

import (
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
)

// chosen is a variable's value before anybody chose one.
func chosen(text, value string) dashboard.VariableOption {
	return dashboard.VariableOption{
		Selected: new(true),
		Text:     dashboard.StringOrArrayOfString{ArrayOfString: []string{text}},
		Value:    dashboard.StringOrArrayOfString{ArrayOfString: []string{value}},
	}
}

func datasourceVariable() *dashboard.DatasourceVariableBuilder {
	return dashboard.NewDatasourceVariableBuilder("datasource").Label("Data source").
		Description("The Prometheus that scrapes the exporter").Type("prometheus")
}

// valuesOf is a variable with the values that a label had in the range.
func valuesOf(label, series, name, text string) *dashboard.QueryVariableBuilder {
	query := "label_values(" + series + ", " + label + ")"
	return dashboard.NewQueryVariableBuilder(label).Label(name).Description(text).
		Datasource(prometheusSource()).
		Query(dashboard.StringOrMap{Map: map[string]any{
			"qryType": 1, "query": query, "refId": "PrometheusVariableQueryEditor-VariableQuery",
		}}).
		Definition(query).
		Refresh(dashboard.VariableRefreshOnTimeRangeChanged).Sort(dashboard.VariableSortNaturalAsc).
		Multi(true).IncludeAll(true).Current(chosen("All", "$__all"))
}

// anything is what All means where metrics of ours are asked alone: it needs no
// list, and so what was not there in the range is found by looking ahead.
const anything = ".+"

func jobVariable() *dashboard.QueryVariableBuilder {
	return valuesOf("job", "realtimekit_exporter_build_info", "Job", "Jobs that scrape a realtimekit_exporter")
}

func instanceVariable() *dashboard.QueryVariableBuilder {
	return valuesOf("instance", `realtimekit_exporter_build_info{job=~"$job"}`, "Instance",
		"Exporters. Replicas tell the same, and are never added up").AllValue(anything)
}

func appVariable() *dashboard.QueryVariableBuilder {
	return valuesOf("app", "realtimekit_app_info"+targets, "App",
		"Apps, by their name in the exporter's configuration").AllValue(anything)
}

func lookAheadVariable() *dashboard.TextBoxVariableBuilder {
	return dashboard.NewTextBoxVariableBuilder("lookahead").Label("Look ahead (days)").
		Description("At least window_days of the exporter's configuration, plus 1: for how long a day is told of, and so " +
			"how far after it to look for its last word. More is right too, and costs more").
		DefaultValue(dashboard.StringOrMap{String: new("36")}).
		Current(dashboard.VariableOption{
			Text:  dashboard.StringOrArrayOfString{String: new("36")},
			Value: dashboard.StringOrArrayOfString{String: new("36")},
		})
}
