#!/usr/bin/env python3
"""Writes Tests/HearingTests/Goldens/silero.json: what onnxruntime computes of made sound with the voice network.

    Tools/generate/voice-goldens.py [FOLDER OF NETWORKS]

Needs onnxruntime and numpy (versions are written into the file). The sound, the same in the test: 3 s at 16 kHz of a
buzz of 120 Hz (a sawtooth through two resonances that glide, like a vowel) that comes and goes 3 times a second, with
noise of a 32-bit linear congruential sequence. The network sees 512 samples with the 64 before them, as its authors do.
"""
import json
import pathlib
import sys
from importlib.metadata import version

import numpy as np
import onnxruntime

ROOT = pathlib.Path(__file__).resolve().parents[2]
RATE, WINDOW, CONTEXT = 16_000, 512, 64


def made_sound(seconds: float) -> np.ndarray:
    """A buzz that comes and goes, in float32."""
    count = int(seconds * RATE)
    state, out = 1, np.zeros(count, np.float32)
    memory = [[0.0, 0.0], [0.0, 0.0]]
    for index in range(count):
        time = index / RATE
        state = (1664525 * state + 1013904223) & 0xFFFFFFFF
        noise = (state >> 8) / float(1 << 23) - 1
        source = 2 * ((120 * time) % 1) - 1
        value = 0.0
        for number, (centre, width) in enumerate(((500 + 200 * np.sin(5 * time), 80), (1500 + 400 * np.sin(3 * time), 120))):
            radius = np.exp(-np.pi * width / RATE)
            one, two = memory[number]
            new = source + 2 * radius * np.cos(2 * np.pi * centre / RATE) * one - radius * radius * two
            memory[number] = [new, one]
            value += (1 - radius) * new
        loudness = max(0.0, np.sin(2 * np.pi * 1.5 * time)) ** 2
        out[index] = np.float32(0.5 * loudness * value + 0.002 * noise)
    return out


def main() -> None:
    folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "Models" / "third-party"
    session = onnxruntime.InferenceSession(str(folder / "silero_vad.onnx"), providers=["CPUExecutionProvider"])
    sound = made_sound(3)
    state, context, values = np.zeros((2, 1, 128), np.float32), np.zeros(CONTEXT, np.float32), []
    for start in range(0, len(sound) - WINDOW + 1, WINDOW):
        window = sound[start:start + WINDOW]
        output, state = session.run(None, {"input": np.concatenate([context, window])[None], "state": state,
                                           "sr": np.array(RATE, np.int64)})
        context = window[-CONTEXT:]
        values.append(float(output.ravel()[0]))
    target = ROOT / "Tests" / "HearingTests" / "Goldens" / "silero.json"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps({
        "made_with": f"onnxruntime {version('onnxruntime')}, numpy {version('numpy')}", "probabilities": values,
        "state_sum": float(np.abs(state).sum()), "sound_sum": float(np.abs(sound).astype(np.float64).sum())}) + "\n")
    print(f"{target}: {len(values)} windows, from {min(values):.4f} to {max(values):.4f}")


main()
