package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/cloudflare/cloudflare-go/v7/option"
	"github.com/cloudflare/cloudflare-go/v7/realtime_kit"
)

// MaxLiveTypes is the largest number of types of live sessions.
const MaxLiveTypes = 10

const (
	sessionsPerPage = 100
	maxSessionPages = 10
)

// LiveSessions are the sessions of an app that are live, by type.
type LiveSessions struct {
	Types      []LiveType // in the order of their names
	ServerTime time.Time  // of the first response; zero if unknown
}

// LiveType are the live sessions of a type.
type LiveType struct {
	Type         string // 1 to 64 of A-Z a-z 0-9 _ -
	Sessions     int64
	Participants int64
}

// LiveSessions requests the [sessions] of an app that are live, one request per page.
// Sessions begin and end meanwhile, so the numbers of more than one page are those of
// a time span. More than 1,000 sessions or 10 types are an error, because partial counts
// would be wrong. Any error of a request is an [*Error].
//
// Of a session, only its ID, status, type and number of participants are decoded. Its
// name is personal data, so errors do not quote the response.
//
// [sessions]: https://developers.cloudflare.com/api/resources/realtime_kit/subresources/sessions/methods/get_sessions/
func (c *Client) LiveSessions(ctx context.Context, app App) (LiveSessions, error) {
	l := list[liveSession]{noun: "sessions", pages: maxSessionPages, perPage: sessionsPerPage, key: "sessions", decode: decodeSession}
	app.personal = true
	first, err := l.read(ctx, c, app, func(page int) method {
		return func(ctx context.Context, c *Client, opts ...option.RequestOption) error {
			var p realtime_kit.SessionGetSessionsParams
			p.AccountID.Value, p.AccountID.Present = app.AccountID, true
			p.Status.Value, p.Status.Present = realtime_kit.SessionGetSessionsParamsStatusLive, true
			p.PageNo.Value, p.PageNo.Present = float64(page), true
			p.PerPage.Value, p.PerPage.Present = sessionsPerPage, true
			// A new session comes last and moves no other session to another page.
			p.SortBy.Value, p.SortBy.Present = realtime_kit.SessionGetSessionsParamsSortByCreatedAt, true
			p.SortOrder.Value, p.SortOrder.Present = realtime_kit.SessionGetSessionsParamsSortOrderAsc, true
			_, err := c.sessions.GetSessions(ctx, app.ID, p, opts...)
			return err
		}
	})
	if err != nil {
		return LiveSessions{}, err
	}
	types, err := byType(maps.Values(l.rows))
	if err != nil {
		return LiveSessions{}, first.app.malformed(err)
	}
	return LiveSessions{types, first.time()}, nil
}

// A liveSession has the used fields of a session.
type liveSession struct {
	kind         string
	participants int64
}

// decodeSession decodes a row of the list.
func decodeSession(row map[string]json.RawMessage) (id string, s liveSession, err error) {
	if id, err = decodeText(row["id"]); err != nil {
		return "", s, fmt.Errorf("id: %w", err)
	}
	if id == "" {
		return "", s, errors.New("id: is missing")
	}
	status, err := decodeText(row["status"])
	switch {
	case err != nil:
		return "", s, fmt.Errorf("status: %w", err)
	case status != "" && status != string(realtime_kit.SessionGetSessionsParamsStatusLive):
		return "", s, errors.New("status: is not LIVE, although only live sessions were requested")
	}
	if s.kind, err = decodeText(row["type"]); err != nil {
		return "", s, fmt.Errorf("type: %w", err)
	}
	if !identifier.MatchString(s.kind) {
		return "", s, errors.New("type: found no identifier (1 to 64 of A-Z a-z 0-9 _ -)")
	}
	if s.participants, err = decodeCount(row["live_participants"]); err != nil {
		return "", s, fmt.Errorf("live_participants: %w", err)
	}
	return id, s, nil
}

// byType counts sessions and their participants.
func byType(sessions iter.Seq[liveSession]) ([]LiveType, error) {
	types := make(map[string]LiveType)
	for s := range sessions {
		t := types[s.kind]
		t.Type = s.kind
		t.Sessions++
		if t.Participants += s.participants; t.Participants < 0 {
			return nil, fmt.Errorf("sum of live_participants: %w", errTooGreat)
		}
		types[s.kind] = t
	}
	if len(types) > MaxLiveTypes {
		return nil, fmt.Errorf("the sessions have %d types, more than %d", len(types), MaxLiveTypes)
	}
	return slices.SortedFunc(maps.Values(types), func(a, b LiveType) int { return strings.Compare(a.Type, b.Type) }), nil
}
