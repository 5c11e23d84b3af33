// Package harness starts the programs that the tests need, and stops them with the
// test: the exporter, Prometheus, and a simulated RealtimeKit account that the
// exporter is configured for. A test lets Prometheus scrape the exporter and compares
// what Prometheus stores with what the API returned.
//
// Package chromium below it starts the browser; package history starts a Prometheus
// that stores months of data.
//
// The tests are in a module of their own, because Prometheus has some hundred
// dependencies that the exporter must not have.
package harness
