#!/bin/sh
# SPDX-License-Identifier: ISC
# Makes the dry track that the presets are trained on, about three minutes.
#   dry.sh BUILD OUT.wav
# Needs Debian's fluid-soundfont-gm, sonic-pi-samples and sox.
set -eu
build=$1
out=$2
soundfont=${SOUNDFONT:-/usr/share/sounds/sf2/FluidR3_GM.sf2}
samples=${SAMPLES:-/usr/share/sonic-pi/samples}
if [ ! -x "$build/presets/xlstm-dry" ]; then
    echo "dry.sh: $build/presets/xlstm-dry is missing; install libfluidsynth-dev and build again" >&2
    exit 1
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# Real guitars come last: a trainer that keeps the end of a recording for its test tests on them.
set --
for name in harmonics e_fifths e_slide em9; do
    sox -D -V1 "$samples/guit_$name.flac" -r 48000 -c 1 -e float -b 32 "$folder/$name.wav" \
        gain -n -3 pad 0.25 0.25
    set -- "$@" "$folder/$name.wav"
done
"$build/presets/xlstm-dry" "$soundfont" "$out" "$@"
