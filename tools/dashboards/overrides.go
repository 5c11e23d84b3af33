package main

import (
	"reflect"

	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
)

// mergeOverrides makes one override of those for the same field, as Grafana's
// editor would.
func mergeOverrides(d *dashboard.Dashboard) { //nolint:staticcheck // see boardBuilder
	for _, p := range d.Panels {
		if p.Panel != nil {
			mergePanel(p.Panel)
			continue
		}
		for i := range p.RowPanel.Panels {
			mergePanel(&p.RowPanel.Panels[i])
		}
	}
}

func mergePanel(p *dashboard.Panel) {
	if p.FieldConfig == nil {
		return
	}
	merged := []dashboard.DashboardFieldConfigSourceOverrides{}
next:
	for _, o := range p.FieldConfig.Overrides {
		for i := range merged {
			if reflect.DeepEqual(merged[i].Matcher, o.Matcher) {
				merged[i].Properties = append(merged[i].Properties, o.Properties...)
				continue next
			}
		}
		merged = append(merged, o)
	}
	p.FieldConfig.Overrides = merged
}
