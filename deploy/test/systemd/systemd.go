// Package systemd tests deploy/systemd: the unit is valid and hardened, and a real
// systemd runs the real exporter with it.
//
// It needs root, because systemd is booted as PID 1 of its own namespaces, and Debian's
// package systemd.
package systemd
