package rules

import (
	"slices"
	"testing"

	amcfg "github.com/prometheus/alertmanager/config/common"
	"github.com/prometheus/alertmanager/pkg/labels"
	"github.com/prometheus/common/model"
	"go.yaml.in/yaml/v3"
)

// What the documented inhibit_rules leave of alerts that come together, read and
// matched by Alertmanager's own code.
func TestInhibition_KeepsTheCause(t *testing.T) {
	t.Parallel()
	var config struct {
		Rules []amcfg.InhibitRule `yaml:"inhibit_rules"`
	}
	if err := yaml.Unmarshal([]byte(section(t, "../../docs/rules.md", "alertmanager")), &config); err != nil {
		t.Fatal(err)
	}

	alert := func(name, instance, app, reason string) model.LabelSet {
		labels := model.LabelSet{"alertname": model.LabelValue("RealtimeKit" + name)}
		for k, v := range map[model.LabelName]string{"instance": instance, "app": app, "reason": reason} {
			if v != "" {
				labels[k] = model.LabelValue(v)
			}
		}
		return labels
	}
	for name, test := range map[string]struct{ firing, left []model.LabelSet }{
		"the only exporter is down": {
			[]model.LabelSet{alert("ExporterAbsent", "", "", ""), alert("ExporterDown", "a", "", "")},
			[]model.LabelSet{alert("ExporterAbsent", "", "", "")},
		},
		"one of two replicas is down": {
			[]model.LabelSet{alert("ExporterDown", "a", "", "")},
			[]model.LabelSet{alert("ExporterDown", "a", "", "")},
		},
		"an app fails and grows old, another only grows old": {
			[]model.LabelSet{alert("ReportFailing", "a", "one", "server"), alert("DataOld", "a", "one", ""), alert("DataOld", "a", "two", ""), alert("DataOld", "b", "one", "")},
			[]model.LabelSet{alert("ReportFailing", "a", "one", "server"), alert("DataOld", "a", "two", ""), alert("DataOld", "b", "one", "")},
		},
		"a token is refused since the start": {
			[]model.LabelSet{alert("TokenRefused", "a", "", ""), alert("NeverFetched", "a", "one", ""), alert("NeverFetched", "a", "two", ""), alert("NeverFetched", "b", "two", "")},
			[]model.LabelSet{alert("TokenRefused", "a", "", ""), alert("NeverFetched", "b", "two", "")},
		},
		"a 429 keeps a token quiet, and an app fails by something else": {
			[]model.LabelSet{alert("RateLimited", "a", "", ""), alert("ReportFailing", "a", "one", "rate_limited"), alert("ReportFailing", "a", "two", "not_found"), alert("DataOld", "a", "three", "")},
			[]model.LabelSet{alert("RateLimited", "a", "", ""), alert("ReportFailing", "a", "two", "not_found")},
		},
	} {
		var left []model.LabelSet
		for _, target := range test.firing {
			if !slices.ContainsFunc(config.Rules, func(r amcfg.InhibitRule) bool { return inhibits(r, test.firing, target) }) {
				left = append(left, target)
			}
		}
		if !slices.EqualFunc(left, test.left, model.LabelSet.Equal) {
			t.Errorf("%s: left are %v, want %v", name, left, test.left)
		}
	}
}

// inhibits tells whether one of the alerts silences another by a rule.
func inhibits(r amcfg.InhibitRule, firing []model.LabelSet, target model.LabelSet) bool {
	return labels.Matchers(r.TargetMatchers).Matches(target) && slices.ContainsFunc(firing, func(source model.LabelSet) bool {
		return labels.Matchers(r.SourceMatchers).Matches(source) && !slices.ContainsFunc(r.Equal, func(name string) bool {
			return source[model.LabelName(name)] != target[model.LabelName(name)]
		})
	})
}
