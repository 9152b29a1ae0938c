# SPDX-License-Identifier: ISC
# Sourced by the host tests: HOST_TEST.sh BUNDLE PROGRAMS
# BUNDLE is the folder of the built bundle, PROGRAMS that of the built test programs; XLSTM names the
# built tool. Makes a folder $work, which goes away at the end, with a bundle that hosts find and
# that has a default preset and one named "Other".
set -eu

skip() {
    echo "skipped: $1"
    exit 77
}

need() {
    for program; do
        command -v "$program" >/dev/null || skip "$program is not installed"
    done
}

fail() {
    echo "FAILED: $1"
    exit 1
}

bundle=$1
programs=$2
data=$(cd "$(dirname "$0")" && pwd)
mono=https://xlstm-lv2.github.io/xlstm#mono
stereo=https://xlstm-lv2.github.io/xlstm#stereo
work=$(mktemp -d)
children=

# Children are waited for: a JACK server that is cut off keeps its place among the few there can be.
# The last one comes first, as a client of JACK whose server is gone may never end.
clean_up() {
    reversed=
    for child in $children; do
        reversed="$child $reversed"
    done
    for child in $reversed; do
        kill "$child" 2>/dev/null || :
        wait "$child" 2>/dev/null || :
    done
    rm -rf "$work"
}
trap clean_up EXIT
export HOME="$work" LV2_PATH="$work/lv2"
unset LD_PRELOAD

compare() {
    "$programs/compare_wav" "$@"
}

# Adds a preset of two channels' plugins: add_preset NAME LABEL MODEL
add_preset() {
    cp "$3" "$installed/$1.safetensors"
    sed -e "s|@LABEL@|$2|; s|@MODEL@|$1.safetensors|; s|@BASE@|${mono%#*}|" \
        "$data/../ttl/preset.ttl.in" >"$installed/$1.ttl"
    grep -q "<$1.ttl#mono>" "$installed/manifest.ttl" ||
        sed -e "s|@FILE@|$1.ttl|" "$data/../ttl/preset_manifest.ttl.in" >>"$installed/manifest.ttl"
}

# make_flip FILE: an impulse response that turns the sound upside down and leaves its level
make_flip() {
    { printf '\000\000\000\277' && head -c 400 /dev/zero; } |
        sox -t raw -e float -b 32 -r 48000 -c 1 - "$1" 2>/dev/null
}

installed=$work/lv2/xlstm.lv2
mkdir -p "$installed"
cp "$bundle"/*.so "$bundle"/*.ttl "$installed/"
for model in "$bundle"/*.safetensors; do
    [ ! -e "$model" ] || cp "$model" "$installed/"
done
grep -q '@prefix pset' "$installed/manifest.ttl"
[ -e "$installed/overdrive.safetensors" ] ||
    add_preset overdrive Overdrive "$data/golden/audio_slstm.safetensors"
add_preset other Other "$data/golden/audio_mixed.safetensors"
