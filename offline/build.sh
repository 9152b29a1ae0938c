#!/bin/sh
# SPDX-License-Identifier: ISC
# Installs what the build needs and builds everything.
#   build.sh BUILD [MESON OPTION...]
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
build=$1
shift
sh "$here/packages.sh" gcc meson ninja-build pkg-config libc6-dev libjansson-dev libsndfile1-dev \
    libsoxr-dev libfftw3-dev libcairo2-dev libxcb-keysyms1-dev portaudio19-dev lv2-dev \
    libspeexdsp-dev libcunit1-dev
[ -f "$build/build.ninja" ] || meson setup "$build" "$here/.." "$@"
meson compile -C "$build"
