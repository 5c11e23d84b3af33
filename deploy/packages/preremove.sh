#!/bin/sh
# Runs before a removal and before an upgrade. Debian says "remove" for a removal, rpm 0.
set -eu

case ${1-} in
remove | 0)
	if [ -d /run/systemd/system ]; then
		systemctl disable --now realtimekit_exporter.service || true # it may have no unit any more
	fi
	;;
esac
