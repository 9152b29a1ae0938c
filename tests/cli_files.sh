#!/bin/sh
# SPDX-License-Identifier: ISC
# Odd inputs and accidents: one sentence, the right status, nothing left behind.
. "$(dirname "$0")/cli_setup.sh"

make_sine in.wav 48000 1 1
render() {
    "$xlstm" render --model half.safetensors "$@"
}

# Inputs that cannot be rendered. A WAV file of sox has its channels at 22 and its sound at 44.
head -c 50000 in.wav >cut.wav
sox in.wav whole.flac && head -c $(($(wc -c <whole.flac) / 2)) whole.flac >cut.flac
sox in.wav whole.aiff && head -c 50000 whole.aiff >cut.aiff
sox -n -r 48000 -c 1 -b 16 empty.wav trim 0 0
cp in.wav wide.wav
printf '\320\007' | dd of=wide.wav bs=1 seek=22 conv=notrunc 2>/dev/null
: >nothing.wav
mkdir folder.wav
mkfifo pipe.wav
cp in.wav still.wav
printf '\0\0\0\0' | dd of=still.wav bs=1 seek=24 conv=notrunc 2>/dev/null
cp in.wav slow.wav
printf '\1\0\0\0' | dd of=slow.wav bs=1 seek=24 conv=notrunc 2>/dev/null
for case in "cut.wav:cut short" "cut.aiff:cut short" "cut.flac:breaks off" \
    "wide.wav:1024 channels" "nothing.wav:cannot be read as sound" "still.wav:no sample rate" \
    "slow.wav:sample rate of 1 Hz, expected 1000 to" "pipe.wav:no regular file" \
    "folder.wav:folder" "missing.wav:No such file" "half.safetensors:cannot be read as sound"; do
    refuses 1 "xlstm: ${case%%:*}: " render "${case%%:*}" -o out.wav
    refuses 1 "${case#*:}" render "${case%%:*}" -o out.wav
done

# A header of a recorder that could not know the length is no reason to refuse
cp in.wav streamed.wav
printf '\377\377\377\377' | dd of=streamed.wav bs=1 seek=40 conv=notrunc 2>/dev/null
render -q streamed.wav -o out.wav
compare out.wav in.wav -110 0.5

# Nor is a FLAC whose header has 0 for the number of frames: that is what goes into a pipe
cp whole.flac piped.flac
printf '\0\0\0\0' | dd of=piped.flac bs=1 seek=22 conv=notrunc 2>/dev/null
render -q piped.flac -o piped.wav
compare piped.wav in.wav -110 0.5

# No sound in, no sound out, in a format that can hold none; evaluation needs some
render empty.wav -o none.wav >said.out 2>said.err
grep -q "silent$" said.out || fail "the level of nothing: $(cat said.out)"
grep -q "0 frames" said.err || fail "an empty file passes without a word"
[ "$(soxi -s none.wav)" = 0 ] || fail "an empty file became longer"
[ "$(render --json empty.wav -o none2.wav 2>said.err | grep -c '"frames":0,.*"peak_dbfs":null')" = 1 ] ||
    fail "an empty file makes no report"
rm said.out said.err
refuses 1 "which only .wav can" render empty.wav -o none.flac
refuses 1 "0 frames" "$xlstm" eval -m half.safetensors empty.wav in.wav

# Outputs that make no sense
refuses 1 "new.wav: cannot hold the sound of 2 files; name a folder" render in.wav whole.flac -o new.wav
refuses 1 "out.wav: exists already" render in.wav -o out.wav
refuses 1 "in.wav: exists already" render in.wav -o in.wav
refuses 1 "no extension" render in.wav -o out.mp3
refuses 1 "not float" render in.wav -o new.flac --format=float
refuses 1 "cannot be written: No such file" render in.wav -o missing/out.wav
refuses 1 "would both become" render in.wav ./in.wav -o wet/
refuses 1 "missing.wav" render missing.wav -o wet/
refuses 2 "needs -o OUT" render in.wav
refuses 2 "needs IN..." render -o out.wav

# Models that are none
refuses 1 "xlstm: missing: cannot be opened" "$xlstm" render -m missing in.wav -o new.wav
refuses 1 "xlstm: in.wav: " "$xlstm" render -m in.wav in.wav -o new.wav
refuses 1 "pipe.wav: is no regular file" "$xlstm" render -m pipe.wav in.wav -o new.wav
truncate -s 2G large.safetensors
refuses 1 "larger than 1024 MB" "$xlstm" info large.safetensors
rm large.safetensors
refuses 1 "is no audio model" "$xlstm" render -m "$data/golden/stack_1_1.safetensors" in.wav -o new.wav
refuses 1 "no knob 'gain'" render --knob gain=1 in.wav -o new.wav

# A full disk, as a limit on file sizes shows it: the file so far goes away
for name in full.wav full.flac; do
    (
        ulimit -f 16
        trap '' XFSZ
        refuses 1 "xlstm: $name: cannot be written" render in.wav -o "$name" --format=24
    )
done

# Signals: nothing is left, and the shell learns which it was
sox -D -n -r 48000 -b 16 -c 1 long.wav synth 600 noise
for signal in INT TERM HUP; do
    mkdir stopped
    # a shell without job control would start it with SIGINT ignored
    env --default-signal=INT "$xlstm" render -m half.safetensors long.wav -o stopped/out.wav &
    child=$!
    tries=0
    until [ -n "$(ls -A stopped)" ] || [ $tries = 100 ]; do
        sleep 0.05
        tries=$((tries + 1))
    done
    [ ! -e stopped/out.wav ] || fail "the file was there before it was whole"
    kill -"$signal" $child
    got=0
    wait $child || got=$?
    [ "$got" -gt 128 ] || fail "status $got after SIG$signal"
    [ -z "$(ls -A stopped)" ] || fail "SIG$signal left $(ls -A stopped)"
    rmdir stopped
done

# An hour takes no more memory than ten seconds
peak() {
    "$xlstm" render -q -y -m half.safetensors "$1" -o out.wav &
    child=$!
    most=0
    while now=$(awk '/^VmHWM/ { print $2 }' /proc/$child/status 2>/dev/null) && [ -n "$now" ]; do
        most=$now
        sleep 0.005
    done
    wait $child
    echo "$most"
}
if [ -e /proc/self/status ]; then
    sox long.wav short.wav trim 0 200
    short=$(peak short.wav) long=$(peak long.wav)
    echo "peak memory: 200 s $short kB, 600 s $long kB"
    [ "$long" -le $((short + 2048)) ] || fail "memory grows with the length"
fi
