#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Makes the synthetic captures of this folder and the input that they are tried with.

Random weights, rounded to four digits, large enough that gates and tanh leave their linear range
and small enough that no network is chaotic, which would magnify the rounding of any engine.
The expected outputs are not made here: README.md says which engine gave them."""
import json
import sys

import numpy as np

folder = sys.argv[1] if len(sys.argv) > 1 else "."
rng = np.random.default_rng(1997)


def numbers(*shape, scale=1.0):
    return np.round(rng.normal(0, scale, shape), 4)


def recurrent(width, gates, transposed=False):
    shape = (gates * width, width) if transposed else (width, gates * width)
    return numbers(*shape, scale=1 / np.sqrt(width))


def write(name, content):
    with open(f"{folder}/{name}", "w") as file:
        json.dump(content, file, separators=(",", ":"))
        file.write("\n")


def nam_layer(inputs, width, forget=None):
    bias = numbers(4 * width, scale=0.5)
    if forget is not None:  # slow cells: what they start from is still heard after the pre-warm
        bias[:width] = -3
        bias[width:2 * width] = forget
    weight = np.hstack([numbers(4 * width, inputs, scale=0.8), recurrent(width, 4, True)])
    if forget is not None:
        weight[width:2 * width] = np.round(0.1 * weight[width:2 * width], 4)
    return [weight.ravel(), bias, numbers(width, scale=0.4), numbers(width, scale=0.8)]


def nam(layers, width, version, forget=None, config=(), **fields):
    parts = []
    for i in range(layers):
        parts += nam_layer(width if i else 1, width, forget)
    parts += [numbers(width), numbers(1, scale=0.1)]
    return {"version": version, **fields, "architecture": "LSTM",
            "config": {"input_size": 1, "hidden_size": width, "num_layers": layers, **dict(config)},
            "weights": np.concatenate(parts).tolist()}


metadata = {"date": {"year": 2025, "month": 1, "day": 2, "hour": 3, "minute": 4, "second": 5},
            "loudness": -17.25, "gain": 0.5, "name": "Synthetic", "modeled_by": "xlstm.lv2",
            "gear_type": "amp", "gear_make": "None", "gear_model": "At all", "tone_type": "clean",
            "input_level_dbu": 18.3, "output_level_dbu": 12.3,
            "training": {"validation_esr": 0.0125}}

write("nam-1x3.nam", nam(1, 3, "0.5.0"))
write("nam-1x16.nam", nam(1, 16, "0.5.4", metadata=metadata, sample_rate=48000))
write("nam-2x7.nam", nam(2, 7, "0.5.2", sample_rate=44100))
write("nam-3x5.nam", nam(3, 5, "0.6.0", config={"in_channels": 1, "out_channels": 1},
                         sample_rate=48000.0))
write("nam-slow.nam", nam(2, 4, "0.5.4", forget=6.5, sample_rate=1000))
write("nam-container.nam", {
    "version": "0.7.0", "architecture": "SlimmableContainer", "sample_rate": 48000,
    "metadata": {"name": "Two sizes", "loudness": -20},
    "config": {"submodels": [
        {"max_value": 0.5, "model": nam(1, 2, "0.5.4", sample_rate=48000)},
        {"max_value": 1.0, "model": nam(1, 4, "0.5.4", sample_rate=48000)}]},
    "weights": []})


def shape(width):
    return [None, None, width]


def lstm(inputs, width, activation=""):
    weights = [numbers(inputs, 4 * width), recurrent(width, 4),
               numbers(4 * width, scale=0.5)]
    return {"type": "lstm", "activation": activation, "shape": shape(width),
            "weights": [w.tolist() for w in weights]}


def gru(inputs, width, activation=""):
    weights = [numbers(inputs, 3 * width), recurrent(width, 3),
               numbers(2, 3 * width, scale=0.5)]
    return {"type": "gru", "activation": activation, "shape": shape(width),
            "weights": [w.tolist() for w in weights]}


def dense(inputs, width, activation="", bias=True, kind="dense"):
    weights = [numbers(inputs, width, scale=0.7)] + ([numbers(width, scale=0.3)] if bias else [])
    return {"type": kind, "activation": activation, "shape": shape(width),
            "weights": [w.tolist() for w in weights]}


def keras(inputs, *layers, **fields):
    return {"in_shape": shape(inputs), **fields, "layers": list(layers)}


write("keras-lstm-12.json", keras(1, lstm(1, 12), dense(12, 1), metadata={
    "name": "Synthetic", "samplerate": "48000", "author": "xlstm.lv2", "license": "ISC",
    "based": "Nothing", "esr": 0.015}))
write("keras-gru-9.json", keras(1, gru(1, 9, "tanh"), dense(9, 1), samplerate=44100))
write("keras-lstm-6-5-dense.json",
      keras(1, lstm(1, 6, "tanh"), lstm(6, 5), dense(5, 4, "tanh"), dense(4, 1)))
write("keras-dense-gru-lstm.json",
      keras(1, dense(1, 3, "relu"), gru(3, 5), lstm(5, 4),
            dense(4, 6, kind="time-distributed-dense"),
            {"type": "activation", "activation": "sigmoid", "shape": shape(6), "weights": []},
            dense(6, 1, bias=False)))
write("keras-tanh-out.json", keras(1, gru(1, 4), dense(4, 1, "tanh")))
write("aidax-lstm-8-gains.json",
      keras(1, lstm(1, 8), dense(8, 1), in_skip=1, in_gain=6.5, out_gain=-4.25))
write("aidax-gru-12-knob.json",
      keras(2, gru(2, 12), dense(12, 1), in_skip=1, in_gain=-3, out_gain=2))
write("aidax-lstm-16-2knobs.json", keras(3, lstm(3, 16), dense(16, 1), in_gain=4))


def guitarml(inputs, width, unit="LSTM", layers=1, skip=1):
    count = {"LSTM": 4, "GRU": 3}[unit]
    gates = count * width
    state = {}
    for i in range(layers):
        state[f"rec.weight_ih_l{i}"] = numbers(gates, width if i else inputs)
        state[f"rec.weight_hh_l{i}"] = recurrent(width, count, True)
        state[f"rec.bias_ih_l{i}"] = numbers(gates, scale=0.3)
        state[f"rec.bias_hh_l{i}"] = numbers(gates, scale=0.3)
    state["lin.weight"] = numbers(1, width, scale=0.4)
    state["lin.bias"] = numbers(1, scale=0.1)
    return {"model_data": {"model": "SimpleRNN", "input_size": inputs, "skip": skip,
                           "output_size": 1, "unit_type": unit, "num_layers": layers,
                           "hidden_size": width, "bias_fl": True},
            "state_dict": {key: value.tolist() for key, value in state.items()}}


write("neuralpi-lstm-20.json", guitarml(1, 20))
write("neuralpi-lstm-20-2knobs.json", guitarml(3, 20))
write("proteus-lstm-40-knob.json", guitarml(2, 40))
write("guitarml-gru-2x6.json", guitarml(1, 6, "GRU", layers=2, skip=0))

t = np.arange(600)
sweep = np.sin(2 * np.pi * (0.002 * t + 0.0002 * t**2)) * np.exp(-t / 400)
steps = np.where((t > 200) & (t < 260), 0.6, 0) - np.where((t > 330) & (t < 390), 0.9, 0)
noise = rng.uniform(-0.5, 0.5, 600) * ((t > 420) & (t < 520))
signal = (0.7 * sweep + steps + noise) * (t > 8)
signal.astype("<f4").tofile(f"{folder}/input.f32")
