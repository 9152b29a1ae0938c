#!/bin/sh
# SPDX-License-Identifier: ISC
# Recordings as people make them, on the way into train and eval: what is found is said, what can be
# mended is, and what would teach nonsense is refused.
. "$(dirname "$0")/cli_setup.sh"

# trains SENTENCE... -- FILES AND OPTIONS...: the training says each of the sentences
trains() {
    : >wanted
    while [ "$1" != -- ]; do
        echo "$1" >>wanted
        shift
    done
    shift
    "$xlstm" train --updates 1 --size tiny --threads 1 --no-picture -y -o model.safetensors "$@" \
        >train.out 2>train.err || fail "train $*: $(cat train.err)"
    while read -r sentence; do
        tr '\033\r' '\n\n' <train.err | grep -qF -e "$sentence" || fail "does not say '$sentence': $*"
    done <wanted
    # of the recordings, not of the network
    tr '\033\r' '\n\n' <train.err | grep '^xlstm: ' | grep -v 'the device seems' >sentences || :
}

# says_only COUNT: no more sentences than these
says_only() {
    [ "$(wc -l <sentences)" = "$1" ] || fail "$1 sentences were expected: $(cat sentences)"
}

# A device that halves, and playing that swells and fades; 24 bits, so that nothing is lost.
sox -D -n -r 48000 -b 24 -c 1 dry.wav synth 12 noise tremolo 0.3 90 band 900 900 gain -n -12
"$xlstm" render -q -m half.safetensors dry.wav -o halved.wav
sox -D halved.wav -b 24 wet.wav
held='trains on 9.6 s, chooses the best model by 1.2 s and tests it on 1.2 s'

trains "$held" -- dry.wav wet.wav
says_only 1 # nothing is wrong with a clean pair
sox -D wet.wav late.wav pad 480s
trains 'late.wav: comes 480 samples (10.00 ms) late: taken out' 'late.wav: lasts 12.010 s' "$held" -- \
    dry.wav late.wav
says_only 3
sox -D wet.wav early.wav trim 480s
trains 'early.wav: comes 480 samples (10.00 ms) early: taken out' -- dry.wav early.wav
sox -D wet.wav -b 24 drift.wav speed 0.9999 rate -v 48000
trains 'drift.wav: was recorded by a clock 100.' -- dry.wav drift.wav
sox -D wet.wav first.wav trim 0s 300000s
sox -D wet.wav rest.wav trim 300200s
sox -D first.wav rest.wav dropout.wav
trains 'dropout.wav: loses 200 samples at 6.25 s' 'dropout.wav: is not used for' -- \
    dry.wav dropout.wav
sox -D -M wet.wav wet.wav -r 44100 stereo.wav remix 1 0 rate -v
trains 'stereo.wav: is resampled from 44100 to 48000 Hz' \
    'stereo.wav: has 2 channels, of which 1 is silent: left out' -- dry.wav stereo.wav
sox -D wet.wav inverted.wav vol -1
trains 'inverted.wav: is inverted: left so' -- dry.wav inverted.wav

# Refused: one sentence, no file
rm -f model.safetensors
sox -D -n -r 48000 -b 16 -c 1 silent.wav trim 0 12
sox -D -R -n -r 48000 -b 24 -c 1 other.wav synth 12 noise band 700 700 gain -n -12
sox -D wet.wav -b 16 clipped.wav vol 60 dB 2>errors
for bad in 'silent.wav: is silent' 'other.wav: has nothing in common with dry.wav' \
    'clipped.wav: is clipped at full scale in' 'none.wav: cannot be opened'; do
    refuses 1 "$bad" "$xlstm" train --updates 1 dry.wav "${bad%%:*}" \
        -o model.safetensors
    refuses 1 "$bad" "$xlstm" eval -m half.safetensors dry.wav "${bad%%:*}"
done

# eval: lost samples, drift and latency do not count as error; the frames left out do not either
sox -D dropout.wav messy.wav pad 100s
"$xlstm" eval -m half.safetensors --json dry.wav messy.wav >report 2>/dev/null
grep -q '"latency_frames":100,' report || fail "latency: $(cat report)"
grep -qE '"esr_db":-1[0-9][0-9]' report || fail "a dropout counts as error: $(cat report)"
grep -q 'loses 200 samples' report || fail "a dropout is not in the report: $(cat report)"
"$xlstm" eval -m half.safetensors --json dry.wav drift.wav >report 2>/dev/null
grep -qE '"esr_db":-[3-9][0-9]' report || fail "a drift counts as error: $(cat report)"

# Pairs for validation and test: the others are trained on whole
trains 'trains on 24.0 s, chooses the best model by 12.0 s and tests it on 12.0 s' -- dry.wav wet.wav \
    dry.wav wet.wav dry.wav wet.wav dry.wav wet.wav --validate-on 2 --test-on 3
! grep 'no --knob' sentences || fail "recordings that agree are said to differ"
sox -D wet.wav softer.wav vol -12 dB
cp dry.wav copy.wav
trains 'wet.wav and softer.wav are of the same dry sound and differ' -- dry.wav wet.wav copy.wav softer.wav
trains 'trains on' -- dry.wav wet.wav dry.wav softer.wav -k drive=1 -k drive=0
! grep 'no --knob' sentences || fail "a knob tells them apart"
refuses 2 "--validate-on takes the number of a pair, 1 to 1, not '2'" \
    "$xlstm" train --updates 1 dry.wav wet.wav -o new.safetensors --validate-on 2
refuses 2 "no pair is left to train on" \
    "$xlstm" train --updates 1 dry.wav wet.wav -o new.safetensors --test-on 1

# Knobs: latencies that differ by a few samples are one, levels stay as they are
sox -D wet.wav soft.wav pad 240s vol -12 dB
sox -D wet.wav loud.wav pad 244s
trains 'the recordings come 240 to 244 samples late: taken for one latency of 240' -- \
    dry.wav soft.wav dry.wav loud.wav -k drive=0 -k drive=1
"$xlstm" info --json model.safetensors | grep -q '"name":"drive"' || fail "the knob is not in the model"
"$xlstm" render -q -m model.safetensors -k drive=0.5 dry.wav -o turned.wav || fail "render --knob"
sox -D wet.wav far.wav pad 2000s
trains 'the recordings come 240 to 2000 samples late' -- dry.wav soft.wav dry.wav far.wav \
    -k drive=0 -k drive=1
refuses 2 "knob drive has 1 position, and there are 2 pairs" "$xlstm" train --updates 1 dry.wav soft.wav \
    dry.wav loud.wav -k drive=0 -o new.safetensors
refuses 2 "knob drive is at the same position" "$xlstm" train --updates 1 dry.wav soft.wav dry.wav loud.wav \
    -k drive=1 -k drive=1 -o new.safetensors
refuses 2 "--knob drive=1e300 is too far: a position lies between -1000000 and 1000000" "$xlstm" train \
    --updates 1 dry.wav soft.wav dry.wav loud.wav -k drive=0 -k drive=1e300 -o new.safetensors
odd=$(printf '\377')
refuses 2 "the name is no UTF-8" "$xlstm" train --updates 1 dry.wav soft.wav dry.wav loud.wav \
    -k "$odd=0" -k "$odd=1" -o new.safetensors
refuses 2 "--knob drive is not NAME=VALUE" "$xlstm" train --updates 1 dry.wav soft.wav -k drive \
    -o new.safetensors
