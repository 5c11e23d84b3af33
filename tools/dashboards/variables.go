package main

import (
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
)

func datasourceVariable() *dashboard.DatasourceVariableBuilder {
	return dashboard.NewDatasourceVariableBuilder("datasource").Label("Data source").
		Description("The Prometheus that scrapes the exporter").Type("prometheus")
}

// valuesOf is a variable with the values of a label in the range.
func valuesOf(label, series, name, text string) *dashboard.QueryVariableBuilder {
	query := "label_values(" + series + ", " + label + ")"
	all := func(s string) dashboard.StringOrArrayOfString {
		return dashboard.StringOrArrayOfString{ArrayOfString: []string{s}}
	}
	return dashboard.NewQueryVariableBuilder(label).Label(name).Description(text).
		Datasource(prometheusSource()).
		Query(dashboard.StringOrMap{Map: map[string]any{
			"qryType": 1, "query": query, "refId": "PrometheusVariableQueryEditor-VariableQuery",
		}}).
		Definition(query).
		Refresh(dashboard.VariableRefreshOnTimeRangeChanged).Sort(dashboard.VariableSortNaturalAsc).
		Multi(true).IncludeAll(true).
		Current(dashboard.VariableOption{Selected: new(true), Text: all("All"), Value: all("$__all")})
}

// anything is the value of All for metrics that only this exporter has.
const anything = ".+"

func jobVariable() *dashboard.QueryVariableBuilder {
	return valuesOf("job", "realtimekit_exporter_build_info", "Job", "Scrape jobs with a realtimekit_exporter")
}

func instanceVariable() *dashboard.QueryVariableBuilder {
	return valuesOf("instance", "realtimekit_exporter_build_info{job=~`${job:regex}`}", "Instance",
		"Exporters. The values of replicas are never added up").AllValue(anything)
}

func appVariable() *dashboard.QueryVariableBuilder {
	return valuesOf("app", "realtimekit_app_info"+targets, "App", "Apps, by the value of the label app").AllValue(anything)
}
