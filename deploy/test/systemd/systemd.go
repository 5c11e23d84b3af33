// Package systemd proves what deploy/systemd promises: the unit is well-formed and
// well-hardened, and the real systemd runs the real exporter by it.
//
// It takes root, since systemd is booted as PID 1 of namespaces of its own, and
// Debian's package systemd.
package systemd
