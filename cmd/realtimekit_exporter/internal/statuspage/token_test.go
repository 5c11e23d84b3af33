package statuspage_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/realtimekit-exporter/realtimekit_exporter/collector"
)

func TestPage_TokenAppearsOnce(t *testing.T) {
	prepare := func(f *fixture) {
		f.plan.Accounts = append(f.plan.Accounts,
			account("second", validToken, collector.App{ID: "second-app", Name: "second-app"}),
			account("third", "", collector.App{ID: "third-app", Name: "third-app"}))
		f.config.TokenOrigins = map[string]string{accountID: "api_token in the configuration", "second": "$CLOUDFLARE_API_TOKEN", "third": "api_token_file /run/secrets/third"}
	}
	run(t, prepare, func(f *fixture) {
		f.scrape()
		page := f.page("")
		f.contains(tokens(page), "Token of 2 accounts, for 3 apps Rejected by the API token rejected for account second: it needs the permission Realtime or Realtime Admin (HTTP 403: \"Authentication error\") Requests sent 3 of at most 300 in 5m "+
			"Sustainable rate 200 per 5m Needed by these apps up to 1.1 per 5m Can be sent immediately 97 Queued requests 0 "+
			accountID+" from api_token in the configuration second from $CLOUDFLARE_API_TOKEN",
			"Token of 1 account, for 1 app No usable token api_token_file /run/secrets/third does not exist",
			"third from api_token_file /run/secrets/third")
		f.containsNone(page, validToken)
		f.containsNone(f.page("?app=third"), "Token of 2 accounts")
	})
}

func TestPage_TokensOfManyAccounts(t *testing.T) {
	prepare := func(f *fixture) {
		f.plan.Accounts = nil
		for i := range 1000 {
			id := fmt.Sprintf("account-%d", i)
			app := collector.App{ID: fmt.Sprintf("id-%d", i), Name: fmt.Sprintf("name-%04d", i)}
			f.plan.Accounts = append(f.plan.Accounts, account(id, fmt.Sprintf("token-%d", i/500), app))
		}
	}
	run(t, prepare, func(f *fixture) {
		page := f.page("")
		f.contains(tokens(page), "Token of 500 accounts, for 500 apps", "and 490 more")
		if got := strings.Count(tokens(page), "<article"); got != 1 {
			t.Errorf("%d tokens, want only the one of the apps on the page", got)
		}
		if len(page) > 100_000 {
			t.Errorf("1,000 accounts: the page has %d bytes", len(page))
		}
	})
}
