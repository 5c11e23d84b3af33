package helm

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/realtimekit-exporter/realtimekit_exporter/deploy/test/docs"
	"github.com/realtimekit-exporter/realtimekit_exporter/deploy/test/internal/manifests"
)

// TestREADME_CommandAndValuesRender renders the chart's folder with the flags of the
// command, and with the values.
func TestREADME_CommandAndValuesRender(t *testing.T) {
	blocks, err := docs.Read(chart + "/README.md")
	if err != nil || len(blocks) != 2 {
		t.Fatalf("it has %d blocks, %v", len(blocks), err)
	}
	commands, values := blocks[0].Lines, strings.Join(blocks[1].Lines, "\n")
	words := strings.Fields(commands[len(commands)-1])
	if len(words) < 4 || words[0] != "helm" || words[1] != "install" || !strings.HasPrefix(words[3], "oci://") {
		t.Fatalf("the command is %q", words)
	}
	words[1], words[3] = "template", chart
	out, err := run(t, append(words[1:], "--kube-version=1.34")...)
	if err != nil {
		t.Fatal(err)
	}
	_, c := manifests.Read(t, out).Exporter(t)
	// The Secret is that of the command before it.
	if from := manifests.Env(c)["CLOUDFLARE_API_TOKEN"].ValueFrom.SecretKeyRef; !strings.Contains(commands[1], "generic "+from.Name+" --from-file="+from.Key) {
		t.Errorf("the token is in %s of %s, which is not made by %q", from.Key, from.Name, commands[1])
	}

	file := filepath.Join(t.TempDir(), "values.yaml")
	if err := os.WriteFile(file, []byte(values), 0o600); err != nil {
		t.Fatal(err)
	}
	all := render(t, "--values="+file)
	manifests.ExpectRules(t, all)
	manifests.ExpectDashboards(t, all, "1")
	manifests.ExpectConfig(t, all, "cloudflare_api_token")
}
