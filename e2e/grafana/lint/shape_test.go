package lint

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
)

func uids() map[string]string {
	return map[string]string{"livestreams.json": "realtimekit-livestreams", "meetings.json": "realtimekit-meetings", "exporter.json": "realtimekit-exporter"}
}

// settings checks what is neither a panel nor a variable.
func (b board) settings(raw map[string]any) {
	for _, key := range []string{"__inputs", "__requires", "__elements", "id"} {
		if _, ok := raw[key]; ok {
			b.problem("%s works with one Grafana or in the import dialog only", key)
		}
	}
	if b.UID != uids()[b.file] || b.Title == "" || !slices.Contains(b.Tags, "realtimekit") {
		b.problem("uid %q, title %q, tags %q", b.UID, b.Title, b.Tags)
	}
	if b.Timezone != "utc" {
		b.problem("time zone %q: days are in UTC", b.Timezone)
	}
	linked := []string{b.UID}
	for _, link := range b.Links {
		linked = append(linked, path.Base(link.URL))
		if !link.IncludeVars || !link.KeepTime {
			b.problem("the link to %s does not keep the variables and the time range", link.URL)
		}
	}
	if want := slices.Sorted(maps.Values(uids())); !slices.Equal(slices.Sorted(slices.Values(linked)), want) {
		b.problem("links from %s: %q, want one to each other dashboard", b.UID, linked)
	}
}

// datasources checks every data source, wherever it is.
func (b board) datasources(v any) {
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			b.datasources(e)
		}
	case map[string]any:
		if source, ok := v["datasource"].(map[string]any); ok {
			name := fmt.Sprintf("%v %v", source["type"], source["uid"])
			if !slices.Contains([]string{"prometheus ${datasource}", "datasource -- Dashboard --", "grafana -- Grafana --"}, name) {
				b.problem("data source %s", name)
			}
		}
		for _, key := range slices.Sorted(maps.Keys(v)) {
			b.datasources(v[key])
		}
	}
}

func (b board) variables() {
	queries := map[string]string{
		"datasource": "prometheus",
		"job":        "label_values(realtimekit_exporter_build_info, job)",
		"instance":   "label_values(realtimekit_exporter_build_info{job=~`${job:regex}`}, instance)",
		"app":        "label_values(realtimekit_app_info{job=~`${job:regex}`,instance=~`${instance:regex}`}, app)",
	}
	for _, v := range b.Templating.List {
		query := v.Query
		if object, ok := query.(map[string]any); ok {
			query = object["query"]
		}
		if query != queries[v.Name] {
			b.problem("variable %s has the query %v, want %s", v.Name, query, queries[v.Name])
		}
		delete(queries, v.Name)
		// All jobs would include jobs of other programs in metrics like up.
		all := v.AllValue == ".+" || v.Name == "job" && b.file == "exporter.json" && v.AllValue == ""
		if v.Type == "query" && (!v.Multi || !v.IncludeAll || v.Refresh != 2 || !all || !strings.Contains(fmt.Sprint(v.Current), "$__all")) {
			b.problem("variable %s does not start with All, or is not refreshed with the time range: %+v", v.Name, v)
		}
	}
	for name := range queries {
		b.problem("no variable %s", name)
	}
}

func (b board) panels() {
	ids, titles := map[int]bool{}, map[string]bool{}
	for _, p := range b.all() {
		if p.ID == 0 || ids[p.ID] || p.Title == "" || titles[p.Title] {
			b.problem("panel %d %q: id or title is missing or not unique", p.ID, p.Title)
		}
		ids[p.ID], titles[p.Title] = true, true
		if p.Type == "row" {
			continue
		}
		if !slices.Contains([]string{"stat", "table", "timeseries", "state-timeline"}, p.Type) {
			b.problem("panel %q: type %q", p.Title, p.Type)
		}
		if len(p.Description) < 20 || !strings.Contains(p.Description, "*No data:*") || p.FieldConfig.Defaults.NoValue == "" {
			b.problem("panel %q: no description, or not what no data means", p.Title)
		}
		if len(p.Targets) == 0 {
			b.problem("panel %q: no queries", p.Title)
		}
	}
}

func (b board) grid(panels []panel) {
	for i, p := range panels {
		a := p.GridPos
		if a.W < 1 || a.H < 1 || a.X < 0 || a.Y < 0 || a.X+a.W > 24 {
			b.problem("panel %q is outside of the grid: %+v", p.Title, a)
		}
		for _, other := range panels[:i] {
			o := other.GridPos
			if a.X < o.X+o.W && o.X < a.X+a.W && a.Y < o.Y+o.H && o.Y < a.Y+a.H {
				b.problem("panel %q overlaps panel %q", p.Title, other.Title)
			}
		}
	}
}
