package image

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/realtimekit-exporter/realtimekit_exporter/deploy/test/internal/program"
)

// newStore makes a store that has the Dockerfile's base images: for the builder a
// shell, with this machine's Go and modules mounted, and for the final stage what
// distroless's static image is made of, as far as a program can detect. It trusts
// the issuers that this machine trusts, and one more.
func newStore(t *testing.T, issuer string) *store {
	t.Helper()
	s := &store{dir: t.TempDir()}
	builder, final := bases(t)
	output(t, s.build(t, "--file="+instructions(t, "builder"), "--tag="+builder, shellRoot(t)))
	output(t, s.build(t, "--file="+instructions(t, "final"), "--tag="+final, staticRoot(t, issuer)))

	var machine struct{ GOROOT, GOMODCACHE string }
	env := output(t, command(t.Context(), "", "go", "env", "-json", "GOROOT", "GOMODCACHE"))
	if err := json.Unmarshal([]byte(env), &machine); err != nil {
		t.Fatal(err)
	}
	s.volumes = []string{
		"--volume=" + machine.GOROOT + ":/usr/local/go:ro",
		"--volume=" + filepath.Join(machine.GOMODCACHE, "cache", "download") + ":/goproxy:ro",
	}
	return s
}

func instructions(t *testing.T, stage string) string {
	t.Helper()
	file, err := filepath.Abs("testdata/" + stage + ".Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// shellRoot holds this machine's shell and the libraries that it is linked with.
func shellRoot(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	mkdir(t, root+"/tmp", 0o777|os.ModeSticky)
	write(t, root+"/etc/passwd", "root:x:0:0:root:/root:/bin/sh\n", 0o644) // for the location of caches
	write(t, root+"/bin/sh", program.ReadFile(t, "/bin/sh"), 0o755)
	for _, library := range regexp.MustCompile(`/\S+`).FindAllString(output(t, command(t.Context(), "", "ldd", "/bin/sh")), -1) {
		write(t, root+library, program.ReadFile(t, library), 0o755)
	}
	return root
}

func staticRoot(t *testing.T, issuer string) string {
	t.Helper()
	root := t.TempDir()
	write(t, root+"/etc/passwd", "root:x:0:0:root:/root:/sbin/nologin\nnobody:x:65534:65534:nobody:/nonexistent:/sbin/nologin\nnonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin\n", 0o644)
	write(t, root+"/etc/group", "root:x:0:\nnobody:x:65534:\nnonroot:x:65532:\n", 0o644)
	write(t, root+"/etc/ssl/certs/ca-certificates.crt", program.ReadFile(t, "/etc/ssl/certs/ca-certificates.crt")+issuer, 0o644)
	mkdir(t, root+"/proc", 0o755)
	mkdir(t, root+"/tmp", 0o777|os.ModeSticky)
	mkdir(t, root+"/home/nonroot", 0o700)
	if err := os.Chown(root+"/home/nonroot", 65532, 65532); err != nil {
		t.Fatal(err)
	}
	return root
}
