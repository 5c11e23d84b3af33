// Package compose tests deploy/compose: Docker Compose's own library loads it, with
// and without an account, and the result is compared with the repository, the files of
// Prometheus and Grafana, and the exporter itself.
//
// No container runs. The tests of e2e run Prometheus and the exporter with these files.
package compose
