#!/bin/sh
# SPDX-License-Identifier: ISC
# xlstm train as a long job: interrupted and gone on with, its files, its lines, its picture.
. "$(dirname "$0")/cli_setup.sh"

# A device that halves what it hears, and a small network
sox -D -n -r 48000 -b 16 -c 1 dry.wav synth 12 pinknoise tremolo 3 90 gain -n -6
sox -D dry.wav wet.wav vol 0.5
echo '{"in_proj": false, "direct": true, "layers": [{"type": "slstm", "hidden_size": 8}]}' >small.json
train() {
    "$xlstm" train dry.wav wet.wav --network small.json --threads 1 --updates 250 "$@"
}

# png_size FILE: width and height, from the header of a PNG
png_size() {
    [ "$(head -c 8 "$1" | tail -c 7 | od -An -tx1 | tr -d ' \n')" = 504e470d0a1a0a ] ||
        fail "$1 is no PNG"
    head -c 24 "$1" | tail -c 8 | od -An -tu1 |
        awk '{ print $1 * 2^24 + $2 * 65536 + $3 * 256 + $4, $5 * 2^24 + $6 * 65536 + $7 * 256 + $8 }'
}

# A whole run: the model, the picture, the commands that use it; nothing else stays
train -o whole.safetensors >said 2>errors
[ "$(ls whole*)" = "whole.png
whole.safetensors" ] || fail "leaves $(ls whole*)"
grep -q '^whole.safetensors: -[0-9.]* dB on the test passages, -[0-9.]* dB on the validation' said ||
    fail "no errors: $(cat said)"
grep -q '^picture:  whole.png$' said || fail "no picture named"
for use in "xlstm render -m whole.safetensors" "xlstm live -m whole.safetensors" "jalv" "$work/whole"; do
    grep -qF -e "$use" said || fail "does not say '$use': $(cat said)"
done
grep -q '^epoch .* train -*[0-9.]* .* best .* dB  [0-9]*x  [0-9:]* left$' errors || fail "no line in a pipe"
case $(png_size whole.png) in
"2000 "1[0-9][0-9][0-9]) ;;
*) fail "a picture of $(png_size whole.png)" ;;
esac

# JSON: a line for each validation, the last one says all
train -o json.safetensors --json --picture other.png >lines
python3 - <<'END' || fail "JSON lines"
import json
lines = [json.loads(line) for line in open("lines")]
assert len(lines) == 22, len(lines)
for line in lines[:-1]:
    assert line["update"] <= line["updates"] == 250 or line["update"] == 1, line
    assert line["frames_per_second"] > 0 and line["times_real_time"] > 0
    assert line["best_esr_db"] <= line["validation_esr_db"] or line["update"] == 1
last = lines[-1]
assert last["model"] == "json.safetensors" and last["picture"] == "other.png", last
assert last["updates"] == 250 and last["seed"] == 1 and last["end"] == "complete", last
assert last["validation_esr_db"] == lines[-2]["best_esr_db"], last
assert last["checkpoint"] is None and last["seconds"] > 0 and last["esr_db"] < 0, last
END
[ -e other.png ] && [ ! -e json.png ] || fail "the picture is not where it was asked for"
cmp json.safetensors whole.safetensors || fail "two runs differ"
train -o plain.safetensors --no-picture >said
[ ! -e plain.png ] && ! grep -q picture said || fail "a picture that nobody wants"

# On a terminal one line is rewritten, no wider than that
if command -v script >/dev/null; then
    script -qec "stty cols 60; '$xlstm' train dry.wav wet.wav --network small.json --threads 1 \
        --updates 250 --no-picture -o tty.safetensors" tty.log >/dev/null </dev/null
    tr '\r' '\n' <tty.log | sed 's/.*\[K//' | grep '^epoch' >lines
    [ "$(wc -l <lines)" -ge 20 ] || fail "no live line: $(cat tty.log)"
    awk 'length > 60 { exit 1 }' lines || fail "a line wider than the terminal"
    grep -c epoch tty.log | grep -qx 1 || fail "the live line scrolls"

    # On a usual one all of it is seen, the time left too, hours before the end
    script -qec "stty cols 80; env --default-signal=INT '$xlstm' train dry.wav wet.wav --network \
        small.json --threads 1 --time 2h --no-picture --checkpoint 0.05s -o hours.safetensors &
        while kill -0 \$! && [ ! -e hours.safetensors.checkpoint ]; do sleep 0.1; done
        kill -INT \$!; wait" tty.log >/dev/null </dev/null
    tr '\r' '\n' <tty.log | sed 's/.*\[K//' | grep '^epoch' >lines
    [ -s lines ] || fail "no live line: $(cat tty.log)"
    ! grep -v '^epoch .*  train .*  valid\. .*  best .* dB  .*x  [12]:[0-9][0-9]:[0-9][0-9] left$' lines ||
        fail "lines that do not end with the time left"
    rm hours.*
fi

# interrupt SIGNAL FILE: starts a run and stops it at its first checkpoint
interrupt() {
    env --default-signal=INT "$xlstm" train dry.wav wet.wav --network small.json --threads 1 \
        --updates 250 -o "$2" --checkpoint 0.05s >said 2>errors &
    child=$!
    wait_for "$2.checkpoint"
    kill -"$1" $child
    got=0
    wait $child || got=$?
}

# resume_refuses WORDS OPTIONS...: the checkpoint is not of such a run, and all stays as it is
resume_refuses() {
    words=$1
    shift
    before=$(ls -A)
    got=0
    train -o killed.safetensors --resume "$@" >said 2>errors || got=$?
    [ "$got" = 1 ] || fail "status $got instead of 1: $*"
    grep -qF "xlstm: killed.safetensors.checkpoint: is of a run with $words" errors ||
        fail "does not say '$words': $(cat errors)"
    [ "$(ls -A)" = "$before" ] || fail "leaves files behind: $*"
}

# Killed, a run leaves a checkpoint, and goes on to the bit
interrupt KILL killed.safetensors
[ "$got" = 137 ] || fail "status $got after SIGKILL: $(cat errors)"
[ ! -e killed.safetensors ] || fail "the run was over before it was killed"
refuses 1 "killed.safetensors.checkpoint: is of a training that did not end" \
    train -o killed.safetensors
resume_refuses "seed 1, not 2" --seed 2
resume_refuses "other loss" --loss esr
cp wet.wav kept.wav
sox -D kept.wav wet.wav vol 0.9
resume_refuses "other recordings"
mv kept.wav wet.wav
train -o killed.safetensors --resume --json >lines 2>/dev/null
head -1 lines | grep -q '"update":1,' && fail "it begins at the start again"
cmp killed.safetensors whole.safetensors || fail "what was killed ends otherwise"
[ ! -e killed.safetensors.checkpoint ] || fail "the checkpoint stays"
[ "$(png_size killed.png)" = "$(png_size whole.png)" ] || fail "no picture after going on"

# Interrupted, it keeps the best model so far as well, which going on replaces
for signal in INT TERM; do
    interrupt $signal stopped.safetensors
    [ "$got" = 0 ] || fail "status $got after SIG$signal: $(cat errors)"
    grep -q 'checkpoint: is where training was interrupted' errors || fail "not said: $(cat errors)"
    "$xlstm" info stopped.safetensors >/dev/null || fail "no model after SIG$signal"
    train -o stopped.safetensors --resume >/dev/null 2>&1
    cmp stopped.safetensors whole.safetensors || fail "what was interrupted ends otherwise"
    [ ! -e stopped.safetensors.checkpoint ] || fail "the checkpoint stays"
    rm stopped.*
done

# Interrupted once more while it writes, it ends at once, and leaves nothing half done
: >lines
LD_PRELOAD=$programs/libslow_fsync.so ASAN_OPTIONS=verify_asan_link_order=0 \
    env --default-signal=INT "$xlstm" train dry.wav wet.wav --network small.json --threads 1 \
    -o twice.safetensors --no-picture --json >lines 2>errors &
child=$!
wait_for_text update lines
kill -INT $child
until ls .twice.* >/dev/null 2>&1; do
    kill -0 $child || fail "the file was written too fast"
    sleep 0.02
done
kill -INT $child
got=0
wait $child || got=$?
[ "$got" = 130 ] || fail "status $got after a second SIGINT: $(cat errors)"
! ls -d .twice.* >/dev/null 2>&1 || fail "leaves $(ls -d .twice.*)"

# A checkpoint that is damaged, or not there, or that nobody wants
interrupt KILL cut.safetensors
head -c 3000 cut.safetensors.checkpoint >cut && mv cut cut.safetensors.checkpoint
got=0
train -o cut.safetensors --resume >said 2>errors || got=$?
[ $got = 1 ] && grep -q "^xlstm: cut.safetensors.checkpoint: " errors || fail "damage: $(cat errors)"
train -o cut.safetensors --overwrite --updates 2 >/dev/null 2>&1
[ ! -e cut.safetensors.checkpoint ] || fail "--overwrite keeps the checkpoint"

# One that --overwrite forgets stays as long as training is refused
: >old.safetensors.checkpoint
refuses 1 "nosuch.wav: cannot be opened" \
    "$xlstm" train nosuch.wav wet.wav -o old.safetensors --overwrite
refuses 2 "--knob foo is not NAME=VALUE" train -o old.safetensors --overwrite -k foo
[ -e old.safetensors.checkpoint ] || fail "a refused training takes a checkpoint away"
rm old.safetensors.checkpoint
train -o begun.safetensors --resume --updates 2 >/dev/null 2>errors
grep -q 'begun.safetensors.checkpoint: is not there' errors || fail "a missing checkpoint is not said"

# What makes no sense
refuses 2 "--loss takes weights from 0" train -o new.safetensors --loss esr=1,sdr=1
refuses 2 "--loss takes weights from 0" train -o new.safetensors --loss esr=2,dc=-1
refuses 2 "--loss takes weights from 0" train -o new.safetensors --loss esr=0
refuses 2 "--loss takes weights from 0" train -o new.safetensors --loss esr=1,
refuses 2 "--time takes a time" train -o new.safetensors --time 0
refuses 2 "--time takes a time" train -o new.safetensors --time soon
refuses 2 "--updates takes a number" train -o new.safetensors --updates 0
refuses 2 "--size takes one of tiny" train -o new.safetensors --size huge
refuses 2 "--threads takes a whole number" train -o new.safetensors --threads 1.5
refuses 2 "--checkpoint takes a time" train -o new.safetensors --checkpoint 0
refuses 2 "train needs -o FILE" train
refuses 1 "whole.png: exists already" train -o new.safetensors --picture whole.png
refuses 1 "cannot be both" train -o new.safetensors --picture new.safetensors
cp wet.wav link.wav
ln link.wav hard.wav
ln -s dry.wav soft.wav
cp wet.wav held.safetensors.checkpoint
mkdir sub
for name in dry.wav ./wet.wav soft.wav small.json; do
    refuses 1 "would be lost" train -y -o "$name"
    refuses 1 "would be lost" train -y -o new.safetensors --picture "$name"
done
refuses 1 "hard.wav: is one of the recordings, which would be lost" \
    "$xlstm" train -y dry.wav link.wav -o hard.wav
refuses 1 "held.safetensors.checkpoint: is one of the recordings" \
    "$xlstm" train -y dry.wav held.safetensors.checkpoint -o held.safetensors
refuses 1 "cannot be both the model" train -y -o new.safetensors --picture sub/../new.safetensors
refuses 1 "cannot be both the checkpoint" \
    train -y -o new.safetensors --picture ./new.safetensors.checkpoint
cmp held.safetensors.checkpoint wet.wav && cmp hard.wav wet.wav || fail "a recording is lost"
refuses 1 "missing/new.safetensors: cannot be written" train -o missing/new.safetensors
refuses 1 "missing.json: " "$xlstm" train dry.wav wet.wav --network missing.json -o new.safetensors
