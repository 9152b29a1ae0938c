#!/bin/sh
# SPDX-License-Identifier: ISC
# Makes the demonstration guitar from Debian's sonic-pi-samples; needs sox too.
#   guitar.sh OUT.flac
set -eu
samples=${SAMPLES:-/usr/share/sonic-pi/samples}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
for name in e_fifths harmonics em9 e_slide; do
    sox -D -V1 "$samples/guit_$name.flac" -r 48000 -c 1 -e float -b 32 "$folder/$name.wav" gain -n -4
    set -- "$@" "$folder/$name.wav"
done
out=$1
shift
sox -D -V1 "$@" -b 16 -C 8 --comment "Four guitar phrases, CC0 1.0: Sub-d, BStateham, Suva" "$out" \
    fade 0.01 0 0.3
