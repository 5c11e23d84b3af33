package lint

// A breach is a dashboard broken in one way, and what the linter says of it.
type breach struct {
	file, complaint string
	by              func(object)
}

// brokenDashboards has each rule broken.
func brokenDashboards() map[string]breach {
	const l, e = "livestreams.json", "exporter.json"
	whole := func(b object) object { return b }
	panel := func(title string) func(object) object { return func(b object) object { return panelOf(b, title) } }
	variable := func(name string) func(object) object { return func(b object) object { return variableOf(b, name) } }
	target := func(title string) func(object) object { return func(b object) object { return targetOf(b, title) } }
	defaults := func(title string) func(object) object { return func(b object) object { return defaultsOf(b, title) } }
	return map[string]breach{
		"inputs of the import dialog": {l, "__inputs", set(whole, "__inputs", []any{})},
		"an id of one Grafana":        {e, "id ties it", set(whole, "id", 7)},
		"another uid":                 {e, `uid "mine"`, set(whole, "uid", "mine")},
		"no title":                    {e, `title ""`, set(whole, "title", nil)},
		"the viewer's time zone":      {l, "time zone", set(whole, "timezone", "browser")},
		"a range of no whole days":    {l, "not 30 whole days", set(whole, "time", object{"from": "now-30d", "to": "now"})},
		"no tags":                     {e, "no tag", set(whole, "tags", nil)},
		"no links":                    {e, "no link to realtimekit-livestreams", set(whole, "links", nil)},
		"a link that forgets the time": {l, "no link to realtimekit-exporter", func(b object) {
			b["links"].([]any)[0].(object)["keepTime"] = false
		}},
		"a fixed data source": {l, "of one Grafana alone", set(target("Sessions"), "datasource", object{"type": "prometheus", "uid": "P1809F7CD0C75ACF3"})},
		"the data source of old imports": {l, "of one Grafana alone", func(b object) {
			variableOf(b, "app")["datasource"] = "${DS_PROMETHEUS}"
		}},

		"no variable":                   {e, "no variable instance", func(b object) { variableOf(b, "instance")["name"] = "target" }},
		"a data source of another kind": {l, "not any prometheus", set(variable("datasource"), "query", "loki")},
		"a data source chosen already":  {l, "not any prometheus", set(variable("datasource"), "current", object{"value": "mine"})},
		"jobs with a fixed name":        {l, "variable job asks", set(variable("job"), "query", object{"query": "realtimekit"})},
		"one app only":                  {l, "variable app is not several", set(variable("app"), "multi", false)},
		"an app chosen already":         {l, "variable app is not several", set(variable("app"), "current", object{"value": "main"})},
		"values of another range":       {e, "not asked again", set(variable("app"), "refresh", 1)},
		"All as a list":                 {l, "not in its list", set(variable("instance"), "allValue", nil)},
		"All jobs of the Prometheus":    {e, "takes them in", set(variable("job"), "allValue", ".+")},

		"an id twice":             {l, "has the id 1,", set(panel("Ingest time"), "id", 1)},
		"an id twice, in a row":   {l, "has the id 1,", set(panel("Ingest per day, recorded"), "id", 1)},
		"a title twice":           {l, "has the title", set(panel("Ingest time"), "title", "Sessions")},
		"a deprecated panel":      {l, "deprecated", set(panel("Sessions per day"), "type", "graph")},
		"no description":          {e, "not described", set(panel("Budget"), "description", nil)},
		"nothing about emptiness": {e, "when it is empty", set(panel("Budget"), "description", "Requests that may leave at once now.")},
		"no unit":                 {e, "has no unit", set(defaults("Memory"), "unit", nil)},
		"No data unexplained":     {e, "does not explain No data", set(defaults("Memory"), "noValue", nil)},
		"a panel without queries": {e, "asks nothing", set(panel("Memory"), "targets", []any{})},
		"a panel over another":    {l, "lies over", set(panel("Ingest time"), "gridPos", object{"x": 0, "y": 0, "w": 6, "h": 4})},
		"a panel out of the grid": {l, "out of the grid", set(panel("Ingest time"), "gridPos", object{"x": 20, "y": 0, "w": 6, "h": 4})},
		"panels of a row over each other": {l, "lies over", func(b object) {
			panelOf(b, "Ingest per day, recorded")["gridPos"] = panelOf(b, "Sessions per day, recorded")["gridPos"]
		}},

		"a result of no panel":    {l, "panel 77", set(target("Ingest per day"), "panelId", 77)},
		"a result at second hand": {l, "panel 7,", set(target("Viewer time per day"), "panelId", 7)},
		"all that a panel has": {l, "what it takes", func(b object) {
			apps := panelOf(b, "Apps")
			apps["transformations"] = apps["transformations"].([]any)[1:]
		}},
		"days at any step":                 {l, "interval 1d", set(panel("Sessions per day"), "interval", nil)},
		"reused days at any step":          {l, "interval 1d", set(panel("Viewer time per day"), "interval", "1h")},
		"too few points for years":         {l, "ten years", set(panel("Sessions per day, recorded"), "maxDataPoints", 800)},
		"bars around midnight":             {l, "bars after the point", func(b object) { defaultsOf(b, "Ingest per day")["custom"].(object)["barAlignment"] = 0 }},
		"neither instant nor over a range": {l, "is not either", set(target("Sessions"), "instant", false)},
		"the future":                       {e, "in the future", set(panel("Scraped"), "timeFrom", nil)},

		"a query that does not parse":          {e, "parse error", rewrite("Memory", "max by (instance)", "max by instance")},
		"a variable that nobody fills in":      {e, "parse error", rewrite("API requests by status", "$__rate_interval", "$window")},
		"a metric that nobody tells of":        {e, "nobody tells of realtimekit_memory", rewrite("Memory", "process_resident_memory_bytes", "realtimekit_memory")},
		"a part of what is no histogram":       {e, "nobody tells of realtimekit_report_up_count", rewrite("Reports up and down", "realtimekit_report_up", "realtimekit_report_up_count")},
		"a recording that there is not":        {l, "nobody tells of app:", rewrite("Sessions per day, recorded", ":today", ":tomorrow")},
		"a metric that no panel shows":         {e, "no panel shows realtimekit_report_rows", func(b object) { removeTarget(panelOf(b, "Reports by app"), "D") }},
		"no matcher of the job":                {e, "label job", rewrite("Goroutines", `job=~"$job",`, "")},
		"no matcher of the app":                {l, "label app", rewrite("Sessions", `,app=~"$app"`, "")},
		"the app where there is none":          {e, "label app", rewrite("Budget", `instance=~"$instance"`, `instance=~"$instance",app=~"$app"`)},
		"another label's variable":             {e, "label instance", rewrite("Goroutines", `instance=~"$instance"`, `instance=~"$job"`)},
		"a regular expression taken literally": {l, "label app", rewrite("Sessions per day", `app=~"$app"`, `app="$app"`)},
		"the instance of a recording":          {l, "label instance", rewrite("Sessions per day, recorded", `app=~"$app"`, `app=~"$app",instance=~"$instance"`)},

		"a sum over replicas":             {l, "begin with max", rewrite("Sessions per day", "max by (app, date) ", "")},
		"a sum by date over replicas":     {l, "begin with max", rewrite("Sessions per day", "max by (app, date) ", "sum by (app, date) ")},
		"a maximum over dates":            {l, "begin with max", rewrite("Sessions per day", "max by (app, date) ", "max by (app) ")},
		"a maximum over other labels":     {l, "begin with max", rewrite("Sessions per day", "max by (app, date) ", "max without (instance) ")},
		"the sum of the smallest replica": {l, "than counted", rewrite("Sessions per day", "max by (app, date) ", "min by (app, date) ")},
	}
}

// removeTarget takes a query out of a panel.
func removeTarget(panel object, ref string) {
	var rest []any
	for _, t := range panel["targets"].([]any) {
		if t.(object)["refId"] != ref {
			rest = append(rest, t)
		}
	}
	panel["targets"] = rest
}
