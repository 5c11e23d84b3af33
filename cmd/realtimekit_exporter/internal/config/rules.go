package main

// check notes what is wrong between values. A value that could not be read has
// its mistake already, and takes part in nothing here.
func (c *config) check(d *document, env string) {
	c.checkCache(d)
	c.checkTLS(d)
	c.checkAccounts(d, env)
}

// checkCache sees to it that an answer does not grow too old to be shown before
// it is due. It blames the ttl if the file leaves max_stale at its default.
func (c *config) checkCache(d *document) {
	ttl, stale := &c.Cache.TTL, &c.Cache.MaxStale
	if !d.sound(ttl) || !d.sound(stale) || *stale == 0 || *stale >= *ttl {
		return
	}
	if p, given := d.places[stale]; given {
		d.mistake(p, "%s is below cache.ttl (%s): expected at least that, or 0s", written(stale), written(ttl))
	} else {
		d.mistake(d.places[ttl], "%s is above cache.max_stale (%s by default): expected a max_stale of at least the ttl, or 0s", written(ttl), written(stale))
	}
}

// checkTLS applies Prometheus's own rules, unless they would only repeat that a
// value could not be read.
func (c *config) checkTLS(d *document) {
	t := &c.API.TLS
	if !d.sound(&t.CA) || !d.sound(&t.CAFile) || !d.sound(&t.Cert) || !d.sound(&t.CertFile) || !d.sound(&t.Key) || !d.sound(&t.KeyFile) {
		return
	}
	if err := t.Validate(); err != nil {
		d.mistake(d.places[t], "%v", err)
	}
	if t.MinVersion != 0 && t.MaxVersion != 0 && t.MinVersion > t.MaxVersion {
		d.mistake(d.places[&t.MaxVersion], "%v is below min_version (%v): expected at least that", t.MaxVersion.String(), t.MinVersion.String())
	}
}

func (c *config) checkAccounts(d *document, env string) {
	if _, given := d.places[&c.Accounts]; !given {
		d.mistake(place{path: "accounts"}, "is missing: expected at least one account")
	}
	accounts, names := map[string]place{}, map[string]place{}
	for i := range c.Accounts {
		a := &c.Accounts[i]
		if !d.places[a].ok {
			continue
		}
		if d.required(a, &a.ID, "account_id", identifier) {
			d.unique(accounts, a.ID, d.places[&a.ID], "each account once in the file")
		}
		a.checkToken(d, env)
		if _, given := d.places[&a.Apps]; !given {
			d.mistake(d.below(a, "apps"), "is missing: expected at least one app")
		}
		a.checkApps(d, names)
	}
}

// checkToken sees to it that an account has one token.
func (a *account) checkToken(d *document, env string) {
	literal, isLiteral := d.places[&a.literal]
	_, isFile := d.places[&a.file]
	switch {
	case isLiteral && isFile:
		d.mistake(literal, "stands beside api_token_file: expected only one of them")
	case isLiteral || isFile:
	case env == "":
		d.mistake(d.places[a], "has no token: expected api_token_file, api_token, or a value of $%s", tokenVariable)
	default:
		if _, err := validToken(env); err != nil {
			d.mistake(d.places[a], "has no token of its own, and the value of $%s (not shown) %v: expected an API token as Cloudflare shows it", tokenVariable, err)
		}
	}
}

// checkApps sees to it that no app is asked for twice, and no name means two.
func (a *account) checkApps(d *document, names map[string]place) {
	type part struct{ id, filters string }
	parts := map[part]place{}
	for i := range a.Apps {
		v := &a.Apps[i]
		if !d.places[v].ok || !d.required(v, &v.ID, "app_id", identifier) || !d.sound(&v.Name) {
			continue
		}
		id := d.places[&v.ID]
		if d.sound(&v.Filters) {
			key := part{v.ID, v.Filters}
			if first, twice := parts[key]; twice {
				d.mistake(id, "%q stands with the same filters in %s: expected each app once, or with filters of its own", v.ID, first)
				continue
			}
			parts[key] = id
		}
		name, at := v.Name, d.places[&v.Name]
		if name == "" {
			name, at = v.ID, id
		}
		d.unique(names, name, at, "a name unique over the whole file; without one, the app_id is the name")
	}
}

// unique notes a value that stands somewhere already.
func (d *document) unique(seen map[string]place, value string, p place, expected string) {
	if first, twice := seen[value]; twice {
		d.mistake(p, "%q stands already in %s: expected %s", cut(value), first, expected)
		return
	}
	seen[value] = p
}

// required reports whether a key of owner has a sound value, and notes it if
// the key is not there at all.
func (d *document) required(owner, value any, key, expected string) bool {
	p, given := d.places[value]
	if !given {
		d.mistake(d.below(owner, key), "is missing: expected %s", expected)
	}
	return p.ok
}

// sound reports whether a value is its default or could be read.
func (d *document) sound(value any) bool {
	p, given := d.places[value]
	return !given || p.ok
}

// below is the place of a key that owner lacks.
func (d *document) below(owner any, key string) place {
	p := d.places[owner]
	return place{path: p.path + "." + key, line: p.line}
}
