package verify

import (
	"fmt"
	"io"
	"os"
	"sync"

	"github.com/realtimekit-exporter/realtimekit_exporter/cmd/realtimekit_exporter/internal/plural"
)

// Progress is a line on a terminal that is written over. A nil Progress prints nothing.
type Progress struct {
	w io.Writer

	mu       sync.Mutex
	n, total int
	noun     string
}

// NewProgress returns a progress on f, or nil if that is not a terminal.
func NewProgress(f *os.File) *Progress {
	if info, err := f.Stat(); err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return nil
	}
	return &Progress{w: f}
}

const clearLine = "\r\x1b[K"

// begin starts to count things.
func (p *Progress) begin(total int, noun string) {
	if p != nil {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.n, p.total, p.noun = 0, total, noun
		p.print()
	}
}

// done counts one.
func (p *Progress) done() {
	if p != nil {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.n++
		p.print()
	}
}

func (p *Progress) print() {
	fmt.Fprintf(p.w, "%sverified %d of %s", clearLine, p.n, plural.Count(p.total, p.noun))
}

// clear removes the line.
func (p *Progress) clear() {
	if p != nil {
		fmt.Fprint(p.w, clearLine)
	}
}
