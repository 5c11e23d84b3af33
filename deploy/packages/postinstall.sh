#!/bin/sh
# Runs after an installation or upgrade of the .deb or .rpm. An upgrade restarts a running
# service. An installation does not start the service, because there is no token yet.
set -eu

if command -v systemd-sysusers >/dev/null; then
	systemd-sysusers realtimekit_exporter.conf
fi
if [ -d /run/systemd/system ]; then
	systemctl daemon-reload
	systemctl try-restart realtimekit_exporter.service || true # systemctl prints the reason; the package is installed
fi
if [ ! -e /etc/realtimekit_exporter/cloudflare_api_token ]; then
	cat <<'TEXT'
realtimekit_exporter: write your account and apps into /etc/realtimekit_exporter/config.yml,
write the API token to a file (paste it, Return, Ctrl-D), and start the service:
  (umask 077; cat > /etc/realtimekit_exporter/cloudflare_api_token)
  systemctl enable --now realtimekit_exporter
TEXT
fi
