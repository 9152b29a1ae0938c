#!/bin/sh
# SPDX-License-Identifier: ISC
# What `xlstm train` writes into a model about itself: facts that were given, the loudness it has.
. "$(dirname "$0")/cli_setup.sh"

sox -D -n -r 48000 -b 24 -c 1 steady.wav synth 12 sine 220 gain -9
sox -D steady.wav wet.wav overdrive 6
# without slow memory, so that a steady tone gives one
echo '{"in_proj": false, "direct": true, "layers": [{"type": "lstm", "hidden_size": 8}]}' >small.json
"$xlstm" train steady.wav wet.wav -o tiny.safetensors --network small.json --updates 60 --threads 1 \
    --name 'Böx' --gear box --author me --licence ISC --input-level=-0.79 --output-level=4 >said 2>log
! grep -q "$(printf '\033')" log || fail "a status line where there is no terminal"
"$xlstm" info --json tiny.safetensors >info
for fact in '"name":"Böx"' '"gear":"box"' '"author":"me"' '"licence":"ISC"' \
    '"input_level_dbu":-0.79' '"output_level_dbu":4.0' '"made_by":"xlstm train, seed 1'; do
    grep -qF "$fact" info || fail "no $fact: $(cat info)"
done

# A steady tone has no pauses: sox's RMS is the loudness
"$xlstm" render -q -m tiny.safetensors steady.wav -o answer.wav
sox answer.wav -n stats 2>stats
stated=$(sed 's/.*"loudness_dbfs":\([-0-9.]*\).*/\1/' info)
measured=$(awk '/^RMS lev dB/ { print $4 }' stats)
awk "BEGIN { d = $stated - $measured; exit !(d > -0.1 && d < 0.1) }" ||
    fail "states $stated dBFS, has $measured"
# so --normalise works, to -18 dBFS
"$xlstm" render -q -m tiny.safetensors --normalise steady.wav -o even.wav
sox even.wav -n stats 2>stats
awk '/^RMS lev dB/ { exit !($4 > -18.1 && $4 < -17.9) }' stats || fail "normalised: $(cat stats)"
refuses 2 "input-level" "$xlstm" train steady.wav wet.wav -o x.safetensors --input-level=1000
