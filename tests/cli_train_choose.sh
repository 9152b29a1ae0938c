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

train clipped.wav -o clipped.safetensors >said 2>errors
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

# With a knob the path sees its value beside the level of the newest frame
sox -D dry.wav gentle.wav compand 0.01,0.3 -90,-90,-60,-40,0,-8
train gentle.wav -k drive=0 dry.wav squeezed.wav -k drive=1 -o knob.safetensors >said 2>errors
grep -q control knob.safetensors || fail "with a knob: $(cat errors)"
for seen in watched..:2 held..:1; do
    tr -d ' ' <knob.safetensors | grep -q "$seen" || fail "the path does not see the knob: $seen"
done
echo "passed"
