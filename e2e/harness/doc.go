// Package e2e proves the exporter against a real Prometheus: TestMain builds
// both, each test starts them on loopback sockets before a simulated
// RealtimeKit, lets Prometheus scrape, and compares what Prometheus then knows
// with what the API said.
//
// It is a module of its own, since Prometheus has some hundred dependencies
// that the exporter shall not have.
package e2e
