package main

import (
	"net/url"

	promconfig "github.com/prometheus/common/config"
)

// A setting is a key of the configuration in force.
type setting struct {
	Key, Value string
	Default    bool
}

// settings lists every key but those of the accounts, in the order of the schema.
func (c *config) settings() []setting {
	base := defaultConfig()
	return settingsOf("", c.fields(), base.fields())
}

func settingsOf(path string, keys, defaults []field) (all []setting) {
	for i, k := range keys {
		switch {
		case k.list:
		case k.keys != nil:
			all = append(all, settingsOf(path+k.key+".", k.keys, defaults[i].keys)...)
		default:
			s := setting{Key: path + k.key, Value: k.shown()}
			s.Default = s.Value == defaults[i].shown()
			all = append(all, s)
		}
	}
	return all
}

// shown is the value of a leaf, unless it is a secret.
func (f field) shown() string {
	if proxy, ok := f.into.(**url.URL); ok && *proxy != nil {
		// All but the server may be a credential.
		return (&url.URL{Scheme: (*proxy).Scheme, Host: (*proxy).Host}).String() + " (anything else is hidden)"
	}
	if key, ok := f.into.(*promconfig.Secret); ok && *key != "" {
		return "hidden"
	}
	value := written(f.into)
	if value != "" && f.hide {
		return "hidden"
	}
	return value
}
