package config

import "fmt"

// TLSFiles returns the content of the files that api.tls_config names, or why it cannot be
// read, so that a change can be detected.
func (c *Config) TLSFiles() []byte {
	var all []byte
	for _, file := range []string{c.API.TLS.CAFile, c.API.TLS.CertFile, c.API.TLS.KeyFile} {
		if file == "" {
			continue
		}
		data, err := readFile(file, maxConfigFile)
		all = fmt.Appendf(all, "%q %v\n", data, err)
	}
	return all
}
