package apitest

import (
	"net/http"
	"strings"
	"time"
)

// An endpoint is a path below an account, and what answers its requests once they
// have passed every check.
type endpoint struct {
	path   string // below /accounts/{account_id}/realtime/kit/
	answer func(a *API, w http.ResponseWriter, q question)
}

// endpoints is the route table. {app_id} is the app of the request.
func endpoints() []endpoint {
	return []endpoint{
		{"apps", (*API).listApps},
		{"{app_id}/analytics/livestreams/daywise", (*API).livestreamDays},
	}
}

// A question is a request that has been routed.
type question struct {
	accountID, appID string
	rawQuery         string
	now              time.Time
}

// route finds the endpoint of a path, and the identifiers in it. It does not clean
// the path: the real API's router would, and a client that sends ".." must notice.
func route(path string) (*endpoint, question) {
	i := strings.LastIndex(path, "/accounts/")
	if i < 0 {
		return nil, question{}
	}
	account, path, _ := strings.Cut(path[i+len("/accounts/"):], "/")
	path, ok := strings.CutPrefix(path, "realtime/kit/")
	if !ok || account == "" {
		return nil, question{}
	}
	for _, e := range endpoints() {
		before, after, hasApp := strings.Cut(e.path, "{app_id}")
		app, ok := strings.CutPrefix(path, before)
		if hasApp && ok {
			app, ok = strings.CutSuffix(app, after)
		}
		if ok && (app != "") == hasApp && !strings.Contains(app, "/") {
			return &e, question{accountID: account, appID: app}
		}
	}
	return nil, question{}
}
