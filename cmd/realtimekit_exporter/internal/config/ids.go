package config

import "regexp"

// Cloudflare's identifiers, as they are today: other ones are valid too.
var (
	accountID = regexp.MustCompile(`^[0-9a-fA-F]{32}$`)
	appID     = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)
)

// isAccountID reports whether an identifier has the form of an account's.
func isAccountID(id string) bool { return accountID.MatchString(id) }

// isAppID reports whether an identifier has the form of an app's.
func isAppID(id string) bool { return appID.MatchString(id) }
