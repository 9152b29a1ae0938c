#!/bin/sh
# SPDX-License-Identifier: ISC
# ecasound gives what `xlstm render` gives, at any block length.
. "$(dirname "$0")/host_setup.sh"
need ecasound sox

"$XLSTM" signal --seconds 80 --format float "$work/signal.wav" >/dev/null
sox "$work/signal.wav" "$work/in.wav" trim 20 10 2>/dev/null
"$XLSTM" render --quiet --model "$installed/overdrive.safetensors" --gain=6 --output-gain=-6 \
    --mix=50 "$work/in.wav" --output "$work/expected.wav"

# What follows enabled, input gain and output gain: mix, knobs, gate off, no switch but the cabinet's,
# full quality, no oversampling, no triggers. ecasound takes 0 for what is left out.
rest=0.5,0.5,0.5,0.5,0.5,-100,0,0,0,12,1,2,1,0,0
for block in 64 1000; do
    rm -f "$work/out.wav"
    ecasound -C -b:$block -f:f32_le,1,48000 -i "$work/in.wav" -o "$work/out.wav" \
        "-elv2:$mono,1,6,-6,$rest" >"$work/said" 2>&1 || fail "$(cat "$work/said")"
    compare "$work/out.wav" "$work/expected.wav" -120
done

# Automation: the third control, the output gain, goes from 0 to -12 dB within five seconds.
rm -f "$work/out.wav"
ecasound -C -b:64 -f:f32_le,1,48000 -i "$work/in.wav" -o "$work/out.wav" \
    "-elv2:$mono,1,6,0,$rest" -kl:3,0,-12,5 >"$work/said" 2>&1 || fail "$(cat "$work/said")"
"$XLSTM" render --quiet --overwrite --model "$installed/overdrive.safetensors" --gain=6 --mix=50 \
    "$work/in.wav" --output "$work/expected.wav"
compare "$work/out.wav" "$work/expected.wav" -100 0.251188643 264000
