package rules

import (
	"slices"
	"strings"
	"testing"

	amcfg "github.com/prometheus/alertmanager/config/common"
	"github.com/prometheus/alertmanager/pkg/labels"
	"github.com/prometheus/common/model"
	"go.yaml.in/yaml/v3"

	"github.com/realtimekit-exporter/realtimekit_exporter/e2e/harness"
)

// The documented inhibit_rules are read and matched by Alertmanager's own code.
func TestInhibition_KeepsTheCause(t *testing.T) {
	t.Parallel()
	config := readAlertmanager(t)
	alert := func(name, instance, app, reason string) model.LabelSet {
		labels := model.LabelSet{"alertname": model.LabelValue("RealtimeKit" + name)}
		for k, v := range map[model.LabelName]string{"instance": instance, "app": app, "reason": reason} {
			if v != "" {
				labels[k] = model.LabelValue(v)
			}
		}
		return labels
	}
	ofAccount := func(name, account string) model.LabelSet {
		return alert(name, "a", "", "").Merge(model.LabelSet{"account_id": model.LabelValue(account)})
	}
	var outage, most []model.LabelSet
	for _, instance := range []string{"a", "b"} {
		most = append(most, alert("MostReportsFailing", instance, "", ""))
		for _, app := range []string{"1", "2", "3", "4", "5"} {
			outage = append(outage, alert("ReportFailing", instance, app, "server"), alert("ReportFailing", instance, app, "timeout"), alert("DataOld", instance, app, ""))
		}
	}
	for name, test := range map[string]struct{ firing, want []model.LabelSet }{
		"the API is down": {slices.Concat(outage, most), most},
		"the API is down for one replica, and an app of the other is failing": {
			[]model.LabelSet{most[0], outage[0], alert("ReportFailing", "b", "5", "not_found")},
			[]model.LabelSet{most[0], alert("ReportFailing", "b", "5", "not_found")},
		},
		"the API has been down for longer than max_stale": {
			[]model.LabelSet{most[0], outage[0], alert("DataOld", "a", "1", ""), alert("DataExpired", "a", "1", "")},
			[]model.LabelSet{most[0], alert("DataExpired", "a", "1", "")},
		},
		"the data of one app has expired, that of another is old": {
			[]model.LabelSet{alert("DataExpired", "a", "1", ""), alert("DataOld", "a", "1", ""), alert("DataOld", "a", "2", "")},
			[]model.LabelSet{alert("DataExpired", "a", "1", ""), alert("DataOld", "a", "2", "")},
		},
		"an exporter flaps, another is down after it has flapped": {
			[]model.LabelSet{alert("ExporterFlapping", "a", "", ""), alert("ExporterFlapping", "b", "", ""), alert("ExporterDown", "b", "", "")},
			[]model.LabelSet{alert("ExporterFlapping", "a", "", ""), alert("ExporterDown", "b", "", "")},
		},
		"the only exporter is down": {
			[]model.LabelSet{alert("ExporterAbsent", "", "", ""), alert("ExporterDown", "a", "", "")},
			[]model.LabelSet{alert("ExporterAbsent", "", "", "")},
		},
		"one of two replicas is down": {
			[]model.LabelSet{alert("ExporterDown", "a", "", "")},
			[]model.LabelSet{alert("ExporterDown", "a", "", "")},
		},
		"an app is failing and its data is old, the data of another is only old": {
			[]model.LabelSet{alert("ReportFailing", "a", "one", "server"), alert("DataOld", "a", "one", ""), alert("DataOld", "a", "two", ""), alert("DataOld", "b", "one", "")},
			[]model.LabelSet{alert("ReportFailing", "a", "one", "server"), alert("DataOld", "a", "two", ""), alert("DataOld", "b", "one", "")},
		},
		"a token has been refused since the start": {
			[]model.LabelSet{alert("TokenRefused", "a", "", ""), alert("NeverFetched", "a", "one", ""), alert("NeverFetched", "a", "two", ""), alert("NeverFetched", "b", "two", "")},
			[]model.LabelSet{alert("TokenRefused", "a", "", ""), alert("NeverFetched", "b", "two", "")},
		},
		"requests are paused after a 429, and an app fails for another reason": {
			[]model.LabelSet{alert("RateLimited", "a", "", ""), alert("ReportFailing", "a", "one", "rate_limited"), alert("ReportFailing", "a", "two", "not_found"), alert("DataOld", "a", "three", "")},
			[]model.LabelSet{alert("RateLimited", "a", "", ""), alert("ReportFailing", "a", "two", "not_found")},
		},
		"a token is refused, and the list of another account fails": {
			[]model.LabelSet{ofAccount("TokenRefused", "one"), ofAccount("DiscoveryFailing", "one"), ofAccount("DiscoveryFailing", "two")},
			[]model.LabelSet{ofAccount("TokenRefused", "one"), ofAccount("DiscoveryFailing", "two")},
		},
		"the API is down for one replica, and the lists of two fail": {
			[]model.LabelSet{most[0], alert("DiscoveryFailing", "a", "", ""), alert("DiscoveryFailing", "b", "", "")},
			[]model.LabelSet{most[0], alert("DiscoveryFailing", "b", "", "")},
		},
	} {
		var got []model.LabelSet
		for _, target := range test.firing {
			if !slices.ContainsFunc(config.Rules, func(r amcfg.InhibitRule) bool { return inhibits(r, test.firing, target) }) {
				got = append(got, target)
			}
		}
		if !slices.EqualFunc(got, test.want, model.LabelSet.Equal) {
			t.Errorf("%s: not inhibited are %v, want %v", name, got, test.want)
		}
	}

	groups := map[string]bool{}
	for _, alert := range most {
		var group []string
		for _, name := range config.Route.GroupBy {
			group = append(group, string(alert[name]))
		}
		groups[strings.Join(group, ",")] = true
	}
	if len(groups) != 1 {
		t.Errorf("an outage causes the messages %v, want 1", groups)
	}
}

type alertmanager struct {
	Route struct {
		GroupBy []model.LabelName `yaml:"group_by"`
	}
	Rules []amcfg.InhibitRule `yaml:"inhibit_rules"`
}

func readAlertmanager(t *testing.T) (config alertmanager) {
	t.Helper()
	if err := yaml.Unmarshal([]byte(harness.Section(t, "../../docs/rules.md", "alertmanager")), &config); err != nil {
		t.Fatal(err)
	}
	return config
}

// inhibits reports whether one of the alerts inhibits another by a rule.
func inhibits(r amcfg.InhibitRule, firing []model.LabelSet, target model.LabelSet) bool {
	return labels.Matchers(r.TargetMatchers).Matches(target) && slices.ContainsFunc(firing, func(source model.LabelSet) bool {
		return labels.Matchers(r.SourceMatchers).Matches(source) && !slices.ContainsFunc(r.Equal, func(name string) bool {
			return source[model.LabelName(name)] != target[model.LabelName(name)]
		})
	})
}
