#!/bin/sh
# SPDX-License-Identifier: ISC
# The other verbs of the tool, its help, its man page.
. "$(dirname "$0")/cli_setup.sh"

# Help of each verb names every option, and so does the man page
"$xlstm" --version | grep -q '^xlstm [0-9]' || fail "--version"
verbs=$("$xlstm" help | awk '/^  [a-z]/ && $1 != "xlstm" && $1 != "help" { print $1 }')
[ -n "$verbs" ] || fail "help lists no verb"
for verb in $verbs; do
    "$xlstm" "$verb" --help >help
    "$xlstm" help "$verb" | cmp - help || fail "two helps of $verb"
    grep -q "^  xlstm $verb" help || fail "no example of $verb"
    page=$(awk -v verb="$verb" '/^\.S[sh] / { inside = $2 == verb } inside' "$data/../offline/xlstm.1")
    [ -n "$page" ] || fail "$verb is not in the man page"
    for option in $(grep -oE '^ +(-., )?--[a-z-]+' help | grep -o -e '--.*'); do
        [ "$option" = --help ] || printf %s "$page" | grep -qE -e "Fl -${option#--}( |\$)" ||
            fail "$option of $verb is not in the man page"
    done
done
refuses 2 "no command 'rendr'" "$xlstm" rendr
refuses 2 "a command is missing" "$xlstm"
refuses 2 "no option '--nope'" "$xlstm" info --nope x
if [ -e /dev/full ]; then
    "$xlstm" info half.safetensors >/dev/full 2>errors && fail "a full disk goes unnoticed"
    grep -q 'standard output' errors || fail "a full disk is not said"
fi

# info
model=$data/golden/audio_slstm.safetensors
"$xlstm" info "$model" >info
grep -q 'sLSTM block 16' info || fail "info: $(cat info)"
"$xlstm" info --json "$model" half.safetensors >info
[ "$(wc -l <info)" = 2 ] || fail "a line of JSON for each model"
grep -q '"sample_rate":48000.0.*"memory_seconds":0.*"config":{' info || fail "info --json"
refuses 1 "xlstm: info.x: cannot be opened" "$xlstm" info info.x

# convert: what it writes sounds the same
make_sine in.wav 48000 1 1
for capture in nam-1x16.nam keras-lstm-12.json; do
    "$xlstm" convert "$data/captures/$capture" -o converted.safetensors
    refuses 1 "exists already" "$xlstm" convert "$data/captures/$capture" -o converted.safetensors
    rate=$("$xlstm" info --json converted.safetensors | grep -o '"sample_rate":[0-9]*')
    [ "$rate" = "$("$xlstm" info --json "$data/captures/$capture" | grep -o '"sample_rate":[0-9]*')" ] ||
        fail "rate after conversion"
    "$xlstm" render -q -y -m "$data/captures/$capture" in.wav -o one.wav
    "$xlstm" render -q -y -m converted.safetensors in.wav -o other.wav
    compare one.wav other.wav -120
    rm converted.safetensors
done
refuses 1 "xlstm: in.wav: " "$xlstm" convert in.wav -o new.safetensors

# Several sizes in one file: the most costly is the best, whatever the order
small=$data/captures/nam-1x3.nam large=$data/captures/nam-1x16.nam
"$xlstm" convert "$small" "$large" -o both.safetensors
for pair in "best $large" "fast $small" "1 $large" "2 $small"; do
    "$xlstm" render -q -y -m both.safetensors --quality "${pair%% *}" in.wav -o one.wav
    "$xlstm" render -q -y -m "${pair#* }" in.wav -o other.wav
    cmp one.wav other.wav || fail "--quality ${pair%% *}"
done
"$xlstm" info both.safetensors | grep -q '^ *2 LSTM 3 .*multiply-adds' || fail "info lists no sizes"
"$xlstm" info --json both.safetensors | grep -q '"sizes":\[{.*LSTM 16.*LSTM 3' ||
    fail "info --json lists no sizes"
for quality in 0 3 good 1x ''; do
    refuses 1 "best, fast or a number from 1, the best, to 2" \
        "$xlstm" render -m both.safetensors --quality="$quality" in.wav -o new.wav
done
refuses 1 "lstm16.safetensors: is of kind LSTM" "$xlstm" convert "$small" \
    "$data/golden/lstm16.safetensors" -o new.safetensors
refuses 1 "xlstm: both.safetensors: has 2 sizes already" "$xlstm" convert "$small" both.safetensors \
    -o new.safetensors
refuses 1 "xlstm: none: " "$xlstm" convert "$small" none -o new.safetensors
rm both.safetensors

# eval: a device that is the model exactly, 100 frames late and turned over; then 6 dB too loud
sox -D -n -r 48000 -b 24 -c 1 dry.wav synth 4 noise band 900 600 gain -n -12
"$xlstm" render -q -m half.safetensors dry.wav -o answer.wav
sox answer.wav -e float -b 32 wet.wav vol -1 pad 100s
"$xlstm" eval -m half.safetensors --json dry.wav wet.wav >report 2>/dev/null
grep -q '"latency_frames":100,.*"polarity":-1' report || fail "eval: $(cat report)"
grep -qE '"esr_db":(null|-1[0-9][0-9])' report || fail "eval finds an error: $(cat report)"
"$xlstm" eval --no-model dry.wav answer.wav --json >report
grep -q '"best_gain_db":-6.02' report || fail "eval --no-model: $(cat report)"
grep -qE '"esr":(0.9999|1.0)' report || fail "a gain is forgiven: $(cat report)"

# Of the test signal the playing counts that training keeps for tests: here sweeps and noise differ
"$xlstm" signal --seconds 80 signal.wav >said
"$xlstm" render -q -m half.safetensors signal.wav -o played.wav
sox -D played.wav measuring.wav trim 9 30 vol 0.9
sox -D played.wav opening.wav trim 0 9
sox -D played.wav rest.wav trim 39
sox -D opening.wav measuring.wav rest.wav wet.wav
"$xlstm" eval -m half.safetensors --json signal.wav wet.wav >report 2>errors
grep -qE '"frames":(576000|57599[0-9]),.*"esr_db":(null|-1[0-9][0-9])' report ||
    fail "of the test signal more counts than playing: $(cat report)"
grep -q 'signal.wav: counts by the 12.0 s of playing that training keeps for tests' errors ||
    fail "what counts is not said: $(cat errors)"
for all in '-m half.safetensors --whole' --no-model; do
    "$xlstm" eval $all --json signal.wav wet.wav >report 2>errors
    grep -qE '"frames":[34][0-9]{6},.*"esr_db":-?[0-9][0-9]?\.' report || fail "eval $all: $(cat report)"
    ! grep 'counts by' errors || fail "eval $all says that not all counts"
done

sox -D -n -r 48000 -b 16 -c 1 silence.wav trim 0 4
refuses 1 "silence.wav: is silent" "$xlstm" eval --no-model dry.wav silence.wav

# Reports of names that are no UTF-8: the bytes become U+FFFD, the rest stays
odd=$(printf 'caf\351 \303\251.wav')
cp dry.wav "$odd"
cp half.safetensors "$(printf 'm\377.safetensors')"
told=$(printf 'caf\357\277\275 \303\251.wav')
"$xlstm" render --json -m m?*.safetensors "$odd" -o "$(printf '\303.wav')" >report
grep -qF "{\"input\":\"$told\",\"output\":\"$(printf '\357\277\275').wav\"" report ||
    fail "render: $(cat report)"
"$xlstm" eval --json -m m?*.safetensors "$odd" answer.wav >report
grep -qF "\"dry\":\"$told\"" report || fail "eval: $(cat report)"
"$xlstm" info --json "$(printf 'm\377.safetensors')" >report
grep -qF "{\"file\":\"$(printf 'm\357\277\275').safetensors\",\"kind\":\"xLSTMAudioModel\"" report ||
    fail "info: $(cat report)"

# plot
"$xlstm" plot dry.wav answer.wav -o picture.png
[ "$(head -c 4 picture.png | tail -c 3)" = PNG ] || fail "plot writes no PNG"
refuses 1 "exists already" "$xlstm" plot dry.wav answer.wav -o picture.png
cp answer.wav precious.wav
refuses 1 "is one of the recordings" "$xlstm" plot dry.wav precious.wav -o precious.wav -y
cmp precious.wav answer.wav || fail "plot writes over a recording"
