# SPDX-License-Identifier: ISC
# Sourced by the tests of the command line: TEST.sh PROGRAMS
# PROGRAMS is the folder of the built test programs; XLSTM names the built tool. Changes to a new
# folder, which goes away at the end.
set -eu

programs=$1
data=$(cd "$(dirname "$0")" && pwd)
xlstm=$XLSTM
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

skip() {
    echo "skipped: $1"
    exit 77
}

fail() {
    echo "FAILED: $1"
    exit 1
}

# refuses STATUS WORDS COMMAND...: the command ends with this status, says one thing on stderr that
# holds the words, and leaves the folder as it was.
refuses() {
    status=$1 words=$2
    shift 2
    before=$(ls -A)
    got=0
    "$@" >said.out 2>said.err || got=$?
    [ "$got" = "$status" ] || fail "status $got instead of $status: $*"
    grep -qF -e "$words" said.err || fail "does not say '$words': $* ($(cat said.err))"
    [ "$status" != 1 ] || [ "$(wc -l <said.err)" = 1 ] || fail "more than a sentence: $*"
    rm said.out said.err
    [ "$(ls -A)" = "$before" ] || fail "leaves files behind: $*"
}

# wait_for FILE [TRIES]: until it is there, TRIES times 20 ms at most
wait_for() {
    tries=0
    until [ -e "$1" ]; do
        sleep 0.02
        tries=$((tries + 1))
        [ $tries -lt "${2:-1500}" ] || fail "$1 does not come"
    done
}

# wait_for_text WORDS FILE: until they are in it, 60 s at most
wait_for_text() {
    tries=0
    until grep -qF -e "$1" "$2" 2>/dev/null; do
        sleep 0.02
        tries=$((tries + 1))
        [ $tries -lt 3000 ] || fail "$2 does not come to say '$1'"
    done
}

# make_sine FILE RATE CHANNELS SECONDS: 16-bit, soft at both ends
make_sine() {
    sox -D -n -r "$2" -b 16 -c "$3" "$1" synth "$4" sine 440 gain -6 fade t 0.02 "$4" 0.02
}

compare() {
    "$programs/compare_wav" "$@" || fail "$* differ"
}

command -v sox >/dev/null || skip "sox is not installed"
"$programs/make_gain_model" half.safetensors 0.5
