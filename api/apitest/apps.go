package apitest

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"
)

// Paging is how the list of apps is divided into pages. See [API.SetPaging].
type Paging string

// The ways of paging. All but the first one are faults that other servers have.
const (
	PagingDocumented Paging = ""          // as documented
	PagingCapped     Paging = "capped"    // at most 20 apps per page, whatever was requested
	PagingMissing    Paging = "missing"   // pages have no object paging
	PagingIgnored    Paging = "ignored"   // every page is the whole list, without an object paging
	PagingRepeated   Paging = "repeated"  // after the last page, it is repeated
	PagingTruncated  Paging = "truncated" // every page after the first one is empty
	PagingShrinking  Paging = "shrinking" // total_count falls by one with every page
	PagingEndless    Paging = "endless"   // every page has new apps
)

// SetPaging sets how lists of apps are divided into pages.
func (a *API) SetPaging(p Paging) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.paging = p
}

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

type paging struct {
	EndOffset   int `json:"end_offset"`
	StartOffset int `json:"start_offset"`
	TotalCount  int `json:"total_count"`
}

// listApps responds with a page of the apps of an account.
func (a *API) listApps(w http.ResponseWriter, q routed) {
	page, perPage, descending, err := pageQuery(q.rawQuery)
	if err != nil {
		kitError(w, http.StatusBadRequest, err.Error())
		return
	}
	all, fault := a.appsOf(q.accountID)
	if descending {
		slices.Reverse(all)
	}
	total := len(all)
	switch fault {
	case PagingDocumented, PagingMissing, PagingTruncated:
	case PagingCapped:
		perPage = min(perPage, 20)
	case PagingIgnored:
		page, perPage = 1, max(1, total)
	case PagingRepeated:
		page = min(page, max(1, (total+perPage-1)/perPage))
	case PagingShrinking:
		total = max(0, total-(page-1))
	case PagingEndless:
		for len(all) < page*perPage {
			id := fmt.Sprint("endless-", len(all))
			all = append(all, listedApp{ID: id, Name: id})
		}
		total = len(all) + 1
	}
	from := min((page-1)*perPage, len(all))
	to := min(from+perPage, len(all))
	if fault == PagingTruncated && page > 1 {
		to = from
	}
	body := struct {
		Data    []listedApp `json:"data"`
		Paging  *paging     `json:"paging,omitempty"`
		Success bool        `json:"success"`
	}{slices.Concat([]listedApp{}, all[from:to]), &paging{to, min(from+1, to), total}, true}
	if fault == PagingMissing || fault == PagingIgnored {
		body.Paging = nil
	}
	writeJSON(w, http.StatusOK, body)
}

// appsOf returns the apps of an account, the oldest first.
func (a *API) appsOf(accountID string) ([]listedApp, Paging) {
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
	return apps, a.paging
}

func pageQuery(rawQuery string) (page, perPage int, descending bool, err error) {
	q, err := url.ParseQuery(rawQuery)
	if err != nil {
		return 0, 0, false, errors.New("query can't be read")
	}
	number := func(name string, absent int) int {
		n, atoiErr := strconv.Atoi(cmp.Or(q.Get(name), strconv.Itoa(absent)))
		if atoiErr != nil || n < 1 || n > 1_000_000 {
			err = errors.New(name + " is not a positive number")
		}
		return n
	}
	page, perPage = number("page_no", 1), number("per_page", 20)
	order := cmp.Or(q.Get("sort_order"), "DESC")
	if order != "ASC" && order != "DESC" {
		err = errors.New("sort_order is neither ASC nor DESC")
	}
	return page, perPage, order == "DESC", err
}
