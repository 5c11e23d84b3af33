// Package progress prints the progress of a command: on a terminal a line that is
// replaced every second, elsewhere a line every 30 s.
package progress

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"
)

// A Line prints progress and messages.
type Line struct {
	w        io.Writer
	terminal bool

	mu   sync.Mutex // so that lines are not mixed
	text string     // on the terminal
}

// New returns a line on w, which may be a terminal.
func New(w io.Writer) *Line {
	l := &Line{w: w}
	if f, ok := w.(*os.File); ok {
		info, err := f.Stat()
		l.terminal = err == nil && info.Mode()&os.ModeCharDevice != 0
	}
	return l
}

const clearLine = "\r\x1b[K"

// Printf prints a message on separate lines.
func (l *Line) Printf(format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.text != "" {
		fmt.Fprint(l.w, clearLine)
	}
	fmt.Fprintf(l.w, format+"\n", args...)
	fmt.Fprint(l.w, l.text)
}

// Show prints a text repeatedly until stop is called. On a terminal it begins
// immediately, and removes the text at the end.
func (l *Line) Show(text func() string) (stop func()) {
	every := 30 * time.Second
	if l.terminal {
		every = time.Second
		l.replace(text())
	}
	stopping, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		ticks := time.NewTicker(every)
		defer ticks.Stop()
		for {
			select {
			case <-ticks.C:
			case <-stopping:
				return
			}
			if l.terminal {
				l.replace(text())
			} else {
				l.Printf("%s", text())
			}
		}
	}()
	return func() {
		close(stopping)
		<-stopped
		if l.terminal {
			l.replace("")
		}
	}
}

func (l *Line) replace(text string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	fmt.Fprint(l.w, clearLine+text)
	l.text = text
}
