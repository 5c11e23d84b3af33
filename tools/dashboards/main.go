// Dashboards writes the exporter's Grafana dashboards.
//
// promql.go has the queries, panels.go what the panels have in common; each row
// of a dashboard has its own file.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

//go:generate go run . ../../dashboards

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: dashboards DIRECTORY")
		os.Exit(1)
	}
	files, err := generate()
	for name, content := range files {
		if err == nil {
			err = os.WriteFile(filepath.Join(os.Args[1], name), content, 0o644)
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// generate returns the files by name.
func generate() (map[string][]byte, error) {
	files := map[string][]byte{}
	// encoding/json escapes these for web pages.
	readable := strings.NewReplacer(`\u003c`, "<", `\u003e`, ">", `\u0026`, "&")
	for name, builder := range map[string]*boardBuilder{
		"livestreams.json": livestreamsBoard(),
		"meetings.json":    meetingsBoard(),
		"exporter.json":    exporterBoard(),
	} {
		built, err := builder.Build()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		mergeOverrides(&built)
		content, err := json.MarshalIndent(built, "", "  ")
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		files[name] = append([]byte(readable.Replace(string(content))), '\n')
	}
	return files, nil
}
