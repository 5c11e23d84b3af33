package config

import (
	"errors"
	"fmt"
	"strings"
)

// AccountVariable is the environment variable with the account that is served
// without a configuration file.
const AccountVariable = "CLOUDFLARE_ACCOUNT_ID"

// DirectoryVariable is the environment variable with cache.directory then.
const DirectoryVariable = "REALTIMEKIT_CACHE_DIRECTORY"

// FromEnvironment returns the configuration without a file: every app of the account
// in [AccountVariable], with the token in [TokenVariable], and the defaults, except for
// the directory in [DirectoryVariable], if it is set.
func FromEnvironment(env func(string) string) (*Config, error) {
	c, errs := Default(), []error(nil)
	c.Cache.Directory = env(DirectoryVariable)
	id := strings.TrimSpace(env(AccountVariable))
	if !isIdentifier(id) {
		errs = append(errs, fmt.Errorf("the value of $%s (hidden) is not an identifier: expected %s", AccountVariable, identifier))
	}
	if isAppID(id) {
		c.Warnings = append(c.Warnings, fmt.Sprintf("the value of $%s looks like the ID of an app (a UUID): the ID of an account has 32 hexadecimal digits", AccountVariable))
	}
	token, err := validToken(env(TokenVariable))
	if err != nil {
		errs = append(errs, fmt.Errorf("the value of $%s (hidden) %w: expected %s", TokenVariable, err, tokenFormat))
	}
	if err := checkProxyVariable(env); err != nil {
		errs = append(errs, err)
	}
	c.Accounts = []Account{{ID: id, Token: NewToken(token, "$"+TokenVariable), Discover: EveryApp()}}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	return &c, nil
}
