package main

import "github.com/grafana/grafana-foundation-sdk/go/dashboard"

// texts maps values to texts.
func texts(result map[string]dashboard.ValueMappingResult) []dashboard.ValueMapping {
	return []dashboard.ValueMapping{{ValueMap: &dashboard.ValueMap{Type: dashboard.MappingTypeValueToText, Options: result}}}
}

func text(text, color string) dashboard.ValueMappingResult {
	r := dashboard.ValueMappingResult{Text: &text}
	if color != "" {
		r.Color = &color
	}
	return r
}

// upOrDown maps 1 to one text in green and 0 to another in red.
func upOrDown(up, down string) []dashboard.ValueMapping {
	return texts(map[string]dashboard.ValueMappingResult{"1": text(up, "green"), "0": text(down, "red")})
}

// notANumber is the text for NaN, null and infinity, as of a division by zero.
func notANumber(shown, color string) []dashboard.ValueMapping {
	huge := 1e300
	return []dashboard.ValueMapping{
		{RangeMap: &dashboard.RangeMap{Type: dashboard.MappingTypeRangeToText, Options: dashboard.DashboardRangeMapOptions{
			From: &huge, Result: text(shown, color),
		}}},
		{SpecialValueMap: &dashboard.SpecialValueMap{Type: dashboard.MappingTypeSpecialValue, Options: dashboard.DashboardSpecialValueMapOptions{
			Match: dashboard.SpecialValueMatchNullAndNan, Result: text(shown, color),
		}}},
	}
}
