. /work/main/tests/host_setup.sh
cp $programs/host_ui.so $installed/
cat >> $installed/manifest.ttl <<END
@prefix ui: <http://lv2plug.in/ns/extensions/ui#> .
xl:mono ui:ui xl:test-ui .
xl:test-ui a ui:UI ; ui:binary <host_ui.so> ; lv2:extensionData ui:showInterface , ui:idleInterface .
END
"$programs/make_gain_model" "$installed/overdrive.safetensors" 0.5
"$programs/make_gain_model" "$installed/other.safetensors" -0.25
export JACK_DEFAULT_SERVER="xlstm-test-$$" JACK_NO_AUDIO_RESERVATION=1
jackd --no-realtime --name "$JACK_DEFAULT_SERVER" -d dummy -r 48000 -p 256 >"$work/jackd" 2>&1 &
children="$children $!"
sleep 1
export XLSTM_TEST_MODEL=$installed/other.safetensors
(sleep 4) | timeout 8 jalv -s -d -U ${mono%#*}#test-ui $mono 
