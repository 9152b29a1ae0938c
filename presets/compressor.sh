#!/bin/sh
# SPDX-License-Identifier: ISC
# A compressor of ours with a release of 700 ms: devices/compressor.c.
UPDATES=${UPDATES:-50000}
# shellcheck source=presets/recipe.sh disable=SC2154
. "$(dirname -- "$0")/recipe.sh"
make_preset compressor "Compressor" "compressor, ratio 5, attack 7 ms, release 700 ms" compressor
