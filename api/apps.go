package api

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/cloudflare/cloudflare-go/v7/option"
	"github.com/cloudflare/cloudflare-go/v7/realtime_kit"
)

// AppsPerPage is how many apps are requested at a time.
const AppsPerPage = 100

const (
	maxAppPages = 100
	maxApps     = AppsPerPage * maxAppPages
)

// A ListedApp is an app in the list of an account.
type ListedApp struct {
	ID      string // safe in the path of a URL
	Name    string // any text, also none
	Created time.Time
}

// Apps requests the [list of the apps] of an account, one request per page. app
// names the account and has no ID. The result is the whole list, the oldest app
// first: if pages are missing or contradict each other, that is an error. Any error
// of a request is an [*Error].
//
// [list of the apps]: https://developers.cloudflare.com/api/resources/realtime_kit/subresources/apps/methods/get/
func (c *Client) Apps(ctx context.Context, app App) ([]ListedApp, error) {
	l := appList{apps: make(map[string]ListedApp)}
	for page := 1; ; page++ {
		resp, err := c.request(ctx, app, func(ctx context.Context, c *Client, opts ...option.RequestOption) error {
			var p realtime_kit.AppGetParams
			p.AccountID.Value, p.AccountID.Present = app.AccountID, true
			p.PageNo.Value, p.PageNo.Present = int64(page), true
			p.PerPage.Value, p.PerPage.Present = AppsPerPage, true
			// A new app comes last and moves no other app to another page.
			p.SortOrder.Value, p.SortOrder.Present = realtime_kit.AppGetParamsSortOrderAsc, true
			_, err := c.apps.Get(ctx, p, opts...)
			return err
		})
		if err != nil {
			return nil, err
		}
		data, paging, err := resp.page()
		if err != nil {
			return nil, err
		}
		complete, err := l.add(data, paging)
		switch {
		case err != nil:
			return nil, resp.app.malformed(fmt.Errorf("page %d: %w", page, err))
		case complete:
			return l.sorted(), nil
		case page == maxAppPages:
			return nil, resp.app.malformed(fmt.Errorf("the list of apps is not complete after %d pages", page))
		}
	}
}

// An appList is what the pages of a list have brought so far.
type appList struct {
	apps  map[string]ListedApp // by ID
	total int64                // number of apps in the account, as of the last page that has it
	known bool                 // whether any page has it
}

// add adds a page and reports whether the list is complete. It is if it has as many
// apps as the API counts. A page without a new app is the last one, because an API
// that ignores paging repeats its first page. The offsets are not used: they cannot
// make an incomplete list complete.
func (l *appList) add(data, paging json.RawMessage) (complete bool, err error) {
	before := len(l.apps)
	if err := l.addApps(data); err != nil {
		return false, err
	}
	if err := l.addTotal(paging); err != nil {
		return false, err
	}
	n := int64(len(l.apps))
	switch {
	case n > maxApps:
		return false, fmt.Errorf("the list has more than %d apps", maxApps)
	case l.known && n > l.total:
		return false, fmt.Errorf("paging.total_count is %d, but the list has %d apps", l.total, n)
	case l.known && n == l.total:
		return true, nil
	case len(l.apps) > before:
		return false, nil
	case l.known:
		return false, fmt.Errorf("paging.total_count is %d, but the list ends after %d apps", l.total, n)
	}
	return true, nil
}

func (l *appList) addApps(data json.RawMessage) error {
	if data == nil {
		return nil
	}
	rows, err := decodeArray(data)
	if err != nil {
		return fmt.Errorf("data: %w", err)
	}
	for i, raw := range rows {
		app, err := decodeApp(raw)
		if err != nil {
			return fmt.Errorf("data[%d]: %w", i, err)
		}
		if other, ok := l.apps[app.ID]; ok && other != app {
			return fmt.Errorf("data[%d]: duplicate id with another name or created_at", i)
		}
		l.apps[app.ID] = app
	}
	return nil
}

// addTotal reads the number of apps. If it falls while pages are read, an app may
// have moved from a page that is still to be read to one that has been.
func (l *appList) addTotal(raw json.RawMessage) error {
	if absent(raw) {
		return nil
	}
	paging, err := decodeObject(raw)
	if err != nil {
		return fmt.Errorf("paging: %w", err)
	}
	if absent(paging["total_count"]) {
		return nil
	}
	total, err := decodeCount(paging["total_count"])
	if err != nil {
		return fmt.Errorf("paging.total_count: %w", err)
	}
	if l.known && total < l.total {
		return fmt.Errorf("paging.total_count fell from %d to %d: the list changed while it was read", l.total, total)
	}
	l.total, l.known = total, true
	return nil
}

func (l *appList) sorted() []ListedApp {
	apps := make([]ListedApp, 0, len(l.apps))
	for _, app := range l.apps {
		apps = append(apps, app)
	}
	slices.SortFunc(apps, func(a, b ListedApp) int {
		return cmp.Or(a.Created.Compare(b.Created), strings.Compare(a.ID, b.ID))
	})
	return apps
}

var identifier = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// IsIdentifier reports whether s is safe in the path of a URL, as every identifier must
// be that is not from the API.
func IsIdentifier(s string) bool { return identifier.MatchString(s) }

func decodeApp(raw json.RawMessage) (app ListedApp, err error) {
	row, err := decodeObject(raw)
	if err != nil {
		return app, err
	}
	if app.ID, err = decodeText(row["id"]); err != nil {
		return app, fmt.Errorf("id: %w", err)
	}
	if !IsIdentifier(app.ID) {
		return app, errors.New("id: found no identifier (1 to 64 of A-Z a-z 0-9 _ -)")
	}
	if app.Name, err = decodeText(row["name"]); err != nil {
		return app, fmt.Errorf("name: %w", err)
	}
	created, err := decodeText(row["created_at"])
	if err != nil {
		return app, fmt.Errorf("created_at: %w", err)
	}
	if created == "" {
		return app, nil
	}
	t, err := time.Parse(time.RFC3339, created)
	if err != nil {
		return app, errors.New("created_at: found no date-time (RFC 3339)")
	}
	app.Created = t.UTC()
	return app, nil
}
