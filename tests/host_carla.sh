#!/bin/sh
# SPDX-License-Identifier: ISC
# Carla, as its bridge for one plugin (Debian 12 has no package: CARLA names the folder of the
# programs of a build, if they are not found): sound, controls, and a state that names the model.
. "$(dirname "$0")/host_setup.sh"
PATH="${CARLA:-}:$PATH"
need carla-bridge-native Xvfb
"$programs/make_gain_model" "$installed/overdrive.safetensors" 0.5
"$programs/make_gain_model" "$installed/other.safetensors" -0.25
. "$(dirname "$0")/host_jack.sh"
output=xLSTM:Out

Xvfb -displayfd 3 -nolisten tcp 3>"$work/display" >/dev/null 2>&1 &
children="$children $!"
sleep 2
DISPLAY=:$(cat "$work/display")
export DISPLAY

# carla: starts it in the folder of its state
carla() {
    (cd "$work" && exec carla-bridge-native lv2 "" "$mono") >"$work/host" 2>&1 &
    carla=$!
    children="$children $carla"
    wait_for xLSTM:Out
    jack_connect metro:480_bpm xLSTM:In
}

# end_carla: as when its window is closed
end_carla() {
    kill "$carla"
    wait "$carla" || :
    wait_for_end xLSTM:Out
}

carla
hear 0.5
kill -USR1 "$carla" # saves the state
sleep 1
grep -q '<Value>overdrive.safetensors</Value>\|/overdrive.safetensors</Value>' "$work/xLSTM.carxs" ||
    fail "no model in Carla's state: $(cat "$work/xLSTM.carxs")"
end_carla

# Another model, as a session may bring it
sed -i "s|[^>]*overdrive.safetensors</Value>|$installed/other.safetensors</Value>|" \
    "$work/xLSTM.carxs"
carla
hear -0.25
kill -USR1 "$carla"
sleep 1
grep -q 'other.safetensors</Value>' "$work/xLSTM.carxs" ||
    fail "Carla's state lost the model: $(cat "$work/xLSTM.carxs")"
end_carla
