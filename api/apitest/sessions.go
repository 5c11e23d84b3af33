package apitest

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"
)

// A Session is a live session of an app.
type Session struct {
	ID           string
	Type         string // such as meeting or livestream
	Participants int64
	Name         string // of the meeting
}

// Live returns the sessions of an app that are live now, the oldest first.
func (a *API) Live(appID string) []Session { return a.live(appID, a.now()) }

// SetLive sets the sessions of an app that are live, from now on.
func (a *API) SetLive(appID string, sessions ...Session) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.app(appID).live = &sessions
}

func (a *API) live(appID string, now time.Time) (sessions []Session) {
	p := a.stateOf(appID)
	if p.live != nil || !p.seeded {
		if p.live != nil {
			sessions = slices.Clone(*p.live)
		}
		return sessions
	}
	now = now.UTC()
	today := dayOf(now.Truncate(24*time.Hour), now)
	for _, of := range []struct {
		kind   string
		events []event
	}{{"meeting", meetingsOf(appID, today)}, {"livestream", livestreamsOf(appID, today)}} {
		for i, e := range of.events {
			if e.isLive(today) {
				id := fmt.Sprintf("%s-%s-%s-%d", appID, of.kind, today.date, i)
				sessions = append(sessions, Session{ID: id, Type: of.kind, Participants: e.people / 100, Name: "Name of " + id})
			}
		}
	}
	return sessions
}

// listSessions responds with a page of the sessions of an app. Those that have ended are
// not simulated.
func (a *API) listSessions(w http.ResponseWriter, q routed) {
	type session struct {
		ID           string `json:"id"`
		Participants int64  `json:"live_participants"`
		Name         string `json:"meeting_display_name"`
		Status       string `json:"status"`
		Type         string `json:"type"`
	}
	var all []session
	query, _ := url.ParseQuery(q.rawQuery) // listPage checks it
	if status := query.Get("status"); status == "" || status == "LIVE" {
		for _, s := range a.live(q.appID, q.now) {
			all = append(all, session{s.ID, s.Participants, s.Name, "LIVE", s.Type})
		}
	}
	rows, paging, err := listPage(all, q.rawQuery, a.pagingFault(), func(i int) session {
		return session{ID: fmt.Sprint("endless-", i), Status: "LIVE", Type: "meeting"}
	})
	if err != nil {
		kitError(w, http.StatusBadRequest, err.Error())
		return
	}
	type data struct {
		Sessions []session `json:"sessions"`
	}
	writeJSON(w, http.StatusOK, struct {
		Data    data   `json:"data"`
		Paging  *paged `json:"paging,omitempty"`
		Success bool   `json:"success"`
	}{data{rows}, paging, true})
}
