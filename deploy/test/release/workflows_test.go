package release

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// Rules that actionlint does not have.
func TestWorkflows_PermissionsAndPins(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(root, ".github/workflows/*.yml"))
	if err != nil || len(files) != 3 {
		t.Fatalf("found %q (%v), want three workflows", files, err)
	}
	pinned := regexp.MustCompile(`^[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$`)
	uses := regexp.MustCompile(`(?m)uses: (.+)$`)
	for _, file := range files {
		text := string(read(t, file))
		name := filepath.Base(file)
		for _, found := range uses.FindAllStringSubmatch(text, -1) {
			if !strings.HasPrefix(found[1], "./") && !pinned.MatchString(found[1]) {
				t.Errorf("%s uses %s: expected a full hash, and its version in a comment", name, found[1])
			}
		}
		if checkouts, kept := strings.Count(text, "actions/checkout@"), strings.Count(text, "persist-credentials: false"); checkouts != kept {
			t.Errorf("%s: %d checkouts, of which %d keep no token", name, checkouts, kept)
		}
		var workflow struct {
			Permissions map[string]string
			Jobs        map[string]struct {
				Permissions map[string]string
				Uses        string
				Timeout     int `yaml:"timeout-minutes"`
			}
		}
		if err := yaml.Unmarshal([]byte(text), &workflow); err != nil {
			t.Fatal(err)
		}
		if workflow.Permissions == nil || len(workflow.Permissions) > 0 {
			t.Errorf("%s has permissions %v, want {}: each job has its own permissions", name, workflow.Permissions)
		}
		for id, job := range workflow.Jobs {
			if job.Permissions == nil || (job.Uses == "" && job.Timeout == 0) {
				t.Errorf("%s: job %s has permissions %v and a time limit of %d minutes; both are needed", name, id, job.Permissions, job.Timeout)
			}
			for what, access := range job.Permissions {
				if access != "read" && name != "release.yml" {
					t.Errorf("%s: job %s may %s %s", name, id, access, what)
				}
			}
		}
	}
}
