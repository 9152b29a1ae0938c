# SPDX-License-Identifier: ISC
"""Makes and reads the small files of the command line tests. Needs Python's standard library alone.

    cli_files.py model PATH GAIN [CONFIG]             a model that multiplies by GAIN
    cli_files.py slow PATH                            a model that remembers for seconds
    cli_files.py wav PATH RATE CHANNELS FRAMES [BITS] a different sine in each channel
    cli_files.py patch PATH OFFSET HEX                overwrites bytes
    cli_files.py length PATH                          frames of a WAV file
    cli_files.py distance A B                         largest difference of two float WAV files
    cli_files.py delta A GAIN B                       largest difference of GAIN * A and B
"""
import array
import json
import math
import struct
import sys

PLAIN, FLOAT, EXTENSIBLE = 1, 3, 0xFFFE
FULL_SCALE = {16: 2**15, 24: 2**23}


def write_model(path, tensors, config):
    """A safetensors file of F32 tensors {name: (shape, numbers)}."""
    header = {"__metadata__": {"kind": "xLSTMAudioModel", "config": json.dumps(config)}}
    data = b""
    for name, (shape, numbers) in tensors.items():
        raw = struct.pack("<%df" % len(numbers), *numbers)
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + data)


def model(path, gain, extra="{}"):
    config = {"layers": [{"type": "linear", "out_features": 1, "bias": False}], "in_proj": False,
              "out_proj_bias": False, **json.loads(extra)}
    inputs = 1 + len(config.get("knobs", []))
    write_model(path, {"layers.0.weight": ([1, inputs], [float(gain)] + [1.0] * (inputs - 1)),
                       "out_proj.weight": ([1, 1], [1.0])}, config)


def slow(path):
    """An LSTM of one unit: the input gate is closed below a loud input, the forget gate is open, so
    that a burst stays in the cell and fades with a time constant of a quarter of a second."""
    forget = math.log(0.25 * 48000)
    tensors = {"layers.0.weight_ih_l0": ([4, 1], [40.0, 0.0, 4.0, 0.0]),
               "layers.0.weight_hh_l0": ([4, 1], [0.0] * 4),
               "layers.0.bias_ih_l0": ([4], [-10.0, forget, 2.0, 0.0]),
               "layers.0.bias_hh_l0": ([4], [0.0] * 4),
               "out_proj.weight": ([1, 1], [1.0])}
    write_model(path, tensors, {"layers": [{"type": "lstm", "hidden_size": 1}], "in_proj": False,
                                "out_proj_bias": False})


def sine(frame, rate, channel):
    return 0.5 * math.sin(2 * math.pi * (220 * (channel + 1)) * frame / rate)


def pack(samples, bits):
    if bits == 32:
        return array.array("f", samples).tobytes()
    width = bits // 8
    scaled = [round(sample * FULL_SCALE[bits]) for sample in samples]
    return b"".join(number.to_bytes(width, "little", signed=True) for number in scaled)


def wav(path, rate, channels, frames, bits="32"):
    rate, channels, frames, bits = int(rate), int(channels), int(frames), int(bits)
    samples = [sine(f, rate, c) for f in range(frames) for c in range(channels)]
    data = pack(samples, bits)
    align = channels * bits // 8
    form = struct.pack("<HHIIHH", FLOAT if bits == 32 else PLAIN, channels, rate, rate * align, align, bits)
    with open(path, "wb") as file:
        file.write(b"RIFF" + struct.pack("<I", 36 + len(data)) + b"WAVE" + b"fmt " +
                   struct.pack("<I", len(form)) + form + b"data" + struct.pack("<I", len(data)) + data)


def patch(path, offset, digits):
    with open(path, "r+b") as file:
        file.seek(int(offset))
        file.write(bytes.fromhex(digits))


def read(path):
    """Samples as floats, and the number of channels."""
    with open(path, "rb") as file:
        content = file.read()
    form, at = None, 12
    while content[at:at + 4] != b"data":
        size = struct.unpack_from("<I", content, at + 4)[0]
        if content[at:at + 4] == b"fmt ":
            form = struct.unpack_from("<HHIIHH", content, at + 8)
        at += 8 + size + size % 2
    data = content[at + 8:at + 8 + struct.unpack_from("<I", content, at + 4)[0]]
    bits, channels = form[5], form[1]
    if bits == 32:
        return array.array("f", data).tolist(), channels
    width = bits // 8
    numbers = [int.from_bytes(data[i:i + width], "little", signed=True) for i in range(0, len(data), width)]
    return [number / FULL_SCALE[bits] for number in numbers], channels


def length(path):
    samples, channels = read(path)
    print(len(samples) // channels)


def delta(one, gain, other):
    a, b = read(one)[0], read(other)[0]
    if len(a) != len(b):
        sys.exit(f"{one} has {len(a)} samples, {other} {len(b)}")
    print("%.9f" % max(abs(float(gain) * x - y) for x, y in zip(a, b)))


def distance(one, other):
    delta(one, 1, other)


if __name__ == "__main__":
    actions = {f.__name__: f for f in (model, slow, wav, patch, length, distance, delta)}
    actions[sys.argv[1]](*sys.argv[2:])
