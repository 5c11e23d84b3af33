package main

import (
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
)

// options of Grafana's standard transformations.
type options map[string]any

func transform(id string, o options) dashboard.DataTransformerConfig {
	return dashboard.DataTransformerConfig{Id: id, Options: o}
}

// only restricts a transformation to the results of some queries: A, or A|B.
func only(names string, t dashboard.DataTransformerConfig) dashboard.DataTransformerConfig {
	t.Filter = &dashboard.MatcherConfig{Id: "byRefId", Options: "/^(?:" + names + ")$/"}
	return t
}

// refs keeps the results of some queries: A, or A|B.
func refs(names string) dashboard.DataTransformerConfig {
	return transform("filterByRefId", options{"include": "/^(?:" + names + ")$/"})
}

// merge makes one table of many, with a row for each combination of the fields
// that all of them have.
func merge() dashboard.DataTransformerConfig { return transform("merge", options{}) }

// joinApps keeps the rows whose app is in every table.
func joinApps() dashboard.DataTransformerConfig {
	return transform("joinByField", options{"byField": "app", "mode": "inner"})
}

func sortBy(field string, desc bool) dashboard.DataTransformerConfig {
	return transform("sortBy", options{"sort": []options{{"field": field, "desc": desc}}})
}

// groupBy groups by keys; the names of the columns are like "viewer (sum)".
func groupBy(keys []string, aggregations map[string]string) dashboard.DataTransformerConfig {
	fields := options{}
	for _, key := range keys {
		fields[key] = options{"operation": "groupby", "aggregations": []string{}}
	}
	for name, reducer := range aggregations {
		fields[name] = options{"operation": "aggregate", "aggregations": []string{reducer}}
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
	return transform("filterByValue", options{
		"type": "include", "match": "all",
		"filters": []options{{"fieldName": field, "config": options{"id": "greater", "options": options{"value": value}}}},
	})
}

// dayAsTime makes a time of the label day.
func dayAsTime() dashboard.DataTransformerConfig {
	return transform("convertFieldType", options{
		"conversions": []options{{"targetField": "day", "destinationType": "time"}},
	})
}

// weekday makes a number of a time: 1 is Monday (UTC).
func weekday(field string) dashboard.DataTransformerConfig {
	return transform("formatTime", options{"timeField": field, "outputFormat": "E", "useTimezone": true, "timezone": "utc"})
}

// perApp makes one time series per app of rows with the fields day and app.
func perApp(value string) []dashboard.DataTransformerConfig {
	return []dashboard.DataTransformerConfig{
		dayAsTime(),
		sortBy("app", false), // each panel has the apps in the same order, and so in the same colors
		transform("groupingToMatrix", options{"rowField": "day", "columnField": "app", "valueField": value, "emptyValue": "null"}),
		sortBy(`day\app`, false),
	}
}

// A column is a field under the name that people see.
type column struct{ field, name string }

// columns selects, orders and names the columns of a table.
func columns(shown ...column) dashboard.DataTransformerConfig {
	include, index, rename := map[string]bool{}, map[string]int{}, map[string]string{}
	for i, c := range shown {
		include[c.field], index[c.field], rename[c.field] = true, i, c.name
	}
	return transform("organize", options{
		"includeByName": include, "indexByName": index, "renameByName": rename, "excludeByName": options{},
	})
}

// set is a property of a field that differs from the panel's.
func set(id string, value any) dashboard.DynamicConfigValue {
	return dashboard.DynamicConfigValue{Id: id, Value: value}
}

// colored is a fixed color.
func colored(color string) dashboard.DynamicConfigValue {
	return set("color", options{"mode": "fixed", "fixedColor": color})
}
