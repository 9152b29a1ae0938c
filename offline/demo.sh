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
Install: meson install -C $build
         then choose "xLSTM" in Ardour, Carla, jalv or another LV2 host and give it a model file
Or try the plugin without installing:
         LV2_PATH=$build/lv2:\$HOME/.lv2:/usr/local/lib/lv2:/usr/lib/lv2 ardour
END
