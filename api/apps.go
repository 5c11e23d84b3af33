package api

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/cloudflare/cloudflare-go/v7/option"
	"github.com/cloudflare/cloudflare-go/v7/realtime_kit"
)

// AppsPerPage is how many apps are requested at a time.
const AppsPerPage = 100

const maxAppPages = 100

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
	l := list[ListedApp]{noun: "apps", pages: maxAppPages, perPage: AppsPerPage, decode: decodeApp, conflict: "another name or created_at"}
	_, err := l.read(ctx, c, app, func(page int) method {
		return func(ctx context.Context, c *Client, opts ...option.RequestOption) error {
			var p realtime_kit.AppGetParams
			p.AccountID.Value, p.AccountID.Present = app.AccountID, true
			p.PageNo.Value, p.PageNo.Present = int64(page), true
			p.PerPage.Value, p.PerPage.Present = AppsPerPage, true
			// A new app comes last and moves no other app to another page.
			p.SortOrder.Value, p.SortOrder.Present = realtime_kit.AppGetParamsSortOrderAsc, true
			_, err := c.apps.Get(ctx, p, opts...)
			return err
		}
	})
	if err != nil {
		return nil, err
	}
	return slices.SortedFunc(maps.Values(l.rows), func(a, b ListedApp) int {
		return cmp.Or(a.Created.Compare(b.Created), strings.Compare(a.ID, b.ID))
	}), nil
}

var identifier = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// IsIdentifier reports whether s is safe in the path of a URL, as every identifier must
// be that is not from the API.
func IsIdentifier(s string) bool { return identifier.MatchString(s) }

// decodeApp decodes a row of the list.
func decodeApp(row map[string]json.RawMessage) (id string, app ListedApp, err error) {
	if app.ID, err = decodeText(row["id"]); err != nil {
		return "", app, fmt.Errorf("id: %w", err)
	}
	if !IsIdentifier(app.ID) {
		return "", app, errors.New("id: found no identifier (1 to 64 of A-Z a-z 0-9 _ -)")
	}
	if app.Name, err = decodeText(row["name"]); err != nil {
		return "", app, fmt.Errorf("name: %w", err)
	}
	created, err := decodeText(row["created_at"])
	if err != nil {
		return "", app, fmt.Errorf("created_at: %w", err)
	}
	if created == "" {
		return app.ID, app, nil
	}
	t, err := time.Parse(time.RFC3339, created)
	if err != nil {
		return "", app, errors.New("created_at: found no date-time (RFC 3339)")
	}
	app.Created = t.UTC()
	return app.ID, app, nil
}
