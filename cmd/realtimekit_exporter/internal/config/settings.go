package config

import (
	"net/url"

	promconfig "github.com/prometheus/common/config"
)

// A Setting is a key of the configuration and its value, for people. Secrets are
// hidden. Default is whether the value is the default.
type Setting struct {
	Key, Value string
	Default    bool
}

// Settings returns every key but those of the accounts, in the order of the schema.
func (c *Config) Settings() []Setting {
	defaults := Default()
	return settings("", c.fields(), defaults.fields())
}

func settings(path string, keys, defaults []field) (all []Setting) {
	for i, k := range keys {
		switch {
		case k.list:
		case k.keys != nil:
			all = append(all, settings(path+k.key+".", k.keys, defaults[i].keys)...)
		default:
			value := k.display()
			all = append(all, Setting{Key: path + k.key, Value: value, Default: value == defaults[i].display()})
		}
	}
	return all
}

// display formats the value of a leaf, unless it is a secret.
func (f field) display() string {
	if proxy, ok := f.into.(**url.URL); ok && *proxy != nil {
		// All but the server may be a credential.
		return (&url.URL{Scheme: (*proxy).Scheme, Host: (*proxy).Host}).String() + " (anything else is hidden)"
	}
	if key, ok := f.into.(*promconfig.Secret); ok && *key != "" {
		return "hidden"
	}
	value := format(f.into)
	if value != "" && f.secret {
		return "hidden"
	}
	return value
}
