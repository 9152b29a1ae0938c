#!/bin/sh
# SPDX-License-Identifier: ISC
# jalv with a JACK server without sound card: worker, presets and state while sound goes on.
. "$(dirname "$0")/host_setup.sh"
need jalv

"$programs/make_gain_model" "$installed/overdrive.safetensors" 0.5
"$programs/make_gain_model" "$installed/other.safetensors" -0.25

. "$(dirname "$0")/host_jack.sh"

say() {
    echo "$1" >&3
}

# A UI chooses a file: patch:Set, worker, cross-fade, answer
cp "$programs/host_ui.so" "$installed/"
cat >>"$installed/manifest.ttl" <<END
@prefix ui: <http://lv2plug.in/ns/extensions/ui#> .
xl:mono ui:ui xl:test-ui .
xl:test-ui a ui:UI ; ui:binary <host_ui.so> ; lv2:extensionData ui:showInterface , ui:idleInterface .
END
XLSTM_TEST_MODEL="$installed/other.safetensors" \
    jalv -s -U "${mono%#*}#test-ui" "$mono" </dev/null >"$work/host" 2>&1 &
jalv=$!
children="$children $jalv"
wait_for xLSTM:out_1
jack_connect metro:480_bpm xLSTM:in_1
for _ in $(seq 100); do
    grep -qx "model: $installed/other.safetensors" "$work/host" && break
    sleep 0.1
done
grep -qx "model: $installed/overdrive.safetensors" "$work/host" || fail "no answer to jalv's patch:Get"
grep -qx "model: $installed/other.safetensors" "$work/host" || fail "no answer to patch:Set"
sleep 0.2
hear -0.25
kill -9 "$jalv" # with a UI it does not end by itself
wait "$jalv" || :
wait_for_end xLSTM:out_1

# Presets and controls by commands
mkfifo "$work/commands"
jalv -t "$mono" <"$work/commands" >"$work/host" 2>&1 &
jalv=$!
children="$children $jalv"
exec 3>"$work/commands"
wait_for xLSTM:out_1
jack_connect metro:480_bpm xLSTM:in_1
hear 0.5
say presets # jalv knows of none before
say "preset file://$installed/other.ttl#mono"
hear -0.25
say "set output_gain 6"
hear -0.498815
say "set output_gain 0"
hear -0.25
say "set model 3" # a number is no path
sleep 0.5
hear -0.25
say "preset file://$installed/overdrive.ttl#mono"
hear 0.5
# Models change in quick succession; the last one stays.
for i in $(seq 40); do
    say "preset file://$installed/other.ttl#mono"
    say "preset file://$installed/overdrive.ttl#mono"
    say "set output_gain $((i % 5))"
done
say "set output_gain 0"
sleep 1
hear 0.5
say "set enabled 0"
hear 1
say quit
exec 3>&-
wait "$jalv" || fail "jalv ended badly: $(cat "$work/host")"

# A session's state, model and impulse response by relative paths
mkdir "$work/session"
cp "$installed/other.safetensors" "$work/session/mine.safetensors"
make_flip "$work/session/flip.wav"
cat >"$work/session/state.ttl" <<END
@prefix lv2: <http://lv2plug.in/ns/lv2core#> .
@prefix pset: <http://lv2plug.in/ns/ext/presets#> .
@prefix state: <http://lv2plug.in/ns/ext/state#> .
<> a pset:Preset ; lv2:appliesTo <$mono> ;
	lv2:port [ lv2:symbol "output_gain" ; pset:value 6.0 ] ;
	state:state [ <${mono%#*}#model> <mine.safetensors> ; <${mono%#*}#response> <flip.wav> ] .
END
jalv -i -l "$work/session" >"$work/host" 2>&1 &
children="$children $!"
wait_for xLSTM:out_1
jack_connect metro:480_bpm xLSTM:in_1
hear 0.498815
