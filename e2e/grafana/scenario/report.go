package scenario

import (
	"maps"
	"slices"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/api/apitest"
)

// A kind is a report that an exporter collects of each app.
type kind struct {
	name          string
	ttl, maxStale time.Duration
	daily         bool
	fetch         func(api *apitest.API, app App, now time.Time) []family
}

// A family is the values of a metric, by date or by type.
type family struct {
	name   string
	values map[string]float64
}

// A reportKey is a report of an app.
type reportKey struct{ app, report string }

// A report is the state of a report of an app.
type report struct {
	due, success time.Time
	up           bool
	families     []family // of the last successful response
}

func (e *exporter) report(app App, k kind) *report {
	key := reportKey{app.Name, k.name}
	if e.reports[key] == nil {
		e.reports[key] = &report{}
	}
	return e.reports[key]
}

// kinds are the reports of the scenario's exporters.
func (s *Scenario) kinds() []kind {
	const maxStale = 72 * time.Hour
	all := []kind{{"livestreams", defaultTTL, maxStale, true, livestreams}}
	if s.Meetings {
		all = append(all, kind{"meetings", defaultTTL, maxStale, true, meetings})
	}
	if s.Live {
		all = append(all, kind{"live", 2 * time.Minute, 10 * time.Minute, false, live})
	}
	return all
}

func windowStart(now time.Time) time.Time { return now.AddDate(0, 0, 1-WindowDays).Truncate(day) }

func livestreams(api *apitest.API, app App, now time.Time) []family {
	sessions, ingest, viewer := map[string]float64{}, map[string]float64{}, map[string]float64{}
	for _, d := range api.Days(app.ID, windowStart(now), now) {
		sessions[d.Date], ingest[d.Date], viewer[d.Date] = float64(d.Sessions), float64(d.IngestSeconds), float64(d.ViewerSeconds)
	}
	return []family{
		{"realtimekit_livestream_daily_sessions", sessions},
		{"realtimekit_livestream_daily_ingest_seconds", ingest},
		{viewerSeconds, viewer},
	}
}

const viewerSeconds = "realtimekit_livestream_daily_viewer_seconds"

func meetings(api *apitest.API, app App, now time.Time) []family {
	sessions, seconds, recordings, recorded := map[string]float64{}, map[string]float64{}, map[string]float64{}, map[string]float64{}
	for _, d := range api.MeetingDays(app.ID, windowStart(now), now) {
		if d.Sessions > 0 {
			sessions[d.Date], seconds[d.Date] = float64(d.Sessions), float64(d.SessionSeconds)
		}
		if d.Recordings > 0 {
			recordings[d.Date], recorded[d.Date] = float64(d.Recordings), float64(d.RecordingSeconds)
		}
	}
	return []family{
		{"realtimekit_meeting_daily_sessions", sessions},
		{"realtimekit_meeting_daily_seconds", seconds},
		{"realtimekit_recording_daily_recordings", recordings},
		{"realtimekit_recording_daily_seconds", recorded},
	}
}

func live(api *apitest.API, app App, _ time.Time) []family {
	sessions, participants := map[string]float64{"meeting": 0, "livestream": 0}, map[string]float64{"meeting": 0, "livestream": 0}
	for _, s := range api.Live(app.ID) {
		sessions[s.Type]++
		participants[s.Type] += float64(s.Participants)
	}
	return []family{{"realtimekit_live_sessions", sessions}, {"realtimekit_live_participants", participants}}
}

func (e *exporter) exposeReport(s *scrape, app App, k kind, now time.Time) {
	r, labels := e.report(app, k), []string{"app", app.Name, "report", k.name}
	s.set(bit(r.up), "realtimekit_report_up", labels...)
	for _, reason := range []string{"timeout", "network", "token", "auth", "intercepted", "not_found", "rate_limited", "client", "server", "redirect", "api_error", "malformed"} {
		s.set(float64(e.failures[[3]string{app.Name, k.name, reason}]), "realtimekit_report_failures_total", append([]string{"reason", reason}, labels...)...)
	}
	if r.success.IsZero() {
		return
	}
	s.set(seconds(r.success), "realtimekit_report_last_success_timestamp_seconds", labels...)
	if k.daily {
		dates := map[string]bool{}
		for _, f := range r.families {
			for date := range f.values {
				dates[date] = true
			}
		}
		s.set(float64(len(dates)), "realtimekit_report_rows", labels...)
		s.set(0, "realtimekit_report_rows_skipped", labels...)
	}
	if now.Sub(r.success) > k.maxStale {
		return
	}
	for _, f := range r.families {
		if k.daily {
			e.exposeDays(s, app, r, f, now)
			continue
		}
		for value, n := range f.values {
			s.set(n, f.name, "app", app.Name, "type", value)
		}
	}
}

// exposeDays exposes the days of a metric from its first row to the day of the request.
func (e *exporter) exposeDays(s *scrape, app App, r *report, f family, now time.Time) {
	if len(f.values) == 0 {
		return
	}
	first := slices.Min(slices.Collect(maps.Keys(f.values)))
	for at := windowStart(now); !at.After(r.success); at = at.Add(day) {
		date := at.Format(time.DateOnly)
		if date < first {
			continue
		}
		value := f.values[date]
		if f.name == viewerSeconds && e.Differs != nil {
			value += float64(e.Differs(e.instance, app.Name, now))
		}
		s.set(value, f.name, "app", app.Name, "date", date)
	}
}
