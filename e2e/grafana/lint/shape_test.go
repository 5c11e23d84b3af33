package lint

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// lintUIDs are the dashboards that there are.
func lintUIDs() map[string]string {
	return map[string]string{"livestreams.json": "realtimekit-livestreams", "exporter.json": "realtimekit-exporter"}
}

// lintShape says what is wrong with a dashboard, but for its queries.
func lintShape(b lintBoard) (wrong []string) {
	complain := func(format string, args ...any) { wrong = append(wrong, b.file+": "+fmt.Sprintf(format, args...)) }
	top, _ := b.raw.(map[string]any)
	for _, key := range []string{"__inputs", "__requires", "__elements", "id"} {
		if _, ok := top[key]; ok {
			complain("%s ties it to one Grafana, or to the import dialog", key)
		}
	}
	if b.UID != lintUIDs()[b.file] || b.Title == "" {
		complain("uid %q, title %q", b.UID, b.Title)
	}
	if b.Timezone != "utc" {
		complain("time zone %q: days are in UTC", b.Timezone)
	}
	if b.Time.From != "now-29d/d" || b.Time.To != "now/d" {
		complain("the range is %s to %s, not 30 whole days", b.Time.From, b.Time.To)
	}
	if !slices.Contains(b.Tags, "realtimekit") {
		complain("no tag realtimekit in %q", b.Tags)
	}
	for file, uid := range lintUIDs() {
		linked := slices.ContainsFunc(b.Links, func(l struct {
			URL                   string
			IncludeVars, KeepTime bool
		}) bool {
			return strings.HasPrefix(l.URL, "/d/"+uid+"/") && l.IncludeVars && l.KeepTime
		})
		if file != b.file && !linked {
			complain("no link to %s that keeps variables and time", uid)
		}
	}
	lintDatasources(b.raw, complain)
	lintVariables(b, complain)
	lintPanels(b, complain)
	lintGrid(b.Panels, complain)
	for _, p := range b.Panels {
		lintGrid(p.Panels, complain)
	}
	return wrong
}

// lintDatasources looks at every datasource, wherever it stands.
func lintDatasources(v any, complain func(string, ...any)) {
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			lintDatasources(e, complain)
		}
	case map[string]any:
		for key, e := range v {
			if key != "datasource" {
				lintDatasources(e, complain)
				continue
			}
			source, _ := e.(map[string]any)
			switch fmt.Sprintf("%v %v", source["type"], source["uid"]) {
			case "prometheus ${datasource}", "datasource -- Dashboard --", "grafana -- Grafana --":
			default:
				complain("datasource %v is of one Grafana alone", e)
			}
		}
	}
}

func lintVariables(b lintBoard, complain func(string, ...any)) {
	queries := map[string]string{
		"job":      `label_values(realtimekit_exporter_build_info, job)`,
		"instance": `label_values(realtimekit_exporter_build_info{job=~"$job"}, instance)`,
		"app":      `label_values(realtimekit_app_info{job=~"$job",instance=~"$instance"}, app)`,
	}
	missing := maps.Clone(queries)
	missing["datasource"] = ""
	for _, v := range b.Templating.List {
		delete(missing, v.Name)
		switch want, isQuery := queries[v.Name]; {
		case v.Name == "datasource":
			if v.Type != "datasource" || v.Query != "prometheus" || v.Current != nil {
				complain("variable datasource is %+v, not any prometheus", v)
			}
		case isQuery:
			query, _ := v.Query.(map[string]any)
			if v.Type != "query" || query["query"] != want {
				complain("variable %s asks %v, not %s", v.Name, v.Query, want)
			}
			if !v.Multi || !v.IncludeAll || !strings.Contains(fmt.Sprint(v.Current), "$__all") {
				complain("variable %s is not several, at first All: %+v", v.Name, v)
			}
			if v.Refresh != 2 {
				complain("variable %s is not asked again for another range", v.Name)
			}
			if v.Name != "job" && v.AllValue != ".+" {
				complain("All of variable %s is %q: what comes after the range is not in its list", v.Name, v.AllValue)
			}
		}
	}
	for name := range missing {
		complain("no variable %s", name)
	}
}

func lintPanels(b lintBoard, complain func(string, ...any)) {
	// What Grafana itself brings today. Graph, singlestat and table-old are gone.
	current := []string{"stat", "table", "timeseries", "state-timeline", "status-history", "bargauge", "barchart", "gauge", "text"}
	hasUnit := regexp.MustCompile(`\S`)
	ids, titles := map[int]bool{}, map[string]bool{}
	for _, p := range b.all() {
		if p.ID == 0 || ids[p.ID] {
			complain("panel %q has the id %d, as another has or none", p.Title, p.ID)
		}
		if p.Title == "" || titles[p.Title] {
			complain("panel %d has the title %q, as another has or none", p.ID, p.Title)
		}
		ids[p.ID], titles[p.Title] = true, true
		if p.Type == "row" {
			continue
		}
		if !slices.Contains(current, p.Type) {
			complain("panel %q is of type %q, which is deprecated or no part of Grafana", p.Title, p.Type)
		}
		if len(p.Description) < 20 || !strings.Contains(p.Description, "*Empty:*") {
			complain("panel %q is not described, or not what it means when it is empty", p.Title)
		}
		if p.Type == "text" {
			continue
		}
		if !hasUnit.MatchString(p.FieldConfig.Defaults.Unit) {
			complain("panel %q has no unit", p.Title)
		}
		if p.FieldConfig.Defaults.NoValue == "" {
			complain("panel %q does not explain No data", p.Title)
		}
		if len(p.Targets) == 0 {
			complain("panel %q asks nothing", p.Title)
		}
	}
}

// lintGrid looks for panels that lie over each other, or out of the grid.
func lintGrid(panels []lintPanel, complain func(string, ...any)) {
	for i, p := range panels {
		a := p.GridPos
		if a.W < 1 || a.H < 1 || a.X < 0 || a.Y < 0 || a.X+a.W > 24 {
			complain("panel %q is out of the grid: %+v", p.Title, a)
		}
		for _, q := range panels[:i] {
			b := q.GridPos
			if a.X < b.X+b.W && b.X < a.X+a.W && a.Y < b.Y+b.H && b.Y < a.Y+a.H {
				complain("panel %q lies over panel %q", p.Title, q.Title)
			}
		}
	}
}
