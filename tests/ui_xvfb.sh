#!/bin/sh
# SPDX-License-Identifier: ISC
# Runs a program under an X server of its own, which has no screen.
#   ui_xvfb.sh PROGRAM [ARGUMENT]...
set -eu
command -v Xvfb >/dev/null || {
    echo "skipped: Xvfb is not installed"
    exit 77
}
work=$(mktemp -d)
Xvfb -displayfd 3 -screen 0 2000x1400x24 -nolisten tcp -noreset 3>"$work/display" >"$work/said" 2>&1 &
server=$!
trap 'kill "$server" 2>/dev/null || :; wait "$server" 2>/dev/null || :; rm -rf "$work"' EXIT
for _ in $(seq 100); do
    [ -s "$work/display" ] && break
    sleep 0.1
done
[ -s "$work/display" ] || {
    cat "$work/said"
    echo "skipped: Xvfb does not start here"
    exit 77
}
DISPLAY=:$(cat "$work/display")
export DISPLAY
"$@"
