package config

// check applies the rules between values. It ignores invalid values, which already have a
// problem.
func (c *Config) check(d *document, env func(string) string) {
	c.checkReports(d)
	c.checkCache(d)
	c.checkTLS(d)
	c.checkAccounts(d, env(TokenVariable))
	if c.API.ProxyURL == nil && d.valid(&c.API.ProxyURL) {
		if err := checkProxyVariable(env); err != nil {
			d.problem(position{}, "%v", err)
		}
	}
}

// checkReports refuses a report that is listed twice.
func (c *Config) checkReports(d *document) {
	seen := map[string]position{}
	for i := range c.Reports {
		if name := &c.Reports[i]; d.positions[name].ok {
			d.unique(seen, *name, d.positions[name], "each report once")
		}
	}
}

// checkCache refuses a max_stale below the ttl. The problem is reported at the ttl if
// max_stale has its default.
func (c *Config) checkCache(d *document) {
	ttl, stale := &c.Cache.TTL, &c.Cache.MaxStale
	if !d.valid(ttl) || !d.valid(stale) || *stale == 0 || *stale >= *ttl {
		return
	}
	if p, given := d.positions[stale]; given {
		d.problem(p, "%s is below cache.ttl (%s): expected at least that, or 0s", format(stale), format(ttl))
	} else {
		d.problem(d.positions[ttl], "%s is above cache.max_stale (%s by default): expected a max_stale of at least the ttl, or 0s", format(ttl), format(stale))
	}
}

// checkTLS applies Prometheus's own rules, unless they would only repeat that a
// value is not valid.
func (c *Config) checkTLS(d *document) {
	t := &c.API.TLS
	if !d.valid(&t.Cert) || !d.valid(&t.CertFile) || !d.valid(&t.Key) || !d.valid(&t.KeyFile) {
		return
	}
	if err := t.Validate(); err != nil {
		d.problem(d.positions[t], "%v", err)
	}
	if t.MinVersion != 0 && t.MaxVersion != 0 && t.MinVersion > t.MaxVersion {
		d.problem(d.positions[&t.MaxVersion], "%v is below min_version (%v): expected at least that", t.MaxVersion.String(), t.MinVersion.String())
	}
}

func (c *Config) checkAccounts(d *document, envToken string) {
	switch p, given := d.positions[&c.Accounts]; {
	case !given:
		d.problem(position{path: "accounts"}, "is missing: expected at least one account")
	case p.ok:
		d.problem(p, "is empty: expected at least one account")
	}
	accounts, names := map[string]position{}, map[string]position{}
	for i := range c.Accounts {
		a := &c.Accounts[i]
		if !d.positions[a].ok {
			continue
		}
		if d.required(a, &a.ID, "account_id", identifier) {
			d.unique(accounts, a.ID, d.positions[&a.ID], "each account once")
			if isAppID(a.ID) {
				d.warning(d.positions[&a.ID], "%q looks like the ID of an app (a UUID): the ID of an account has 32 hexadecimal digits", a.ID)
			}
		}
		a.checkToken(d, envToken)
		a.checkSource(d)
		a.checkApps(d, names)
	}
}

// checkSource requires apps of an account that does not discover them.
func (a *Account) checkSource(d *document) {
	if _, discovers := d.positions[&a.Discover]; discovers {
		return
	}
	const expected = "at least one app, or the key discover"
	switch p, given := d.positions[&a.Apps]; {
	case !given:
		d.problem(d.below(a, "apps"), "is missing: expected %s", expected)
	case p.ok:
		d.problem(p, "is empty: expected %s", expected)
	}
}

// checkToken requires exactly one token for an account.
func (a *Account) checkToken(d *document, envToken string) {
	literal, isLiteral := d.positions[&a.literal]
	_, isFile := d.positions[&a.file]
	switch {
	case isLiteral && isFile:
		d.problem(literal, "is mutually exclusive with api_token_file: expected only one of them")
	case isLiteral || isFile:
	case envToken == "":
		d.problem(d.positions[a], "has no token: expected api_token_file, api_token, or a value of $%s", TokenVariable)
	default:
		if _, err := validToken(envToken); err != nil {
			d.problem(d.positions[a], "has no token of its own, and the value of $%s (hidden) %v: expected %s", TokenVariable, err, tokenFormat)
		}
	}
}

// checkApps refuses an app that is requested twice, and a name of two apps.
func (a *Account) checkApps(d *document, names map[string]position) {
	type part struct{ id, filters string }
	parts := map[part]position{}
	for i := range a.Apps {
		v := &a.Apps[i]
		if !d.positions[v].ok || !d.required(v, &v.ID, "app_id", identifier) || !d.valid(&v.Name) {
			continue
		}
		id := d.positions[&v.ID]
		if isAccountID(v.ID) {
			d.warning(id, "%q looks like the ID of an account (32 hexadecimal digits): the ID of an app is a UUID", v.ID)
		}
		if d.valid(&v.Filters) {
			key := part{v.ID, v.Filters}
			if first, twice := parts[key]; twice {
				d.problem(id, "%q is a duplicate of %s with the same filters: expected each app once, or with different filters", v.ID, first)
				continue
			}
			parts[key] = id
		}
		name, at := v.Name, d.positions[&v.Name]
		if name == "" {
			name, at = v.ID, id
		}
		d.unique(names, name, at, "a unique name; without one, the app_id is the name")
	}
}

// unique adds a problem for a value that has been seen at another position.
func (d *document) unique(seen map[string]position, value string, p position, expected string) {
	if first, twice := seen[value]; twice {
		d.problem(p, "%q is a duplicate of %s: expected %s", truncate(value), first, expected)
		return
	}
	seen[value] = p
}

// required reports whether a key of owner has a valid value, and adds a problem if
// the key is missing.
func (d *document) required(owner, value any, key, expected string) bool {
	p, given := d.positions[value]
	if !given {
		d.problem(d.below(owner, key), "is missing: expected %s", expected)
	}
	return p.ok
}

// valid reports whether a value is valid, or the file does not have it.
func (d *document) valid(value any) bool {
	p, given := d.positions[value]
	return !given || p.ok
}

// below is the position of a key that owner does not have.
func (d *document) below(owner any, key string) position {
	p := d.positions[owner]
	return position{path: p.path + "." + key, line: p.line}
}
