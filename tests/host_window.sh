#!/bin/sh
# SPDX-License-Identifier: ISC
# The plugin's window inside of jalv's, with GTK and with Qt: it opens, a click on its arrow changes
# the model, and jalv ends well.
. "$(dirname "$0")/host_setup.sh"
need Xvfb xdotool
[ -e "$installed/xlstm_ui.so" ] || skip "built without a window"
"$programs/make_gain_model" "$installed/overdrive.safetensors" 0.5
"$programs/make_gain_model" "$installed/other.safetensors" -0.25 # the one before, by name
. "$(dirname "$0")/host_jack.sh"

Xvfb -displayfd 3 -noreset -nolisten tcp -screen 0 1600x1000x24 3>"$work/display" >/dev/null 2>&1 &
children="$children $!"
sleep 2
DISPLAY=:$(cat "$work/display")
export DISPLAY XDG_RUNTIME_DIR="$work"

# place KEY: of our window, as found last
place() {
    sed -n "s/^$1=//p" "$work/place"
}

# find_window: the one that is as large as our design
find_window() {
    for _ in $(seq 50); do
        for window in $(xdotool search --name '^xLSTM' 2>/dev/null); do
            xdotool getwindowgeometry --shell "$window" >"$work/place" 2>/dev/null
            [ "$(place WIDTH) $(place HEIGHT)" = "920 560" ] && return
        done
        sleep 0.2
    done
    fail "no window of ours in $1: $(cat "$work/host")"
}

hosts=
for host in jalv.gtk3 jalv.qt5; do
    command -v "$host" >/dev/null || continue
    hosts="$hosts $host"
    "$host" "$mono" >"$work/host" 2>&1 &
    jalv=$!
    children="$children $jalv"
    wait_for xLSTM:out_1
    jack_connect metro:480_bpm xLSTM:in_1
    find_window "$host"
    hear 0.5
    xdotool mousemove $(($(place X) + 112)) $(($(place Y) + 100)) click 1
    sleep 0.5
    hear -0.25
    kill "$jalv"
    wait "$jalv" || fail "$host ended badly: $(cat "$work/host")"
    wait_for_end xLSTM:out_1
done
[ -n "$hosts" ] || skip "no jalv with a toolkit is installed"
echo "opened in$hosts"
