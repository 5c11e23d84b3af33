package api_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/realtimekit-exporter/realtimekit_exporter/api"
	"github.com/realtimekit-exporter/realtimekit_exporter/api/apitest"
)

// live requests the live sessions.
func live(t *testing.T, h http.Handler) (api.LiveSessions, error) {
	t.Helper()
	server := httptest.NewServer(h)
	defer server.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	return api.New(server.URL+"/client/v4", server.Client().Transport).LiveSessions(ctx, theApp())
}

// sessions are this many, of two types.
func sessions(n int) (all []apitest.Session) {
	for i := range n {
		all = append(all, apitest.Session{ID: fmt.Sprint(i), Type: []string{"meeting", "livestream"}[i%2], Participants: 2, Name: "canary-name"})
	}
	return all
}

func TestLiveSessions_Request(t *testing.T) {
	sim := newAPI()
	sim.SetLive(appID, sessions(101)...)
	got, err := live(t, sim)
	if err != nil || fmt.Sprint(got.Types) != "[{livestream 50 100} {meeting 51 102}]" || !got.ServerTime.Equal(now()) {
		t.Errorf("got %v, %v", got, err)
	}
	for i, r := range sim.Requests() {
		if query, want := r.Query.Encode(), fmt.Sprintf("page_no=%d&per_page=100&sort_by=createdAt&sort_order=ASC&status=LIVE", i+1); r.Endpoint != apitest.Sessions || query != want {
			t.Errorf("got %s?%s, want %s", r.Endpoint, query, want)
		}
	}
}

// Every list is complete, or an error. That of apps has more cases, by the same code.
func TestLiveSessions_Paging(t *testing.T) {
	const more = "page 1: the list has more than 1000 sessions"
	for _, c := range []struct {
		sessions int
		paging   apitest.Paging
		requests int
		err      string
	}{
		{sessions: 0, requests: 1},
		{sessions: 100, requests: 1},
		{sessions: 250, requests: 3},
		{sessions: 1000, requests: 10},
		{sessions: 1001, requests: 1, err: more},
		{sessions: 200, paging: apitest.PagingCapped, requests: 10},
		{sessions: 201, paging: apitest.PagingCapped, requests: 10, err: "the list of sessions is not complete after 10 pages"},
		{sessions: 250, paging: apitest.PagingMissing, requests: 4},
		{sessions: 250, paging: apitest.PagingIgnored, requests: 2},
		{sessions: 1001, paging: apitest.PagingIgnored, requests: 1, err: more},
		{sessions: 250, paging: apitest.PagingRepeated, requests: 3},
		{sessions: 250, paging: apitest.PagingTruncated, requests: 2, err: "page 2: paging.total_count is 250, but the list ends after 100 sessions"},
		{sessions: 250, paging: apitest.PagingShrinking, requests: 3}, // they end meanwhile
		{sessions: 250, paging: apitest.PagingEndless, requests: 10, err: "page 10: the list has more than 1000 sessions"},
	} {
		t.Run(fmt.Sprintf("%d sessions, paging %q", c.sessions, c.paging), func(t *testing.T) {
			sim := newAPI()
			sim.SetLive(appID, sessions(c.sessions)...)
			sim.SetPaging(c.paging)
			got, err := live(t, sim)
			if n := len(sim.Requests()); n != c.requests {
				t.Errorf("%d requests, want %d", n, c.requests)
			}
			if c.err != "" {
				if want := "malformed response for app " + appID + ", not used: " + c.err; got.Types != nil || reasonOf(err) != api.ReasonMalformed || err.Error() != want {
					t.Errorf("got %v, %v, want %s", got, err, want)
				}
				return
			}
			total := 0
			for _, of := range got.Types {
				total += int(of.Sessions)
			}
			if err != nil || total != c.sessions {
				t.Errorf("got %v, %v", got, err)
			}
		})
	}
}

func TestLiveSessions_ListChangesMeanwhile(t *testing.T) {
	page := func(total int, rows ...string) string {
		return fmt.Sprintf(`{"data":{"sessions":[%s]},"paging":{"total_count":%d},"success":true}`, strings.Join(rows, ","), total)
	}
	session := func(id string, participants int) string {
		return fmt.Sprintf(`{"id":%q,"type":"meeting","live_participants":%d}`, id, participants)
	}
	for name, c := range map[string]struct {
		pages []string
		want  string
	}{
		"a session ends, so another is on no page":   {[]string{page(3, session("a", 1), session("b", 1)), page(2)}, "[{meeting 2 2}]"},
		"two sessions end":                           {[]string{page(3, session("a", 1), session("b", 1)), page(1)}, "[{meeting 2 2}]"},
		"a session begins":                           {[]string{page(3, session("a", 1), session("b", 1)), page(4, session("c", 1), session("d", 1))}, "[{meeting 4 4}]"},
		"a session is on two pages, with more in it": {[]string{page(3, session("a", 1), session("b", 1)), page(3, session("b", 5), session("c", 1))}, "[{meeting 3 7}]"},
	} {
		if got, err := live(t, pages(c.pages...)); err != nil || fmt.Sprint(got.Types) != c.want {
			t.Errorf("%s: got %v, %v, want %s", name, got.Types, err, c.want)
		}
	}
}

func TestLiveSessions_Responses(t *testing.T) {
	row := func(fields string) string { return `{"sessions":[{"id":"a",` + fields + `}]}` }
	many := func(n int) string {
		var rows []string
		for i := range n {
			rows = append(rows, fmt.Sprintf(`{"id":"%d","type":"type-%02d"}`, i, i))
		}
		return `{"sessions":[` + strings.Join(rows, ",") + `]}`
	}
	for name, c := range map[string]struct{ data, want, err string }{
		"documented":                    {data: row(`"live_participants":3,"type":"meeting","status":"LIVE","meeting_display_name":"canary-name"`), want: "[{meeting 1 3}]"},
		"another type":                  {data: row(`"live_participants":3,"type":"participant"`), want: "[{participant 1 3}]"},
		"participants null":             {data: row(`"type":"livestream","live_participants":null`), want: "[{livestream 1 0}]"},
		"participants 3.0":              {data: row(`"type":"livestream","live_participants":3.0`), want: "[{livestream 1 3}]"},
		"data null":                     {data: `null`, want: "[]"},
		"data empty":                    {data: `{}`, want: "[]"},
		"sessions null":                 {data: `{"sessions":null}`, want: "[]"},
		"10 types":                      {data: many(10), want: "[{type-00 1 0} {type-01 1 0} {type-02 1 0} {type-03 1 0} {type-04 1 0} {type-05 1 0} {type-06 1 0} {type-07 1 0} {type-08 1 0} {type-09 1 0}]"},
		"11 types":                      {data: many(11), err: "the sessions have 11 types, more than 10"},
		"a list":                        {data: `[]`, err: "page 1: data: found an array, not an object"},
		"sessions is an object":         {data: `{"sessions":{}}`, err: "page 1: data.sessions: found an object, not an array"},
		"a session is null":             {data: `{"sessions":[null]}`, err: "page 1: data.sessions[0]: found null, not an object"},
		"no id":                         {data: `{"sessions":[{"type":"meeting"}]}`, err: "page 1: data.sessions[0]: id: is missing"},
		"an id that is a number":        {data: `{"sessions":[{"id":7}]}`, err: "page 1: data.sessions[0]: id: found a number, not a string"},
		"no type":                       {data: row(`"live_participants":3`), err: "page 1: data.sessions[0]: type: found no identifier (1 to 64 of A-Z a-z 0-9 _ -)"},
		"a type that is text":           {data: row(`"type":"canary name"`), err: "page 1: data.sessions[0]: type: found no identifier (1 to 64 of A-Z a-z 0-9 _ -)"},
		"a session that has ended":      {data: row(`"type":"meeting","status":"ENDED"`), err: "page 1: data.sessions[0]: status: is not LIVE, although only live sessions were requested"},
		"half a participant":            {data: row(`"type":"meeting","live_participants":1.5`), err: "page 1: data.sessions[0]: live_participants: found a number that is not whole"},
		"participants less than 0":      {data: row(`"type":"meeting","live_participants":-1`), err: "page 1: data.sessions[0]: live_participants: found a number that is not an unsigned number"},
		"more participants than 2^63-1": {data: `{"sessions":[{"id":"a","type":"meeting","live_participants":9223372036854775807},{"id":"b","type":"meeting","live_participants":1}]}`, err: "sum of live_participants: the number is greater than 2^63-1"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := live(t, apitest.Body(`{"data":`+c.data+`,"success":true}`))
			if c.err != "" {
				if reasonOf(err) != api.ReasonMalformed || !strings.HasSuffix(err.Error(), ", not used: "+c.err) || got.Types != nil {
					t.Errorf("got %v, %v, want %s", got, err, c.err)
				}
				return
			}
			if err != nil || fmt.Sprint(got.Types) != c.want {
				t.Errorf("got %v, %v, want %s", got.Types, err, c.want)
			}
		})
	}
}
