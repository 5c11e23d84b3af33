package progress

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestLine_MessageBetweenProgress(t *testing.T) {
	for name, c := range map[string]struct {
		terminal bool
		want     string
	}{
		"on a terminal": {true, "<0 s<1 s<2 s<hello\n2 s<3 s<bye\n"},
		"in a file":     {false, "hello\nbye\n"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var b strings.Builder
				l := New(&b)
				l.terminal = c.terminal
				start := time.Now()
				stop := l.Show(func() string { return fmt.Sprint(time.Since(start).Seconds(), " s") })
				<-time.After(2500 * time.Millisecond)
				l.Printf("%s", "hello")
				<-time.After(time.Second)
				stop()
				l.Printf("bye")
				if got := strings.ReplaceAll(b.String(), clearLine, "<"); got != c.want {
					t.Errorf("got %q, want %q", got, c.want)
				}
			})
		})
	}
}

func TestLine_FileEvery30s(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var b strings.Builder
		n := 0
		stop := New(&b).Show(func() string { n++; return fmt.Sprint("text ", n) })
		<-time.After(95 * time.Second)
		stop()
		if got, want := b.String(), "text 1\ntext 2\ntext 3\n"; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}
