package main

import "github.com/grafana/grafana-foundation-sdk/go/dashboard"

// words says values in words. An order is kept, and so the colours are.
func words(result map[string]dashboard.ValueMappingResult) dashboard.ValueMapping {
	return dashboard.ValueMapping{ValueMap: &dashboard.ValueMap{Type: dashboard.MappingTypeValueToText, Options: result}}
}

func word(text, color string) dashboard.ValueMappingResult {
	r := dashboard.ValueMappingResult{Text: &text}
	if color != "" {
		r.Color = &color
	}
	return r
}

// upOrDown is for gauges that are 1 when all is well.
func upOrDown(up, down string) []dashboard.ValueMapping {
	return []dashboard.ValueMapping{words(map[string]dashboard.ValueMappingResult{
		"1": word(up, "green"), "0": word(down, "red"),
	})}
}

// notANumber says what a value means that is none, as a division by zero is.
func notANumber(text string) []dashboard.ValueMapping {
	huge := 1e300
	return []dashboard.ValueMapping{
		{RangeMap: &dashboard.RangeMap{Type: dashboard.MappingTypeRangeToText, Options: dashboard.DashboardRangeMapOptions{
			From: &huge, Result: word(text, "text"),
		}}},
		{SpecialValueMap: &dashboard.SpecialValueMap{Type: dashboard.MappingTypeSpecialValue, Options: dashboard.DashboardSpecialValueMapOptions{
			Match: dashboard.SpecialValueMatchNullAndNan, Result: word(text, "text"),
		}}},
	}
}
