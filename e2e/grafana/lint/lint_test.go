package lint

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
)

// lint says what is wrong with dashboards, by their files' names.
func lint(files map[string][]byte, metrics map[string]documentedMetric) ([]string, error) {
	boards, err := lintRead(files)
	if err != nil {
		return nil, err
	}
	var wrong []string
	for name := range lintUIDs() {
		if _, ok := files[name]; !ok {
			wrong = append(wrong, "there is no "+name)
		}
	}
	for _, b := range boards {
		wrong = append(wrong, lintShape(b)...)
	}
	return append(wrong, lintQueries(boards, metrics)...), nil
}

func TestLint_CommittedDashboards(t *testing.T) {
	wrong, err := lint(committedDashboards(t), documentedMetrics(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, complaint := range wrong {
		t.Error(complaint)
	}
}

// An object is one of JSON.
type object = map[string]any

func TestLint_BrokenDashboards(t *testing.T) {
	files, metrics := committedDashboards(t), documentedMetrics(t)
	for name, broken := range brokenDashboards() {
		t.Run(name, func(t *testing.T) {
			files := maps.Clone(files)
			var board object
			if err := json.Unmarshal(files[broken.file], &board); err != nil {
				t.Fatal(err)
			}
			broken.by(board)
			content, err := json.Marshal(board)
			if err != nil {
				t.Fatal(err)
			}
			files[broken.file] = content
			wrong, err := lint(files, metrics)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.ContainsFunc(wrong, func(s string) bool { return strings.Contains(s, broken.complaint) }) {
				t.Errorf("no complaint %q among %q", broken.complaint, wrong)
			}
		})
	}
}

// panelOf returns a dashboard's panel, also from within a row.
func panelOf(board object, title string) object {
	return inList(board["panels"], title)
}

func inList(list any, title string) object {
	panels, _ := list.([]any)
	for _, e := range panels {
		p := e.(object)
		if p["title"] == title {
			return p
		}
		if found := inList(p["panels"], title); found != nil {
			return found
		}
	}
	return nil
}

// variableOf returns a dashboard's variable.
func variableOf(board object, name string) object {
	for _, e := range board["templating"].(object)["list"].([]any) {
		if v := e.(object); v["name"] == name {
			return v
		}
	}
	return nil
}

// targetOf returns a panel's first query.
func targetOf(board object, title string) object {
	return panelOf(board, title)["targets"].([]any)[0].(object)
}

// defaultsOf returns what holds for a panel's fields.
func defaultsOf(board object, title string) object {
	return panelOf(board, title)["fieldConfig"].(object)["defaults"].(object)
}

// rewrite changes the text of a panel's first query.
func rewrite(title, from, to string) func(object) {
	return func(board object) {
		target := targetOf(board, title)
		target["expr"] = strings.ReplaceAll(target["expr"].(string), from, to)
	}
}

// set changes a value.
func set(of func(object) object, key string, value any) func(object) {
	return func(board object) {
		if value == nil {
			delete(of(board), key)
		} else {
			of(board)[key] = value
		}
	}
}
