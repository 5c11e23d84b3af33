// Rules writes the recording rules of the exporter's daily metrics.
package main

import (
	"fmt"
	"os"
)

//go:generate go run . ../../dashboards/rules/recording.yml

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: rules FILE")
		os.Exit(1)
	}
	content, err := generate()
	if err == nil {
		err = os.WriteFile(os.Args[1], content, 0o644)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
