#!/bin/sh
# SPDX-License-Identifier: ISC
# The Turtle is valid, without a word of warning; each binary shows one symbol and no more.
. "$(dirname "$0")/host_setup.sh"
need lv2_validate sord_validate nm

# check_symbols BINARY SYMBOL; the linker's own names, which it exports if libraries do, aside
check_symbols() {
    symbols=$(nm -D --defined-only "$installed/$1" | awk '{print $3}' |
        grep -vx -e __bss_start -e _edata -e _end)
    [ "$symbols" = "$2" ] || fail "symbols that $1 exports: $symbols"
}
check_symbols xlstm.so lv2_descriptor
[ ! -e "$installed/xlstm_ui.so" ] || check_symbols xlstm_ui.so lv2ui_descriptor

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
# The look on MOD devices has a place for every control, and for nothing else.
look="$data/../ttl/modgui/icon.html $installed/modgui.ttl"
# shellcheck disable=SC2086 # a list of files
shown=$(sed -n -e 's/.*mod-port-symbol="\([a-z0-9_]*\)".*/\1/p' \
    -e 's/.*lv2:symbol "\([a-z0-9_]*\)".*/\1/p' $look | sort -u)
controls=$(sed -n 's/.*lv2:symbol "\([a-z0-9_]*\)".*/\1/p' "$data/../ttl/control_ports.ttl" |
    grep -vx -e control -e notify -e enabled -e latency | sort)
[ "$shown" = "$controls" ] || fail "modgui shows $shown, the plugin has $controls"
echo "valid, and one symbol for each binary"
