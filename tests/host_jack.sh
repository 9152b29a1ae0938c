# SPDX-License-Identifier: ISC
# Sourced after host_setup.sh by tests of hosts for JACK: a server without a sound card and a
# metronome to be heard. `output` names the port at which the plugin is heard.
need jackd jack_connect jack_lsp jack_metro jack_rec sox
output=xLSTM:out_1

# One name for all runs: JACK gives the place of a dead server only to one of the same name.
export JACK_DEFAULT_SERVER=xlstm-test-$(basename "$0" .sh) JACK_NO_AUDIO_RESERVATION=1
jackd --no-realtime --name "$JACK_DEFAULT_SERVER" -d dummy -r 48000 -p 256 >"$work/jackd" 2>&1 &
children="$children $!"

# wait_for PORT: until JACK has it
wait_for() {
    for _ in $(seq 100); do
        jack_lsp 2>/dev/null | grep -qx "$1" && return
        sleep 0.1
    done
    cat "$work/jackd" "$work/host" 2>/dev/null || :
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
        jack_rec -f "$work/rec.wav" -d 1 -b 32 metro:480_bpm "$output" >/dev/null 2>&1
        sox "$work/rec.wav" "$work/in.wav" remix 1 2>/dev/null
        sox "$work/rec.wav" "$work/out.wav" remix 2 2>/dev/null
        compare "$work/out.wav" "$work/in.wav" -100 "$1" >"$work/heard" && break
    done
    compare "$work/out.wav" "$work/in.wav" -100 "$1" || fail "not the gain of $1"
}
