# SPDX-License-Identifier: ISC
# shellcheck shell=sh
# What the recipes of the presets share. Each of them sources this file and calls make_preset.
#
#   sh presets/NAME.sh [BUILD]
#
# BUILD is meson's folder (default: build beside presets/). The sound files, some 150 MB, are made in
# $SCRATCH if that is set, so that several recipes can share the dry track, else in a folder that is
# removed afterwards. Needs Debian's libfluidsynth-dev (when configuring), fluid-soundfont-gm,
# sonic-pi-samples and sox.
set -eu
presets=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
build=${1:-$presets/../build}

# make_preset NAME TITLE DEVICE [PARAMETER=VALUE ...]: trains NAME.safetensors on a device
make_preset() {
    name=$1
    title=$2
    device=$3
    shift 3
    folder=${SCRATCH:-}
    if [ -z "$folder" ]; then
        folder=$(mktemp -d)
        trap 'rm -rf "$folder"' EXIT
    fi
    [ -f "$folder/dry.wav" ] || sh "$presets/dry/dry.sh" "$build" "$folder/dry.wav"
    "$build/presets/xlstm-device" "$device" "$folder/dry.wav" "$folder/$name.wav" "$@"
    "$build/offline/xlstm" train "$folder/dry.wav" "$folder/$name.wav" \
        -o "$presets/$name.safetensors" --name "$title" --seed "${SEED:-1}"
}
