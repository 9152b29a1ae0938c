#!/bin/sh
# SPDX-License-Identifier: ISC
# An overdrive pedal of ours: devices/overdrive.cir.
NETWORK=short_memory.json
SEED=${SEED:-2}
# shellcheck source=presets/recipe.sh disable=SC2154
. "$(dirname -- "$0")/recipe.sh"
make_preset overdrive "Overdrive" "overdrive pedal, drive 0.5, tone 0.5" "$presets/devices/overdrive.cir"
