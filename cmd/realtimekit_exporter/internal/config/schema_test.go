package config

// A configKey is a key with a value, as the documentation lists it.
type configKey struct{ Path, Default string }

// configKeys are all keys with a value, in the order of the schema.
func configKeys() []configKey {
	c := Default()
	return leaves("", c.fields())
}

func leaves(prefix string, fields []field) []configKey {
	var all []configKey
	for _, f := range fields {
		path := prefix + f.key
		switch {
		case f.list:
			all = append(all, leaves(path+"[].", f.keys)...)
		case f.keys != nil:
			all = append(all, leaves(path+".", f.keys)...)
		default:
			all = append(all, configKey{path, format(f.into)})
		}
	}
	return all
}
