package release

import (
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// Dependabot covers every file that pins versions.
func TestDependabot_CoversEveryFolder(t *testing.T) {
	var config struct {
		Version int
		Updates []struct {
			Ecosystem   string `yaml:"package-ecosystem"`
			Directories []string
			Schedule    struct{ Interval string }
			Groups      map[string]struct{ Patterns []string }
		}
	}
	if err := yaml.Unmarshal(read(t, filepath.Join(root, ".github/dependabot.yml")), &config); err != nil || config.Version != 2 {
		t.Fatalf("version %d, %v", config.Version, err)
	}
	want := map[string][]string{"github-actions": {"/"}}
	for name := range strings.FieldsSeq(run(t, root, nil, "git", "ls-files", "--cached", "--others", "--exclude-standard")) {
		ecosystem := map[string]string{
			"go.mod": "gomod", "package.json": "npm", "Dockerfile": "docker", "compose.yml": "docker-compose",
		}[path.Base(name)]
		if ecosystem != "" {
			want[ecosystem] = append(want[ecosystem], path.Join("/", path.Dir(name)))
		}
	}
	for _, u := range config.Updates {
		slices.Sort(u.Directories)
		slices.Sort(want[u.Ecosystem])
		if !slices.Equal(u.Directories, want[u.Ecosystem]) {
			t.Errorf("%s: folders %q, want %q", u.Ecosystem, u.Directories, want[u.Ecosystem])
		}
		delete(want, u.Ecosystem)
		if u.Schedule.Interval != "weekly" || len(u.Groups) != 1 {
			t.Errorf("%s: %v in groups %v, want weekly in one", u.Ecosystem, u.Schedule, u.Groups)
		}
	}
	for ecosystem, folders := range want {
		t.Errorf("no updates of %s in %q", ecosystem, folders)
	}
}

// Vulnerabilities are looked up for each pull request and each week.
func TestWorkflows_CheckVulnerabilities(t *testing.T) {
	type workflow struct {
		On   map[string]any
		Jobs map[string]struct {
			Uses  string
			If    string
			Steps []struct{ Run string }
		}
	}
	parse := func(name string) (w workflow) {
		t.Helper()
		if err := yaml.Unmarshal(read(t, filepath.Join(root, ".github/workflows", name)), &w); err != nil {
			t.Fatal(err)
		}
		return w
	}
	ci, weekly := parse("ci.yml"), parse("weekly.yml")
	job := ci.Jobs["vulnerabilities"]
	checks := false
	for _, step := range job.Steps {
		checks = checks || step.Run == "make vulncheck"
	}
	if _, onPullRequests := ci.On["pull_request"]; !checks || !onPullRequests || job.If != "" {
		t.Error("ci.yml does not run make vulncheck for pull requests")
	}
	calls := false
	for _, job := range weekly.Jobs {
		calls = calls || job.Uses == "./.github/workflows/ci.yml"
	}
	if _, scheduled := weekly.On["schedule"]; !calls || !scheduled {
		t.Error("weekly.yml does not call ci.yml on a schedule")
	}
}
