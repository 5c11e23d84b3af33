package collector

import (
	"time"

	"github.com/go-kit/log/level"
)

// maxClockDifference is how far the exporter's clock may differ from the API's.
const maxClockDifference = 5 * time.Minute

// noticed is what was last logged about successful responses: only changes are.
type noticed struct {
	skipped map[key]int // rows without a date
	clock   bool        // the exporter's clock is wrong
}

// notice logs what is odd about a successful response.
func (e *Exporter) notice(t target, data Data) {
	difference := clockDifference(data.ServerTime, data.Window.End, e.now())
	wrong := difference.Abs() > maxClockDifference

	e.mu.Lock()
	if e.byKey[t.key].account == nil { // no longer wanted
		e.mu.Unlock()
		return
	}
	skipped, wasWrong := e.noticed.skipped[t.key], e.noticed.clock
	e.noticed.skipped[t.key] = data.Skipped
	if !data.ServerTime.IsZero() {
		e.noticed.clock = wrong
	}
	e.mu.Unlock()

	if skipped != data.Skipped {
		logger := level.Warn(e.logger)
		if data.Skipped == 0 {
			logger = level.Info(e.logger)
		}
		_ = logger.Log("msg", "rows without a date skipped", "app", t.name, "report", t.report.Name, "rows", data.Skipped)
	}
	switch {
	case data.ServerTime.IsZero() || wrong == wasWrong:
	case wrong:
		_ = level.Warn(e.logger).Log("msg", "clock differs from the API's, check the time of this host", "difference", difference.Round(time.Second))
	default:
		_ = level.Info(e.logger).Log("msg", "clock agrees with the API's again")
	}
}

// clockDifference is by how much the exporter's clock is ahead of the server's, as
// far as the time that a request took does not explain it. A Date has no fractions
// of a second.
func clockDifference(server, sent, received time.Time) time.Duration {
	switch {
	case server.IsZero():
		return 0
	case server.Add(time.Second).Before(sent):
		return sent.Sub(server)
	case server.After(received):
		return received.Sub(server)
	}
	return 0
}
