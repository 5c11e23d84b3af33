package lint

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/realtimekit-exporter/realtimekit_exporter/e2e/harness"
)

const maxPicture = 250 << 10 // bytes

func TestPictures_AreSmallAndUsed(t *testing.T) {
	docs := filepath.Join("..", harness.Root, "docs")
	page, err := os.ReadFile(filepath.Join(docs, "dashboards.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"livestreams-dark.png", "livestreams-light.png", "meetings-dark.png", "meetings-light.png", "exporter-dark.png", "exporter-light.png"} {
		info, err := os.Stat(filepath.Join(docs, "images", name))
		if err != nil {
			t.Errorf("%v: run make screenshots", err)
			continue
		}
		if info.Size() > maxPicture || !strings.Contains(string(page), "images/"+name) {
			t.Errorf("%s has %d bytes, want at most %d, and to be shown in dashboards.md", name, info.Size(), maxPicture)
		}
	}
}
