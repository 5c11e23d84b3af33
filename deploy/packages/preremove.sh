#!/bin/sh
# Runs before a removal or upgrade. The argument of a removal is "remove" on Debian, 0 with rpm.
set -eu

case ${1-} in
remove | 0)
	if [ -d /run/systemd/system ]; then
		systemctl disable --now realtimekit_exporter.service || true # the unit may no longer exist
	fi
	;;
esac
