#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# From a fresh clone to sound: installs what is missing, builds, plays a guitar through a preset.
#   bash offline/demo.sh [OUTPUT FOLDER]    (default: demo in the source folder)
set -eu
root=$(cd -- "$(dirname -- "$0")/.." && pwd)
out=${1:-$root/demo}
build=$root/build

sh "$root/offline/build.sh" "$build"
xlstm=$build/offline/xlstm
guitar=$root/presets/demo/guitar.flac
mkdir -p "$out"
for preset in "$root"/presets/*.safetensors; do
    name=$(basename "$preset" .safetensors)
    "$xlstm" render -m "$preset" "$guitar" -o "$out/$name.wav" --overwrite
    "$xlstm" plot "$guitar" "$out/$name.wav" -o "$out/$name.png" --overwrite
done
"$xlstm" info "$root/presets/overdrive.safetensors"

cat <<END

Listen:  $guitar        the guitar alone
         $out/overdrive.wav   through the overdrive, and other presets beside it
Look:    $out/overdrive.png   wet against dry

Play:    $xlstm live -m $root/presets/overdrive.safetensors
Plugin:  meson install -C $build
         or, for yourself alone: mkdir -p ~/.lv2 && ln -sfn $build/plugin ~/.lv2/xlstm.lv2
         then choose "xLSTM" in Ardour, Carla, jalv or another LV2 host; its Model takes any of
         $root/presets/*.safetensors
END
