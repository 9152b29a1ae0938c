# SPDX-License-Identifier: ISC
# shellcheck shell=sh
# What the recipes of the presets share. Each of them sources this file and calls make_preset.
#
#   sh presets/NAME.sh [BUILD]
#
# BUILD is meson's folder (default: build beside presets/). The sound files, some 100 MB, are made in
# $SCRATCH if that is set, so that several recipes can share the dry track, else in a folder that is
# removed afterwards. Needs Debian's fluid-soundfont-gm, and libfluidsynth-dev when meson configures.
set -eu
presets=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
build=${1:-$presets/../build}
# A seed, a number of updates and of threads give the same file to the bit.
seed=${SEED:-1}
updates=${UPDATES:-25000}
# The size "standard", or a network of the recipe's own.
network=${NETWORK:+--network=$presets/$NETWORK}
author=${AUTHOR:-the xlstm.lv2 authors}
# Full scale is 1 V at both ends of a device (devices/), so a sine has 0.71 V.
level=-0.79

# make_preset NAME TITLE GEAR DEVICE [PARAMETER=VALUE ...]: trains NAME.safetensors on a device
make_preset() {
    name=$1 title=$2 gear=$3 device=$4
    shift 4
    folder=${SCRATCH:-}
    if [ -z "$folder" ]; then
        folder=$(mktemp -d)
        trap 'rm -rf "$folder"' EXIT
    fi
    xlstm=$build/offline/xlstm
    [ -f "$folder/dry.wav" ] || sh "$presets/dry/dry.sh" "$build" "$folder/dry.wav"
    "$build/presets/xlstm-device" "$device" "$folder/dry.wav" "$folder/$name.wav" "$@"
    "$xlstm" train "$folder/dry.wav" "$folder/$name.wav" -o "$presets/$name.safetensors" -y \
        ${network:+"$network"} --seed "$seed" --updates "$updates" --threads 2 --no-picture \
        --name "$title" --gear "$gear" --author "$author" --licence ISC \
        --input-level=$level --output-level=$level
    # Real guitars, of which training knew nothing.
    "$build/presets/xlstm-device" "$device" "$presets/demo/guitar.flac" "$folder/$name-guitar.wav" "$@"
    "$xlstm" eval -m "$presets/$name.safetensors" "$presets/demo/guitar.flac" \
        "$folder/$name-guitar.wav"
}
