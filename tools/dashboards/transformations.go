package main

import (
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
)

// Options of Grafana's standard transformations.
type options map[string]any

func transform(id string, o options) dashboard.DataTransformerConfig {
	return dashboard.DataTransformerConfig{Id: id, Options: o}
}

// only restricts a transformation to results of some queries.
func only(refs string, t dashboard.DataTransformerConfig) dashboard.DataTransformerConfig {
	t.Filter = &dashboard.MatcherConfig{Id: "byRefId", Options: refs}
	return t
}

// refs keeps the results of some queries: A, or A|B. Panels that show another's
// result begin with it, since Grafana hands them its annotations too.
func refs(names string) dashboard.DataTransformerConfig {
	return transform("filterByRefId", options{"include": "/^(?:" + names + ")$/"})
}

// byMeasure makes columns of series: Time, app, and one named by the measure.
func byMeasure() dashboard.DataTransformerConfig {
	return transform("labelsToFields", options{"mode": "columns", "valueLabel": "measure"})
}

// merge makes one table of many, with a row for each key.
func merge() dashboard.DataTransformerConfig { return transform("merge", options{}) }

func sortBy(field string, desc bool) dashboard.DataTransformerConfig {
	return transform("sortBy", options{"sort": []options{{"field": field, "desc": desc}}})
}

// groupBy groups by fields; columns are named after what is made of them, as
// "viewer (sum)".
func groupBy(keys []string, aggregations map[string][]string) dashboard.DataTransformerConfig {
	fields := options{}
	for _, key := range keys {
		fields[key] = options{"operation": "groupby", "aggregations": []string{}}
	}
	for name, reducers := range aggregations {
		fields[name] = options{"operation": "aggregate", "aggregations": reducers}
	}
	return transform("groupBy", options{"fields": fields})
}

// calculate adds a column.
func calculate(alias, left, operator, right string) dashboard.DataTransformerConfig {
	name := func(field string) options { return options{"matcher": options{"id": "byName", "options": field}} }
	return transform("calculateField", options{
		"mode": "binary", "alias": alias, "replaceFields": false,
		"binary": options{"left": name(left), "operator": operator, "right": name(right)},
	})
}

// rowsAbove keeps rows with a larger value.
func rowsAbove(field string, value float64) dashboard.DataTransformerConfig {
	return rowsWhere(field, options{"id": "greater", "options": options{"value": value}})
}

// known keeps rows that have a value.
func known(field string) dashboard.DataTransformerConfig {
	return rowsWhere(field, options{"id": "isNotNull", "options": options{}})
}

func rowsWhere(field string, matcher options) dashboard.DataTransformerConfig {
	return transform("filterByValue", options{
		"type": "include", "match": "all", "filters": []options{{"fieldName": field, "config": matcher}},
	})
}

// asTime makes times of numbers.
func asTime(field string) dashboard.DataTransformerConfig {
	return transform("convertFieldType", options{
		"conversions": []options{{"targetField": field, "destinationType": "time"}},
	})
}

// formatTime makes words of times, in UTC wherever the viewer is.
func formatTime(field, format string) dashboard.DataTransformerConfig {
	return transform("formatTime", options{
		"timeField": field, "outputFormat": format, "useTimezone": true, "timezone": "utc",
	})
}

// A column is a field under the name that people see.
type column struct{ field, name string }

// columns names and orders what a table shows, and leaves out all else.
func columns(shown ...column) dashboard.DataTransformerConfig {
	include, index, rename := map[string]bool{}, map[string]int{}, map[string]string{}
	for i, c := range shown {
		include[c.field], index[c.field], rename[c.field] = true, i, c.name
	}
	return transform("organize", options{
		"includeByName": include, "indexByName": index, "renameByName": rename, "excludeByName": options{},
	})
}

// set is a property of a column that differs from the panel's.
func set(id string, value any) dashboard.DynamicConfigValue {
	return dashboard.DynamicConfigValue{Id: id, Value: value}
}
