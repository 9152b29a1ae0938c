#!/bin/sh
# SPDX-License-Identifier: ISC
# xlstm render on files of all kinds: equal in length and sound to what a gain model must give.
. "$(dirname "$0")/cli_setup.sh"

render() {
    "$xlstm" render --quiet --model half.safetensors "$@"
}

# Rates and channel counts
for shape in "48000 1" "44100 2" "96000 4" "8000 8"; do
    rate=${shape% *} channels=${shape#* }
    make_sine in.wav "$rate" "$channels" 0.5
    render in.wav --overwrite -o out.wav
    compare out.wav in.wav -90 0.5 # the rounding of 16 bits reaches beyond the resampler's band
done

# Formats by extension and option
make_sine in.wav 44100 2 1
render in.wav -o out.flac
render in.wav -o out.aiff --format=24
render in.wav -o sixteen.wav --format=16
[ "$(soxi -b out.flac) $(soxi -b out.aiff) $(soxi -b sixteen.wav)" = "24 24 16" ] || fail "bits"
compare out.flac in.wav -90 0.5
compare out.aiff in.wav -90 0.5
compare sixteen.wav in.wav -75 0.5

# Gains and mix: 10^(6/20) = 1.99526, 2 (0.25 * 0.5 + 0.75)
render in.wav -o gain.wav --gain=6 --output-gain=-12
compare gain.wav in.wav -90 0.25059
render in.wav -o mix.wav --mix=25
compare mix.wav in.wav -90 0.875

# Two runs give the same bytes, dither and all
render in.wav -o again.wav --format=16
cmp sixteen.wav again.wav || fail "two runs differ"

# Several files go to a folder; what is not sound is said and harms no other; names are kept
mkdir takes
cp in.wav takes/a.wav
cp out.flac takes/b.flac
sox in.wav takes/c.au
echo no sound >takes/d.wav
got=0
render takes/* -o wet 2>errors || got=$?
[ "$got" = 1 ] || fail "status $got for a folder with a bad file"
grep -q '^xlstm: takes/d.wav: cannot be read as sound' errors || fail "bad file not named"
[ "$(ls -A wet | tr '\n' ' ')" = "a.wav b.flac c.wav " ] || fail "folder holds $(ls -A wet)"
compare wet/a.wav in.wav -90 0.5
compare wet/c.wav in.wav -90 0.5

# JSON says what was done
"$xlstm" render --json -m half.safetensors in.wav -o json.wav >report
grep -q '"frames":44100,"channels":2,"sample_rate":44100' report || fail "JSON: $(cat report)"

# Clipping is said
render in.wav -o loud.wav --format=16 --output-gain=40 2>errors
grep -q 'samples were clipped; --output-gain=-' errors || fail "clipping not said"

# The default preset is found where XLSTM_PRESETS says, and missed in a sentence
mkdir presets
cp half.safetensors presets/overdrive.safetensors
XLSTM_PRESETS=presets "$xlstm" render -q in.wav -o default.wav
compare default.wav in.wav -90 0.5
refuses 1 "is not in nowhere" env XLSTM_PRESETS=nowhere "$xlstm" render in.wav -o no.wav

# A chain of symbolic links stays; what it points to is replaced
cp in.wav real.wav
ln -s real.wav link.wav
render in.wav -o link.wav --overwrite
[ -L link.wav ] || fail "the link was replaced"
compare real.wav in.wav -90 0.5
