#!/usr/bin/env python3
"""Writes Tests/InferenceTests/Goldens/tflite.json: what LiteRT computes for a fixed input on each fetched network.

Needs ai-edge-litert (the version is written into the file). Inputs are a 32-bit linear congruential sequence, the
same in the test; of each output up to 400 evenly spaced numbers are kept, with the output's largest magnitude.
"""
import json
import pathlib
import sys
from importlib.metadata import version

import numpy as np
from ai_edge_litert.interpreter import Interpreter

ROOT = pathlib.Path(__file__).resolve().parents[2]
NETWORKS = [
    "face_detector", "face_detection_full_range", "face_landmarks_detector", "face_blendshapes",
    "mediapipe_face_landmark", "mediapipe_iris_landmark",
]


def sequence(count: int) -> np.ndarray:
    """Numbers in -1...1 from x' = 1664525 x + 1013904223 mod 2^32 (Numerical Recipes), top 24 bits."""
    state, out = 1, np.empty(count, np.float32)
    for index in range(count):
        state = (1664525 * state + 1013904223) & 0xFFFFFFFF
        out[index] = np.float32(state >> 8) / np.float32(1 << 23) - np.float32(1)
    return out


def main() -> None:
    folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "Models" / "third-party"
    networks = {}
    for name in NETWORKS:
        interpreter = Interpreter(str(folder / f"{name}.tflite"), num_threads=1)
        interpreter.allocate_tensors()
        for entry in interpreter.get_input_details():
            interpreter.set_tensor(entry["index"], sequence(int(np.prod(entry["shape"]))).reshape(entry["shape"]))
        interpreter.invoke()
        outputs = []
        for entry in interpreter.get_output_details():
            value = interpreter.get_tensor(entry["index"]).ravel()
            step = max(1, len(value) // 400)
            outputs.append({
                "name": entry["name"], "shape": [int(size) for size in entry["shape"]], "step": step,
                "largest": float(np.abs(value).max()), "values": [float(f"{x:.7g}") for x in value[::step]],
            })
        networks[name] = outputs
    target = ROOT / "Tests" / "InferenceTests" / "Goldens" / "tflite.json"
    target.write_text(json.dumps({"made_with": f"ai-edge-litert {version('ai-edge-litert')}", "networks": networks}) + "\n")
    print(f"{target}: {target.stat().st_size} bytes")


main()
