#!/bin/sh
# SPDX-License-Identifier: ISC
# lv2apply, which offers no feature at all, gives what `xlstm render` gives of a guitar track;
# lv2info and lv2bench run.
. "$(dirname "$0")/host_setup.sh"
need lv2apply lv2bench lv2info sox

# lv2apply writes samples of the input's type, so that is float
guitar=$work/guitar.wav
sox "$data/../presets/demo/guitar.flac" -e float -b 32 "$guitar"
sox -M "$guitar" "|sox $guitar -p reverse" -e float -b 32 "$work/stereo.wav"

# check URI INPUT [RENDER OPTION]... -- [LV2APPLY OPTION]...
check() {
    uri=$1 input=$2
    shift 2
    render=
    while [ "$1" != -- ]; do
        render="$render $1"
        shift
    done
    shift
    # shellcheck disable=SC2086 # options are words
    "$XLSTM" render --quiet --overwrite --model "$installed/overdrive.safetensors" $render \
        "$input" --output "$work/expected.wav"
    lv2apply -i "$input" -o "$work/got.wav" "$@" "$uri"
    printf '%s%s: ' "${uri##*#}" "$render"
    compare "$work/got.wav" "$work/expected.wav" -120
}

check "$mono" "$guitar" --
check "$stereo" "$work/stereo.wav" --
check "$mono" "$guitar" --gain=6 --output-gain=-3 -- -c input_gain 6 -c output_gain -3
check "$mono" "$guitar" --mix=40 -- -c mix 0.4

lv2info "$mono" | grep -q 'Has latency: *yes' || fail "lv2info does not see the latency port"
for uri in "$mono" "$stereo"; do
    lv2bench "$uri" | grep -q "$uri" || fail "lv2bench does not run $uri"
done
