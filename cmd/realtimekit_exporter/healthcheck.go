package main

import (
	"context"
	"io"

	"github.com/alecthomas/kingpin/v2"

	"github.com/realtimekit-exporter/realtimekit_exporter/cmd/realtimekit_exporter/internal/healthcheck"
)

// healthcheckCommand defines the command healthcheck. Container engines run it,
// because the image has no shell and no curl.
func healthcheckCommand(app *kingpin.Application) *command {
	c := app.Command("healthcheck", "Check a running exporter, for health checks of containers. Exit with 0 if it responds with 200; otherwise print the reason and exit with 1.")
	address := c.Flag("url", "URL of the health check. A certificate is not verified on loopback. If the exporter requires a password, use its --web.health-address.").
		Default("http://127.0.0.1:11780/-/healthy").Envar("REALTIMEKIT_HEALTH_URL").String()
	return &command{clause: c, run: func(ctx context.Context, _ io.Writer) error { return healthcheck.Check(ctx, *address) }}
}
