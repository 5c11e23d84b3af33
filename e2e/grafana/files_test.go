package grafana

import (
	"encoding/json"
	"os"
	"slices"
	"testing"
)

// A dashboard is what the files under dashboards/ hold, as far as it matters to
// what its queries are and what is shown of them.
type dashboard struct {
	Title, UID  string
	Timezone    string
	Time        struct{ From, To string }
	Templating  struct{ List []variable }
	Panels      []panel
	Annotations struct{ List []annotation }
}

// A variable of a dashboard. Query is a string, or an object that has one.
type variable struct {
	Name, Type string
	Query      json.RawMessage
	Multi      bool
	IncludeAll bool
	AllValue   string
	Current    struct{ Value json.RawMessage }
}

// A panel of a dashboard. Rows have panels of their own while they are collapsed.
type panel struct {
	ID            int
	Type, Title   string
	Interval      string // at least this between two points
	MaxDataPoints int64
	TimeFrom      string // a relative range of its own
	TimeShift     string
	GridPos       struct{ W int64 }
	Targets       []target
	Panels        []panel

	raw json.RawMessage
}

// A target is one of a panel's queries.
type target struct {
	RefID        string
	Expr         string
	Format       string
	LegendFormat string
	Instant      bool
	Range        bool
	Interval     string
	Datasource   struct{ Type, UID string }
	PanelID      int // whose data it takes, from the data source -- Dashboard --
}

type annotation struct {
	Name, Expr, Step string
	Datasource       struct{ Type, UID string }
}

func (p *panel) UnmarshalJSON(raw []byte) error {
	type plain panel
	p.raw = slices.Clone(raw)
	return json.Unmarshal(raw, (*plain)(p))
}

// readDashboard reads a dashboard as Grafana's provisioning would.
func readDashboard(t testing.TB, name string) *dashboard {
	t.Helper()
	file, err := os.ReadFile("../../dashboards/" + name + ".json")
	if err != nil {
		t.Fatal(err)
	}
	d := &dashboard{}
	if err := json.Unmarshal(file, d); err != nil {
		t.Fatal(err)
	}
	return d
}

// all returns the panels that show something, those in rows too.
func (d *dashboard) all() (panels []panel) {
	for _, p := range d.Panels {
		if p.Type != "row" {
			panels = append(panels, p)
			continue
		}
		panels = append(panels, p.Panels...)
	}
	return panels
}
