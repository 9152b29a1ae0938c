#!/bin/sh
# SPDX-License-Identifier: ISC
# What the plugin costs beside amplifiers of guitarix (Debian: guitarix-lv2), which model circuits:
# first by lv2bench, which runs only plugins that ask nothing of their host, then by our own host.
#   bench_guitarix.sh BUNDLE PROGRAMS     GUITARIX: the folder of its bundles (/usr/lib/lv2)
. "$(dirname "$0")/host_setup.sh"
need lv2bench
guitarix=${GUITARIX:-/usr/lib/lv2}
[ -d "$guitarix/gx_amp.lv2" ] || skip "guitarix-lv2 is not installed"
export LV2_PATH="$LV2_PATH:$guitarix"
gx=http://guitarix.sourceforge.net/plugins

echo "lv2bench, seconds for its default of frames:"
for uri in "$mono" "$stereo" "$gx/gx_studiopre#studiopre"; do
    lv2bench "$uri" 2>/dev/null
done
echo "our own host; the ratio is that of $mono to each:"
"$programs/bench_plugins" "$mono" "$stereo" "$gx/gx_amp#GUITARIX" "$gx/gx_redeye#chump" \
    "$gx/gxmetal_amp#metal_amp" "$gx/gx_studiopre#studiopre" 2>/dev/null | grep -e ns/frame -e http
