package main

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/realtimekit-exporter/realtimekit_exporter/api/apitest"
)

// apiCommand controls the simulated API:
//
//	api accept TOKEN                          for the account of the script
//	api accept TOKEN ACCOUNT APP              for another account that has one app
//	api revoke TOKEN
//	api day APP DATE SESSIONS INGEST VIEWS    restates it
//	api fail APP hang|slow
//	api fail APP STATUS [BODY [HEADER…]]
//	api heal APP
//	api requests                              its log as stdout: APP TOKEN STATUS
//	api await APP [TOKEN]                     waits for a request
//	api forget                                empties its log
func apiCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: api VERB …")
	}
	a := fixtureOf(ts).api
	verb, args := args[0], args[1:]
	switch {
	case verb == "accept" && len(args) == 1:
		a.AddToken(args[0], scriptAccount)
	case verb == "accept" && len(args) == 3:
		a.AddToken(args[0], args[1])
		a.AddEmptyApp(args[1], args[2])
	case verb == "revoke" && len(args) == 1:
		a.RemoveToken(args[0])
	case verb == "day" && len(args) == 5:
		day := apitest.Day{Date: args[1]}
		for i, n := range []*int64{&day.Sessions, &day.IngestSeconds, &day.ViewerSeconds} {
			var err error
			*n, err = strconv.ParseInt(args[i+2], 10, 64)
			ts.Check(err)
		}
		a.SetDay(args[0], day)
	case verb == "fail" && len(args) == 2 && args[1] == "hang":
		a.Override(args[0], apitest.Hang())
	case verb == "fail" && len(args) == 2 && args[1] == "slow":
		a.Override(args[0], apitest.Slow(200*time.Millisecond, nil))
	case verb == "fail" && len(args) >= 2:
		a.Override(args[0], failure(ts, args[1:]))
	case verb == "heal" && len(args) == 1:
		a.Override(args[0], nil)
	case verb == "requests" && len(args) == 0:
		fmt.Fprint(ts.Stdout()) // also when the log is empty
		for _, r := range a.Requests() {
			fmt.Fprintln(ts.Stdout(), r.AppID, r.Token, r.Status)
		}
	case verb == "await" && (len(args) == 1 || len(args) == 2):
		if !poll(func() bool { return requested(a, args) }) {
			ts.Fatalf("there was none")
		}
	case verb == "forget" && len(args) == 0:
		a.ResetRequests()
	default:
		ts.Fatalf("unknown: api %s %s", verb, strings.Join(args, " "))
	}
}

func failure(ts *testscript.TestScript, args []string) http.Handler {
	status, err := strconv.Atoi(args[0])
	ts.Check(err)
	header, body := http.Header{}, ""
	if len(args) > 1 {
		body = args[1]
		for _, line := range args[2:] {
			name, value, _ := strings.Cut(line, ": ")
			header.Set(name, value)
		}
	}
	return apitest.Status(status, header, body)
}

// requested reports whether there has been a request for an app, with a token if that
// is given as well.
func requested(a *apitest.API, appAndToken []string) bool {
	for _, r := range a.Requests() {
		if r.AppID == appAndToken[0] && (len(appAndToken) == 1 || r.Token == appAndToken[1]) {
			return true
		}
	}
	return false
}
