package apitest

import (
	"net/http"
	"strings"
	"time"
)

// An endpoint is a path below an account, and the function that responds to valid
// requests.
type endpoint struct {
	path  string // below /accounts/{account_id}/realtime/kit/
	serve func(a *API, w http.ResponseWriter, q routed)
}

// endpoints is the route table. {app_id} is the app of the request.
func endpoints() []endpoint {
	return []endpoint{
		{"apps", (*API).listApps},
		{"{app_id}/analytics/livestreams/daywise", (*API).livestreamDays},
		{"{app_id}/analytics/livestreams/overall", (*API).livestreamOverall},
	}
}

// A routed request has the identifiers in its path.
type routed struct {
	accountID, appID string
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
			return &e, routed{accountID: account, appID: app}
		}
	}
	return nil, routed{}
}
