#!/bin/sh
# SPDX-License-Identifier: ISC
# xlstm live with JACK's dummy server: plays, lists, ends on signals, survives the server's death.
. "$(dirname "$0")/cli_setup.sh"
command -v jackd >/dev/null || skip "jackd is not installed"

model=$data/golden/audio_slstm.safetensors
# One name for all runs: JACK gives the place of a dead server only to one of the same name.
export JACK_DEFAULT_SERVER=xlstm-test-live JACK_NO_AUDIO_RESERVATION=1
jackd -n "$JACK_DEFAULT_SERVER" --no-realtime -d dummy -r 48000 -p 256 >jackd.log 2>&1 &
jackd=$!
trap 'kill $jackd 2>/dev/null || :; wait; rm -rf "$work"' EXIT

tries=0
until "$xlstm" live --list-devices 2>/dev/null | grep -q JACK; do
    tries=$((tries + 1))
    kill -0 $jackd 2>/dev/null && [ $tries -lt 50 ] || skip "JACK's dummy server does not start here"
    sleep 0.2
done

# Plays for a time, and what was not asked for is not played
"$xlstm" live -m "$model" --input=system --output=0 --block=64 --time=1s --json >report
cat report
awk -F'[:,]' '{ exit !($2 > 0.8 && $2 < 1.5 && $4 == 48000) }' report || fail "$(cat report)"
"$xlstm" live -m "$model" --stereo --block=1000 --time=0.5 | grep -q '^0\.[3-9] s played' ||
    fail "stereo with an odd block"

refuses 1 "no input device 'nowhere'" "$xlstm" live -m "$model" --input=nowhere
refuses 1 "no output device '99'" "$xlstm" live -m "$model" --output=99
refuses 1 "has 2 input channels" "$xlstm" live -m "$model" --channel=3
refuses 1 "cannot be opened" "$xlstm" live -m missing.safetensors

# Signals end it cleanly
for signal in INT TERM; do
    "$xlstm" live -m "$model" >report &
    child=$!
    sleep 1
    # a shell without job control starts its children with SIGINT ignored; ours listens anyway
    kill -"$signal" $child
    wait $child || fail "status $? after SIG$signal"
    grep -q ' s played at 48000 Hz' report || fail "no report after SIG$signal"
done

# The server dies: a sentence, soon
"$xlstm" live -m "$model" 2>errors &
child=$!
sleep 1
kill $jackd
got=0
wait $child || got=$?
[ "$got" = 1 ] || fail "status $got after the server's death"
grep -q '^xlstm: the sound device stopped' errors || fail "the death is not said: $(cat errors)"
