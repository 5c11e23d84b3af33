package apitest

import (
	"net/http"
	"strings"
	"time"
)

// An Endpoint is a path below that of an app.
type Endpoint string

// The endpoints of an app.
const (
	LivestreamDays    Endpoint = "analytics/livestreams/daywise"
	LivestreamOverall Endpoint = "analytics/livestreams/overall"
	MeetingDays       Endpoint = "analytics/daywise"
	Sessions          Endpoint = "sessions"
)

// An endpoint is a path below an account, and the function that responds to valid
// requests.
type endpoint struct {
	path  string // below /accounts/{account_id}/realtime/kit/
	serve func(a *API, w http.ResponseWriter, q routed)
}

// ofApp is the beginning of a path about an app.
const ofApp = "{app_id}/"

// endpoints is the route table. {app_id} is the app of the request.
func endpoints() []endpoint {
	return []endpoint{
		{"apps", (*API).listApps},
		{ofApp + string(LivestreamDays), (*API).livestreamDays},
		{ofApp + string(LivestreamOverall), (*API).livestreamOverall},
		{ofApp + string(MeetingDays), (*API).listMeetingDays},
		{ofApp + string(Sessions), (*API).listSessions},
	}
}

// A routed request has the identifiers in its path.
type routed struct {
	accountID, appID string
	endpoint         Endpoint // of the app; empty for the list of apps
	rawQuery         string
	now              time.Time
}

// route finds the endpoint of a path, and the identifiers in it. It does not clean
// the path: the real API does, and a client that sends ".." must get an error.
func route(path string) (*endpoint, routed) {
	i := strings.LastIndex(path, "/accounts/")
	if i < 0 {
		return nil, routed{}
	}
	account, path, _ := strings.Cut(path[i+len("/accounts/"):], "/")
	path, ok := strings.CutPrefix(path, "realtime/kit/")
	if !ok || account == "" {
		return nil, routed{}
	}
	for _, e := range endpoints() {
		before, after, hasApp := strings.Cut(e.path, "{app_id}")
		app, ok := strings.CutPrefix(path, before)
		if hasApp && ok {
			app, ok = strings.CutSuffix(app, after)
		}
		if ok && (app != "") == hasApp && !strings.Contains(app, "/") {
			q := routed{accountID: account, appID: app}
			if hasApp {
				q.endpoint = Endpoint(strings.TrimPrefix(e.path, ofApp))
			}
			return &e, q
		}
	}
	return nil, routed{}
}
