#!/bin/sh
# SPDX-License-Identifier: ISC
# Ardour without a sound card: a session with the plugin is made, saved, closed, opened, saved
# again, moved, automated and switched between models while it plays; every export equals what
# `xlstm render` makes of the export without the plugin.
. "$(dirname "$0")/host_setup.sh"
need ardour7-lua ardour7-export sox soxi

# lua SCRIPT: runs it in Ardour, after what every script begins with
lua() {
    printf '%s\n' "AudioEngine:set_backend('None (Dummy)', '', '')" "$1" 'close_session()' 'quit()' \
        >"$work/script.lua"
    timeout 60 ardour7-lua "$work/script.lua" >"$work/said" 2>&1 || fail "$(cat "$work/said")"
    ! grep -q '^Error' "$work/said" || fail "$(cat "$work/said")"
}

# export_session SESSION FILE. Ardour 7.3's exporter corrupts its heap in about one run of seven,
# with or without plugins in the session: so a crash is tried again.
export_session() {
    for _ in 1 2 3 4 5 6; do
        timeout 60 ardour7-export -b float -o "$2" "$1" session >"$work/said" 2>&1 && return
    done
    fail "$(cat "$work/said")"
}

# check FILE. Ardour runs plugins on silence before it rolls, so the model is not as fresh as that of
# `xlstm render`; after half a second both know the same past.
check() {
    compare "$1" "$work/expected.wav" -120 1 24000
}

# Recording silence makes a track with a region; then its files get the sound of our test signal.
lua "
local s = create_session('$work/first', 'session', 48000)
local t = s:new_audio_track(2, 2, nil, 1, 'guitar', ARDOUR.PresentationInfo.max_order,
                            ARDOUR.TrackMode.Normal, true):front()
local arm = t:rec_enable_control()
arm:set_value(1, PBD.GroupControlDisposition.NoGroup)
s:maybe_enable_record()
s:request_roll(ARDOUR.TransportRequestSource.TRS_UI)
ARDOUR.LuaAPI.usleep(3000000)
s:request_stop(false, false, ARDOUR.TransportRequestSource.TRS_UI)
ARDOUR.LuaAPI.usleep(500000)
arm:set_value(0, PBD.GroupControlDisposition.NoGroup)
s:save_state('')"
"$XLSTM" signal --seconds 80 --format float "$work/signal.wav" >/dev/null
start=20
for file in "$work"/first/interchange/first/audiofiles/*.wav; do
    frames=$(soxi -s "$file" 2>/dev/null)
    sox "$work/signal.wav" -e float -b 32 "$work/part.wav" trim "$start" "${frames}s"
    cp "$work/part.wav" "$file"
    start=$((start + 30))
done
export_session "$work/first" "$work/dry.wav"

# Two instances of the mono plugin, for the two channels
lua "
local s = load_session('$work/first', 'session')
local p = ARDOUR.LuaAPI.new_plugin(s, '$mono', ARDOUR.PluginType.LV2, '')
assert(not p:isnil())
assert(s:route_by_name('guitar'):add_processor_by_index(p, 0, nil, true) == 0)
local plugin = p:to_insert():plugin(0)
assert(plugin:load_preset(plugin:preset_by_label('Other')))
local automatable = {}
for p in p:to_insert():to_automatable():all_automatable_params():iter() do
    automatable[p:id()] = true
end
for i = 0, plugin:parameter_count() - 1 do
    assert(not plugin:parameter_is_input(i) or not plugin:parameter_is_control(i) or automatable[i],
           plugin:parameter_label(i) .. ' cannot be automated')
end
ARDOUR.LuaAPI.usleep(500000)
s:save_state('')"
"$XLSTM" render --quiet --model "$installed/other.safetensors" "$work/dry.wav" \
    --output "$work/expected.wav"
export_session "$work/first" "$work/wet.wav"
check "$work/wet.wav"

# A second life, then another home without the file that the model came from
lua "
local s = load_session('$work/first', 'session')
ARDOUR.LuaAPI.usleep(500000)
s:save_state('')"
export_session "$work/first" "$work/again.wav"
check "$work/again.wav"
cp -rL "$work/first" "$work/second"
rm -rf "$work/first" "$installed/other.safetensors"
export_session "$work/second" "$work/moved.wav"
check "$work/moved.wav"

# lua_in SESSION SCRIPT: the same with `plugin` and its insert `insert` at hand; saved afterwards
lua_in() {
    lua "
local s = load_session('$1', 'session')
local insert = s:route_by_name('guitar'):nth_plugin(0):to_insert()
local plugin = insert:plugin(0)
$2
s:save_state('')"
}

# part FROM FRAMES IN OUT: some frames of a file
part() {
    sox "$3" "$4" trim "$1"s "$2"s 2>/dev/null
}

# The output gain falls by 12 dB just before two seconds: so does the export, and nothing else.
lua_in "$work/second" "
local port = -1
for i = 0, plugin:parameter_count() - 1 do
    if plugin:parameter_label(i) == 'Output gain' then port = i end
end
assert(port >= 0)
local control = insert:to_automatable():automation_control(
    Evoral.Parameter(ARDOUR.AutomationType.PluginAutomation, 0, port), true)
local list = control:alist()
list:add(Temporal.timepos_t(0), 0, false, true)
list:add(Temporal.timepos_t(90000), 0, false, true)
list:add(Temporal.timepos_t(96000), -12, false, true)
list:add(Temporal.timepos_t(480000), -12, false, true)
control:set_automation_state(ARDOUR.AutoState.Play)"
export_session "$work/second" "$work/automated.wav"
part 24000 60000 "$work/automated.wav" "$work/before.wav"
part 24000 60000 "$work/expected.wav" "$work/before_expected.wav"
compare "$work/before.wav" "$work/before_expected.wav" -120
part 112000 24000 "$work/automated.wav" "$work/after.wav"
part 112000 24000 "$work/expected.wav" "$work/after_expected.wav"
compare "$work/after.wav" "$work/after_expected.wav" -120 0.251188643

# Models change in quick succession while sound goes on; the last one stays.
add_preset other Other "$data/golden/audio_mixed.safetensors"
lua_in "$work/second" "
s:request_locate(0, false, ARDOUR.LocateTransportDisposition.MustRoll,
                 ARDOUR.TransportRequestSource.TRS_UI)
for i = 1, 41 do
    assert(plugin:load_preset(plugin:preset_by_label(i % 2 == 0 and 'Overdrive' or 'Other')))
    ARDOUR.LuaAPI.usleep(25000 + i * 1000)
end
ARDOUR.LuaAPI.usleep(500000)
s:request_stop(false, false, ARDOUR.TransportRequestSource.TRS_UI)
ARDOUR.LuaAPI.usleep(200000)"
export_session "$work/second" "$work/switched.wav"
part 24000 60000 "$work/switched.wav" "$work/before.wav"
part 24000 60000 "$work/expected.wav" "$work/before_expected.wav"
compare "$work/before.wav" "$work/before_expected.wav" -120

# A session keeps the impulse response, too, also when its file is gone from where it was.
make_flip "$installed/flip.wav"
add_preset flip Flip "$data/golden/audio_mixed.safetensors"
sed -i 's|xl:model <flip.safetensors>|& ; xl:response <flip.wav>|' "$installed/flip.ttl"
lua_in "$work/second" "
assert(plugin:load_preset(plugin:preset_by_label('Flip')))
ARDOUR.LuaAPI.usleep(500000)"
cp -rL "$work/second" "$work/third"
rm -rf "$work/second" "$installed/flip.wav"
export_session "$work/third" "$work/flipped.wav"
part 24000 60000 "$work/flipped.wav" "$work/before.wav"
compare "$work/before.wav" "$work/before_expected.wav" -100 -1
