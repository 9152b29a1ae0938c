#!/bin/sh
# SPDX-License-Identifier: ISC
# The Turtle is valid, without a word of warning; the binary shows one symbol and no more.
. "$(dirname "$0")/host_setup.sh"
need lv2_validate sord_validate nm

symbols=$(nm -D --defined-only "$installed/xlstm.so" | awk '{print $3}')
[ "$symbols" = lv2_descriptor ] || fail "exported symbols: $symbols"

# What the validators say beside their count: a broken prefix is an error that they do not count.
# The specification's own history lies outside of the schemas, and they say so.
remarks() {
    grep -v -e '^Skipping file /usr/' -e '^Found 0 errors among' "$1" || :
}

lv2_validate "$installed"/*.ttl >"$work/said" 2>&1 || fail "lv2_validate: $(cat "$work/said")"
[ -z "$(remarks "$work/said")" ] || fail "lv2_validate: $(cat "$work/said")"
# Against the specifications alone: what other plugins say is not our business.
specifications=$(grep -l -e lv2:Specification -e owl:Ontology /usr/lib/lv2/*/manifest.ttl |
    xargs -n 1 dirname)
# shellcheck disable=SC2086 # a list of folders
find $specifications -name '*.ttl' -print0 | xargs -0 sh -c 'sord_validate "$@"' sord_validate \
    "$installed"/*.ttl >"$work/said" 2>&1 || fail "sord_validate: $(cat "$work/said")"
[ -z "$(remarks "$work/said")" ] || fail "sord_validate: $(cat "$work/said")"
echo "valid, and one symbol"
