#!/bin/sh
# SPDX-License-Identifier: ISC
# xlstm train finds out whether a device remembers for long, and gives the model a slow path or none.
. "$(dirname "$0")/cli_setup.sh"

sox -D -R -n -r 48000 -b 24 -c 1 dry.wav synth 12 pinknoise tremolo 0.3 99 gain -n -3
sox -D dry.wav clipped.wav overdrive 30 vol 0.8
sox -D dry.wav squeezed.wav compand 0.01,0.3 -90,-90,-60,-20,0,-14
train() {
    "$xlstm" train dry.wav "$@" --size tiny --updates 500 --threads 1 --no-picture
}

train clipped.wav -o clipped.safetensors --json >said 2>errors
for candidate in rest path; do
    grep -q "^{\"update\":1,.*\"candidate\":\"$candidate\"" said || fail "silent of $candidate"
done
grep -q '^xlstm: the device seems to forget fast: .*; the model gets no slow path$' errors ||
    fail "clipping: $(cat errors)"
grep -q control clipped.safetensors && fail "a path that is not needed"

train squeezed.wav -o squeezed.safetensors >said 2>errors
grep -q '^xlstm: the device seems to remember for long: .*; the model gets a path at control rate$' errors ||
    fail "compression: $(cat errors)"
grep -q control squeezed.safetensors || fail "no path"

# go_on LIMIT...: interrupted, it goes on with the network that it had chosen
go_on() {
    set -- "$xlstm" train dry.wav clipped.wav -o again.safetensors --size tiny --threads 1 \
        --no-picture "$@"
    env --default-signal=INT "$@" --checkpoint 0.05s >said 2>errors &
    child=$!
    wait_for again.safetensors.checkpoint 3000
    kill -INT $child
    wait $child
    "$@" --resume >said 2>errors || fail "does not go on: $(cat errors)"
    grep -q 'the device seems' errors && fail "it chooses again"
    [ ! -e again.safetensors.checkpoint ] || fail "it does not end"
}

go_on --updates 500
cmp again.safetensors clipped.safetensors || fail "what was interrupted ends otherwise"
rm again.safetensors
go_on --time 3s

# A run limited by time is of the time that was asked for
env --default-signal=INT "$xlstm" train dry.wav clipped.wav -o timed.safetensors --size tiny \
    --threads 1 --no-picture --time 20s --checkpoint 0.05s >said 2>errors &
child=$!
wait_for timed.safetensors.checkpoint 3000
kill -INT $child
wait $child
got=0
"$xlstm" train dry.wav clipped.wav -o timed.safetensors --size tiny --threads 1 --no-picture \
    --time 30s --resume >said 2>errors || got=$?
[ "$got" = 1 ] && grep -q 'is of a run with time 20.0, not 30.0' errors ||
    fail "another time: status $got, $(cat errors)"

# Interrupted while it chooses, it keeps what it has learned so far, in lines of which each names
# what is tried. The first line comes after an update, from which the model must get better.
env --default-signal=INT "$xlstm" train dry.wav clipped.wav -o early.safetensors --size large \
    --threads 1 --no-picture --json >lines 2>errors &
child=$!
wait_for_text '"candidate":"rest"' lines
kill -INT $child
wait $child || fail "interrupted while it chooses: $(cat errors)"
grep -q 'the best that was tried' errors || fail "not said: $(cat errors)"
"$xlstm" info early.safetensors >/dev/null || fail "no model"
[ ! -e early.safetensors.checkpoint ] || fail "a checkpoint of a trial"
python3 - <<'END' || fail "JSON lines of an interrupted choice: $(cat lines)"
import json
lines = [json.loads(line) for line in open("lines")]
assert all(line["candidate"] == "rest" for line in lines[:-1]), lines
assert len(lines) >= 2 and lines[-1]["end"] == "interrupted", lines
assert lines[-1]["validation_esr_db"] == lines[-2]["best_esr_db"], lines
END

# With a knob the path sees its value beside the level of the newest frame
sox -D dry.wav gentle.wav compand 0.01,0.3 -90,-90,-60,-40,0,-8
train gentle.wav -k drive=0 dry.wav squeezed.wav -k drive=1 -o knob.safetensors >said 2>errors
grep -q control knob.safetensors || fail "with a knob: $(cat errors)"
for seen in watched..:2 held..:1; do
    tr -d ' ' <knob.safetensors | grep -q "$seen" || fail "the path does not see the knob: $seen"
done
echo "passed"
