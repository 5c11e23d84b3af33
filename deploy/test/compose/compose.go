// Package compose proves deploy/compose: Docker Compose's own library loads it,
// with and without an account, and what comes out is held against the repository,
// Prometheus's and Grafana's files, and the exporter itself.
//
// No container runs. That Prometheus and the exporter get along with these very
// files is what e2e shows.
package compose
