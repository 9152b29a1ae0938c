#!/bin/sh
# SPDX-License-Identifier: ISC
# Makes the dry track that the presets are trained on, about three minutes.
#   dry.sh BUILD OUT.wav
# Needs Debian's fluid-soundfont-gm.
set -eu
program=$1/presets/xlstm-dry
if [ ! -x "$program" ]; then
    echo "dry.sh: $program is missing; install libfluidsynth-dev and build again" >&2
    exit 1
fi
"$program" "${SOUNDFONT:-/usr/share/sounds/sf2/FluidR3_GM.sf2}" "$2"
