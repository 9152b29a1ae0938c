#!/bin/sh
# SPDX-License-Identifier: ISC
# jalv with a JACK server without sound card: worker, presets and state while sound goes on.
. "$(dirname "$0")/host_setup.sh"
need jackd jalv jack_connect jack_lsp jack_metro jack_rec sox

"$programs/make_gain_model" "$installed/overdrive.safetensors" 0.5
"$programs/make_gain_model" "$installed/other.safetensors" -0.25

# One name for all runs: JACK gives the place of a dead server only to one of the same name.
export JACK_DEFAULT_SERVER=xlstm-test-jalv JACK_NO_AUDIO_RESERVATION=1
jackd --no-realtime --name "$JACK_DEFAULT_SERVER" -d dummy -r 48000 -p 256 >"$work/jackd" 2>&1 &
children="$children $!"

# wait_for PORT: until JACK has it
wait_for() {
    for _ in $(seq 100); do
        jack_lsp 2>/dev/null | grep -qx "$1" && return
        sleep 0.1
    done
    cat "$work/jackd" "$work/jalv" 2>/dev/null || :
    fail "JACK has no port $1"
}

# wait_for_end PORT: until JACK has it no more
wait_for_end() {
    for _ in $(seq 100); do
        jack_lsp | grep -qx "$1" || return 0
        sleep 0.1
    done
    fail "port $1 does not go away"
}

sleep 0.5
grep -q "^Failed to open server" "$work/jackd" && skip "JACK's dummy server does not start here"
wait_for system:capture_1
jack_metro --bpm 480 --name metro >/dev/null 2>&1 &
children="$children $!"
wait_for metro:480_bpm

# hear GAIN: soon what comes out is what goes in times that
hear() {
    for _ in 1 2 3 4 5 6 7 8; do
        jack_rec -f "$work/rec.wav" -d 1 -b 32 metro:480_bpm xLSTM:out_1 >/dev/null 2>&1
        sox "$work/rec.wav" "$work/in.wav" remix 1 2>/dev/null
        sox "$work/rec.wav" "$work/out.wav" remix 2 2>/dev/null
        compare "$work/out.wav" "$work/in.wav" -100 "$1" >"$work/heard" && break
    done
    compare "$work/out.wav" "$work/in.wav" -100 "$1" || fail "not the gain of $1"
}

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
    jalv -s -U "${mono%#*}#test-ui" "$mono" </dev/null >"$work/jalv" 2>&1 &
jalv=$!
children="$children $jalv"
wait_for xLSTM:out_1
jack_connect metro:480_bpm xLSTM:in_1
for _ in $(seq 100); do
    grep -qx "model: $installed/other.safetensors" "$work/jalv" && break
    sleep 0.1
done
grep -qx "model: $installed/overdrive.safetensors" "$work/jalv" || fail "no answer to jalv's patch:Get"
grep -qx "model: $installed/other.safetensors" "$work/jalv" || fail "no answer to patch:Set"
sleep 0.2
hear -0.25
kill -9 "$jalv" # with a UI it does not end by itself
wait "$jalv" || :
wait_for_end xLSTM:out_1

# Presets and controls by commands
mkfifo "$work/commands"
jalv -t "$mono" <"$work/commands" >"$work/jalv" 2>&1 &
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
say "set enabled 0"
hear 1
say quit
exec 3>&-
wait "$jalv" || fail "jalv ended badly: $(cat "$work/jalv")"

# A session's state, the model by a relative path
mkdir "$work/session"
cp "$installed/other.safetensors" "$work/session/mine.safetensors"
cat >"$work/session/state.ttl" <<END
@prefix lv2: <http://lv2plug.in/ns/lv2core#> .
@prefix pset: <http://lv2plug.in/ns/ext/presets#> .
@prefix state: <http://lv2plug.in/ns/ext/state#> .
<> a pset:Preset ; lv2:appliesTo <$mono> ;
	lv2:port [ lv2:symbol "output_gain" ; pset:value 6.0 ] ;
	state:state [ <${mono%#*}#model> <mine.safetensors> ] .
END
jalv -i -l "$work/session" >"$work/jalv" 2>&1 &
children="$children $!"
wait_for xLSTM:out_1
jack_connect metro:480_bpm xLSTM:in_1
hear -0.498815
