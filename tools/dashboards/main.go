// Dashboards writes the Grafana dashboards of the exporter, from Go, where the
// compiler knows the panels' options and a reviewer sees the queries.
//
// promql.go has every query's text, panels.go what panels have in common; then
// a file for each part of a dashboard.
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

// generate returns the files by their name.
func generate() (map[string][]byte, error) {
	files := map[string][]byte{}
	// encoding/json writes for web pages; queries are there to be read.
	readable := strings.NewReplacer(`\u003c`, "<", `\u003e`, ">", `\u0026`, "&")
	for name, builder := range map[string]*boardBuilder{
		"livestreams.json": livestreams(),
		"exporter.json":    exporter(),
	} {
		built, err := builder.Build()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		content, err := json.MarshalIndent(built, "", "  ")
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		files[name] = append([]byte(readable.Replace(string(content))), '\n')
	}
	return files, nil
}
