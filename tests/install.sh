#!/bin/sh
# SPDX-License-Identifier: ISC
# install.sh BUILD BUNDLE: a tree installed with DESTDIR and then moved is whole, and its program
# finds its preset. BUNDLE is the folder of the plugin's binary in the prefix.
set -eu
build=$1 bundle=$2
guitar=$(cd "$(dirname "$0")/.." && pwd)/presets/demo/guitar.flac
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() {
    echo "FAILED: $1"
    exit 1
}

command -v meson >/dev/null || {
    echo "skipped: meson is not on the path"
    exit 77
}
DESTDIR=$work/first meson install -C "$build" --no-rebuild >"$work/log" 2>&1 || {
    cat "$work/log"
    fail "meson install"
}
mv "$work/first" "$work/second"
xlstm=$(find "$work/second" -name xlstm -type f -perm -u+x)
[ "$(echo "$xlstm" | wc -l)" = 1 ] && [ -n "$xlstm" ] || fail "the program is there $xlstm"
moved=$work/second$bundle
for file in manifest.ttl xlstm.so overdrive.safetensors; do
    [ -s "$moved/$file" ] || fail "$bundle has no $file: $(ls "$moved")"
done
find "$work/second" -name 'xlstm.1*' | grep -q . || fail "no man page"

cd "$work"
unset XLSTM_PRESETS
"$xlstm" render -q "$guitar" -o out.wav || fail "the moved program does not find its preset"
# only the moved preset can have been it
mv "$moved/overdrive.safetensors" "$moved/other.safetensors"
if [ ! -e "$bundle/overdrive.safetensors" ]; then
    "$xlstm" render -q -y "$guitar" -o out.wav 2>said.err && fail "a preset from somewhere else"
    grep -q "name a model with -m" said.err || fail "no sentence: $(cat said.err)"
fi
if command -v lv2_validate >/dev/null; then
    said=$(lv2_validate "$moved"/*.ttl 2>&1) || fail "lv2_validate: $said"
fi
