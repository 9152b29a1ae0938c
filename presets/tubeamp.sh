#!/bin/sh
# SPDX-License-Identifier: ISC
# A tube preamplifier of ours, without a cabinet: devices/tubeamp.cir.
# shellcheck source=presets/recipe.sh disable=SC2154
. "$(dirname -- "$0")/recipe.sh"
make_preset tubeamp "Tube amp" "two-stage tube preamplifier, gain 0.5, no cabinet" \
    "$presets/devices/tubeamp.cir"
