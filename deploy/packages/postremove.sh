#!/bin/sh
# Runs after a removal or upgrade, and for Debian's "purge", which also deletes the token and
# the state. The user is kept, because it may own other files.
set -eu

if [ -d /run/systemd/system ]; then
	systemctl daemon-reload
fi
if [ "${1-}" = purge ]; then
	rm -rf /var/lib/realtimekit_exporter /etc/realtimekit_exporter/cloudflare_api_token
	rmdir --ignore-fail-on-non-empty /etc/realtimekit_exporter 2>/dev/null || true
fi
