#!/bin/sh
# SPDX-License-Identifier: ISC
# lv2apply, which offers no feature at all, gives what `xlstm render` gives; lv2info and lv2bench run.
. "$(dirname "$0")/host_setup.sh"
need lv2apply lv2bench lv2info sox

"$XLSTM" signal --seconds 80 --format float "$work/signal.wav" >/dev/null
sox "$work/signal.wav" "$work/mono.wav" trim 20 15 2>/dev/null
sox -M "$work/mono.wav" "|sox $work/mono.wav -p reverse" "$work/stereo.wav" 2>/dev/null

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
    compare "$work/got.wav" "$work/expected.wav" -120
}

check "$mono" "$work/mono.wav" --
check "$stereo" "$work/stereo.wav" --
check "$mono" "$work/mono.wav" --gain=6 --output-gain=-3 -- -c input_gain 6 -c output_gain -3
check "$mono" "$work/mono.wav" --mix=40 -- -c mix 0.4

lv2info "$mono" | grep -q 'Has latency: *yes' || fail "lv2info does not see the latency port"
for uri in "$mono" "$stereo"; do
    lv2bench "$uri" | grep -q "$uri" || fail "lv2bench does not run $uri"
done
