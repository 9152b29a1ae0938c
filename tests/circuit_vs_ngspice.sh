#!/bin/sh
# SPDX-License-Identifier: ISC
# Solves the presets' circuits with our program and with ngspice and compares the results.
#   circuit_vs_ngspice.sh XLSTM_DEVICE FOLDER_OF_NETLISTS
# Skipped (77) where ngspice or sox is missing.
set -eu
device=$1
netlists=$2
command -v ngspice >/dev/null && command -v sox >/dev/null || exit 77

# The most that the two may differ by, dB of the output's RMS. Measured with ngspice 39: -64 to -87;
# a wrong sign or factor in a part costs 60 dB and more.
limit=-55
seconds=0.1
rate=48000
fine=384000
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# A string, plucked at 110 Hz and damped, that starts softly: peak 0.5 V. For awk and for ngspice.
tau=6.283185307179586
string="0.39*(1-exp(-(T*T)/4e-6))*exp(-T/0.06)*(sin($tau*110*T)+0.6*sin($tau*220.1*T+1)\
+0.5*sin($tau*330.6*T+2)+0.3*sin($tau*551*T)+0.15*sin($tau*1330*T+1))"
in_time() { printf '%s' "$string" | sed "s/T/$1/g"; }

awk "BEGIN { print \"; Sample Rate $rate\"; print \"; Channels 1\"
    for (n = 0; n < $seconds * $rate; n++) { t = n / $rate; printf \"%.9f %.12f\n\", t, $(in_time t) } }" \
    >"$folder/dry.dat"
sox -V1 "$folder/dry.dat" -e float -b 32 "$folder/dry.wav"

# ngspice knows no triodes: each model becomes a subcircuit of two current sources.
translate() {
    sed -E -e 's/^VIN +src.*/BIN src 0 V={'"$(in_time time | sed 's/[&/]/\\&/g')"'}/' \
        -e 's/^\.model +(\S+) +TRIODE\((.*)\)/.subckt \1 p g k\n.param \2\n'\
'BG g k I={GG*pow(ln(1+exp(CG*V(g,k)))\/CG,XI)}\n'\
'BP p k I={G*pow(ln(1+exp(C*(V(p,k)\/MU+V(g,k))))\/C,GAMMA)-GG*pow(ln(1+exp(CG*V(g,k)))\/CG,XI)}\n'\
'.ends/' \
        -e "s|^\.end\$|.options reltol=1e-5 abstol=1e-13 vntol=1e-8\\
.tran {1/$fine} $seconds 0 {0.5/$fine}\\
.control\\
run\\
set wr_singlescale\\
linearize v(out)\\
wrdata $folder/out.txt v(out)\\
quit\\
.endc\\
.end|" "$1"
}

rms() { sox -V1 "$@" -n stat 2>&1 | awk '/^RMS +amplitude/ { print $3 }'; }

# Compares the two on a netlist whose first knob stands at the given position.
compare() {
    name=$(basename "$1" .cir)
    sed -E "s/^\.param (drive|gain)=[0-9.]+/.param \1=$2/" "$1" >"$folder/netlist.cir"
    "$device" "$folder/netlist.cir" "$folder/dry.wav" "$folder/ours.wav" >/dev/null
    translate "$folder/netlist.cir" >"$folder/netlist.sp"
    (cd "$folder" && rm -f out.txt && ngspice -b netlist.sp >log 2>&1) || true
    if [ ! -s "$folder/out.txt" ]; then
        echo "$name: ngspice gave no result"
        tail -n 20 "$folder/log"
        return 1
    fi
    { echo "; Sample Rate $fine"; echo "; Channels 1"; cat "$folder/out.txt"; } >"$folder/out.dat"
    sox -V1 "$folder/out.dat" -e float -b 32 -r $rate "$folder/theirs.wav" rate -v -s
    # Both ends are left out: there the resamplers see what is not.
    for side in ours theirs; do
        sox -V1 "$folder/$side.wav" -e float -b 32 "$folder/$side-cut.wav" trim 0.005 0.09
    done
    level=$(rms "$folder/theirs-cut.wav")
    error=$(rms -m -v 1 "$folder/ours-cut.wav" -v -1 "$folder/theirs-cut.wav")
    awk "BEGIN { d = 20 * log($error / $level + 1e-12) / log(10)
        printf \"$name at $2: RMS %.4f V, difference from ngspice %.1f dB\\n\", $level, d
        exit !(d < $limit) }"
}

failed=0
for netlist in "$netlists"/*.cir; do
    compare "$netlist" 0.5 || failed=1
    compare "$netlist" 0.9 || failed=1
done
exit $failed
