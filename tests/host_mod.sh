#!/bin/bash
# SPDX-License-Identifier: ISC
# mod-host, which plays plugins on MOD devices (Debian 12 has no package: MODHOST names the folder of
# a build): files by patch messages, the next model and what is told of it, bypass.
. "$(dirname "$0")/host_setup.sh"
PATH="${MODHOST:+$MODHOST:}$PATH"
need mod-host
"$programs/make_gain_model" "$installed/overdrive.safetensors" 0.5
"$programs/make_gain_model" "$installed/other.safetensors" -0.25
make_flip "$work/flip.wav"
. "$(dirname "$0")/host_jack.sh"
output=effect_0:out_1

# say COMMAND: a reply below 0 is an error
say() {
    printf '%s\0' "$1" >&3
    IFS= read -r -d '' answer <&3
    case $answer in
    "resp -"*) fail "$1: $answer" ;;
    esac
}

port=$((20000 + $$ % 20000))
mod-host -n -p "$port" -f $((port + 1)) >"$work/host" 2>&1 &
mod=$!
children="$children $mod"
for _ in $(seq 50); do
    { exec 3<>"/dev/tcp/127.0.0.1/$port"; } 2>/dev/null && break
    sleep 0.1
done
exec 4<>"/dev/tcp/127.0.0.1/$((port + 1))"
stdbuf -o0 tr '\0' '\n' <&4 >"$work/told" &
children="$children $!"

say "add $mono 0"
wait_for "$output"
jack_connect metro:480_bpm effect_0:in_1
hear 0.5
say "patch_set 0 ${mono%#*}#model $installed/other.safetensors"
hear -0.25
say "param_set 0 next_model 1" # after the last the first
hear 0.5
grep -qx "patch_set 0 ${mono%#*}#model p $installed/overdrive.safetensors" "$work/told" ||
    fail "MOD was not told of the next model: $(cat "$work/told")"
say "patch_set 0 ${mono%#*}#response $work/flip.wav"
hear -0.5
say "bypass 0 1"
hear 1
printf 'quit\0' >&3
wait "$mod" || fail "mod-host ended badly: $(cat "$work/host")"
