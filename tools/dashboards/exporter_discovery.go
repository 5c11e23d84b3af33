package main

import (
	"fmt"

	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
)

func discoveryTable() cog.Builder[dashboard.Panel] {
	never := set("mappings", notANumber("never", "red"))
	p := tableNow(about{id: 21, title: "Discovery", unit: unitNumber, w: 24, h: 6,
		text: "The list of apps of each account with discover. State: the result of the last completed request. Age: since the last successful request. " +
			"Collected: listed apps that are collected, also those in the configuration. Excluded: listed apps that are not. The page /status names them.",
		empty: "No account has discover in the configuration, or there is no exporter in the last hour."}.table()).
		WithTarget(instant("A", byList("realtimekit_discovery_up", ""))).
		WithTarget(instant("B", orNoList("time() - "+byList("realtimekit_discovery_last_success_timestamp_seconds", "")))).
		WithTarget(instant("C", orNoList(byList("realtimekit_discovery_apps", "collected")))).
		WithTarget(instant("D", orNoList(byList("realtimekit_discovery_apps", "excluded")))).
		WithTransformation(merge()).
		WithTransformation(columns(column{"account_id", "Account ID"}, column{"Value #A", "State"}, column{"Value #B", "Age"},
			column{"Value #C", "Collected"}, column{"Value #D", "Excluded"}, column{"instance", "Exporter"}))
	names(p, "Account ID", "Exporter")
	widths(p, "Account ID", 310, "State", 75, "Age", 90, "Collected", 100, "Excluded", 100)
	return p.OverrideByName("State", []dashboard.DynamicConfigValue{set("mappings", upOrDown("up", "failing")),
		set("custom.cellOptions", options{"type": "color-background", "mode": "basic"})}).
		OverrideByName("Age", []dashboard.DynamicConfigValue{set("unit", unitSeconds), never}).
		OverrideByName("Collected", []dashboard.DynamicConfigValue{never}).
		OverrideByName("Excluded", []dashboard.DynamicConfigValue{never})
}

// byList is one value per exporter and account with discover. The state is that of
// the apps to count.
func byList(metric, state string) string {
	matchers := targets
	if state != "" {
		matchers = fmt.Sprintf("%s,state=%q}", targets[:len(targets)-1], state)
	}
	return "max by (instance, account_id) (" + metric + matchers + ")"
}

// orNoList adds a NaN for each account without a list, so that the columns of the
// table have the same rows.
func orNoList(expr string) string {
	return expr + " or on (instance, account_id) NaN * " + byList("realtimekit_discovery_up", "")
}
