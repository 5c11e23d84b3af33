package logging

import (
	"bytes"
	"io"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

const (
	maxPending = 256 << 10 // bytes

	// FlushTimeout is how long Close may take.
	FlushTimeout = 600 * time.Millisecond
)

// A Writer never blocks: a goroutine writes the messages, and those that do not fit into
// the buffer are dropped and counted. Otherwise a full pipe would block every caller.
type Writer struct {
	// Dropped is the metric of messages that were dropped.
	Dropped prometheus.Counter

	wake chan struct{} // has room for one
	done chan struct{}

	mu      sync.Mutex
	pending []byte
	closed  bool
}

// NewWriter returns a Writer to w.
func NewWriter(w io.Writer) *Writer {
	l := &Writer{
		Dropped: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "realtimekit_exporter_log_messages_dropped_total",
			Help: "Number of log messages dropped because stderr was blocked or closed.",
		}),
		wake: make(chan struct{}, 1),
		done: make(chan struct{}),
	}
	go l.writeTo(w)
	return l
}

// Write takes one message. It always succeeds.
func (l *Writer) Write(message []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed || len(l.pending)+len(message) > maxPending {
		l.Dropped.Inc()
		return len(message), nil
	}
	l.pending = append(l.pending, message...)
	l.notify()
	return len(message), nil
}

func (l *Writer) notify() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

func (l *Writer) writeTo(w io.Writer) {
	defer close(l.done)
	for closed := false; !closed; {
		<-l.wake
		var messages []byte
		messages, closed = l.take()
		if n, err := w.Write(messages); err != nil {
			l.Dropped.Add(float64(bytes.Count(messages[n:], []byte("\n"))))
		}
	}
}

func (l *Writer) take() (messages []byte, closed bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	messages, l.pending = l.pending, nil
	return messages, l.closed
}

// Close writes what is pending, unless that takes longer than FlushTimeout.
func (l *Writer) Close() {
	l.mu.Lock()
	l.closed = true
	l.notify()
	l.mu.Unlock()
	select {
	case <-l.done:
	case <-time.After(FlushTimeout):
	}
}
