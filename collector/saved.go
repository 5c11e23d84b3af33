package collector

import (
	"errors"
	"fmt"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/api"
)

// savedVersion is the version of the format in this file. Raise it when an exporter would
// misread a file of another version.
const savedVersion = 1

// A savedEntry is a line of the file in [Plan.Directory]: a successful response or list
// of apps. It contains no token and no error.
type savedEntry struct {
	Response *savedResponse `json:"response,omitempty"`
	List     *savedList     `json:"list,omitempty"`
}

// A savedResponse has the key of a response and its data.
type savedResponse struct {
	BaseURL    string        `json:"base_url"`
	AccountID  string        `json:"account_id"`
	AppID      string        `json:"app_id"`
	Filters    string        `json:"filters,omitempty"`
	Report     string        `json:"report"`
	Sent       time.Time     `json:"sent"` // by the exporter's clock
	Start      time.Time     `json:"window_start,omitzero"`
	End        time.Time     `json:"window_end"`
	ServerTime time.Time     `json:"server_time,omitzero"`
	Skipped    int           `json:"rows_skipped,omitempty"`
	Metrics    []savedMetric `json:"metrics"`
}

// A savedMetric is the rows of a metric. Each has a date or the value of another label.
type savedMetric struct {
	Name   string    `json:"name"`
	Rows   []string  `json:"rows"`
	Values []float64 `json:"values"`
}

// A savedList is a complete list of apps.
type savedList struct {
	BaseURL   string     `json:"base_url"`
	AccountID string     `json:"account_id"`
	Sent      time.Time  `json:"sent"`
	Apps      []savedApp `json:"apps"`
}

type savedApp struct {
	ID      string    `json:"id"`
	Name    string    `json:"name"`
	Created time.Time `json:"created"`
}

func saveResponse(k key, r *response, sent time.Time) savedEntry {
	s := &savedResponse{
		BaseURL: k.baseURL, AccountID: k.accountID, AppID: k.appID, Filters: k.filters, Report: k.report,
		Sent: sent, Start: r.data.Window.Start, End: r.data.Window.End.UTC(),
		ServerTime: r.data.ServerTime, Skipped: r.data.Skipped,
	}
	for i, rows := range r.data.Rows {
		m := savedMetric{Name: r.report.Metrics[i].Name, Rows: make([]string, len(rows)), Values: make([]float64, len(rows))}
		for n, row := range rows {
			if m.Rows[n], m.Values[n] = row.Label, row.Value; r.report.Daily() {
				m.Rows[n] = row.Date.Format(time.DateOnly)
			}
		}
		s.Metrics = append(s.Metrics, m)
	}
	return savedEntry{Response: s}
}

func saveList(k listKey, list *appList, sent time.Time) savedEntry {
	s := &savedList{BaseURL: k.baseURL, AccountID: k.accountID, Sent: sent}
	for _, app := range list.apps {
		s.Apps = append(s.Apps, savedApp(app))
	}
	return savedEntry{List: s}
}

func (s *savedResponse) key() key { return key{s.BaseURL, s.AccountID, s.AppID, s.Filters, s.Report} }

func (s *savedList) key() listKey { return listKey{s.BaseURL, s.AccountID} }

// maxDays is the largest window of a response.
const maxDays = 366

// data returns what the API returned, or an error if the API cannot have returned it. If
// the request was sent after now, because the clock was set back, it counts as sent now.
func (s *savedResponse) data(r Report, now time.Time) (Data, error) {
	d := Data{Window: api.Window{Start: s.Start, End: s.End}, Skipped: s.Skipped, ServerTime: s.ServerTime}
	if r.Daily() && (!s.Start.Equal(api.Day(s.Start)) || s.End.Before(s.Start) || daysBetween(s.Start, s.End) >= maxDays) {
		return d, errors.New("a window that does not consist of days")
	}
	if len(s.Metrics) != len(r.Metrics) {
		return d, fmt.Errorf("%d metrics, expected %d", len(s.Metrics), len(r.Metrics))
	}
	for i, m := range s.Metrics {
		if m.Name != r.Metrics[i].Name {
			return d, errors.New("a metric of another report")
		}
		rows, err := m.decode(r, d.Window)
		if err != nil {
			return d, err
		}
		d.Rows = append(d.Rows, rows)
	}
	if d.Window.End.After(now) {
		d.Window.End = now
	}
	return d, nil
}

func (m *savedMetric) decode(r Report, w api.Window) (rows []Row, err error) {
	if len(m.Rows) != len(m.Values) || !r.Daily() && len(m.Rows) > r.MaxLabels {
		return nil, errors.New("different numbers of rows and values")
	}
	for i, label := range m.Rows {
		if i > 0 && label <= m.Rows[i-1] {
			return nil, errors.New("rows out of order")
		}
		row := Row{Label: label, Value: m.Values[i]}
		if r.Daily() {
			row.Label = ""
			if row.Date, err = time.Parse(time.DateOnly, label); err != nil || row.Date.Before(w.Start) || row.Date.After(w.End) {
				return nil, errors.New("a row outside the window")
			}
		}
		if row.Value < 0 {
			return nil, errors.New("a negative value")
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// list returns the list of apps, or an error if the API can't have returned it. As of a
// response, what was requested later was requested now.
func (s *savedList) list(now time.Time) (*appList, error) {
	list := &appList{sent: s.Sent}
	if list.sent.After(now) {
		list.sent = now
	}
	seen := make(map[string]bool, len(s.Apps))
	for _, app := range s.Apps {
		if !api.IsIdentifier(app.ID) || seen[app.ID] {
			return nil, errors.New("an app with an invalid or duplicate ID")
		}
		seen[app.ID] = true
		list.apps = append(list.apps, api.ListedApp(app))
	}
	return list, nil
}
