package apitest

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"time"
)

// NameApp sets the name of an app and when it was created. Otherwise the name is the
// ID, and the app was created when it was added.
func (a *API) NameApp(appID, name string, created time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	p := a.app(appID)
	p.name, p.created = &name, created
}

// RemoveApp removes an app from an account.
func (a *API) RemoveApp(accountID, appID string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.app(appID).accounts, accountID)
}

// OverrideApps is [API.Override] for the list of apps of an account.
func (a *API) OverrideApps(accountID string, h http.Handler) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.lists[accountID] = h
}

// A listedApp is a row of a list of apps.
type listedApp struct {
	CreatedAt string `json:"created_at"`
	ID        string `json:"id"`
	Name      string `json:"name"`
}

// listApps responds with a page of the apps of an account.
func (a *API) listApps(w http.ResponseWriter, q routed) {
	rows, paging, err := listPage(a.appsOf(q.accountID), q.rawQuery, a.pagingFault(), func(i int) listedApp {
		id := fmt.Sprint("endless-", i)
		return listedApp{ID: id, Name: id}
	})
	if err != nil {
		kitError(w, http.StatusBadRequest, err.Error())
		return
	}
	writeJSON(w, http.StatusOK, struct {
		Data    []listedApp `json:"data"`
		Paging  *paged      `json:"paging,omitempty"`
		Success bool        `json:"success"`
	}{rows, paging, true})
}

// appsOf returns the apps of an account, the oldest first.
func (a *API) appsOf(accountID string) []listedApp {
	a.mu.Lock()
	defer a.mu.Unlock()
	var apps []listedApp
	for id, p := range a.apps {
		if !p.accounts[accountID] {
			continue
		}
		row := listedApp{CreatedAt: p.created.UTC().Format("2006-01-02T15:04:05.000Z"), ID: id, Name: id}
		if p.name != nil {
			row.Name = *p.name
		}
		apps = append(apps, row)
	}
	slices.SortFunc(apps, func(x, y listedApp) int {
		return cmp.Or(cmp.Compare(x.CreatedAt, y.CreatedAt), cmp.Compare(x.ID, y.ID))
	})
	return apps
}
