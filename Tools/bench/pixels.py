#!/usr/bin/env python3
"""Decoding and colours of 1280x720 frames: this program, OpenCV and FFmpeg in turns, one thread each.

usage: bench-pixels.py CLIP [PROGRAM] [--rounds N]

Needs ffmpeg, and OpenCV for Python with NumPy. Prints a table in Markdown: medians over the rounds.
"""
import argparse
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

FRAMES = 180
FORMATS = {"YUYV": "yuyv422", "I420": "yuv420p", "NV12": "nv12"}


def ffmpeg(*arguments):
    """Processor time that FFmpeg's own process took, in seconds."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(["ffmpeg", "-v", "error", "-y", "-threads", "1", *arguments], check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def ours(program, clip):
    lines = subprocess.run([program, "bench-pixels", "--mjpeg", clip], check=True, capture_output=True, text=True).stdout
    found = {}
    for name, median in re.findall(r"^(.+): median ([0-9.]+) ms", lines, re.MULTILINE):
        found[name] = float(median)
    result = {"decode": found["read, split, decode to planes"]}
    for name in FORMATS:
        result[f"whole {name}"] = found[f"convert {name} to RGB bytes, whole"]
        result[f"crop {name}"] = found[f"warp {name} to 256x256 RGB floats"]
    return result


def timed(work, count=101):
    times = []
    for _ in range(count):
        start = time.perf_counter()
        work()
        times.append(1000 * (time.perf_counter() - start))
    return statistics.median(times)


def opencv(pictures, raw):
    try:
        import cv2
        import numpy as np
    except ImportError as error:
        sys.exit(f"bench-pixels: {error}; run it with a Python that has opencv-python-headless and numpy")
    cv2.setNumThreads(1)
    codes = {"YUYV": cv2.COLOR_YUV2RGB_YUYV, "I420": cv2.COLOR_YUV2RGB_I420, "NV12": cv2.COLOR_YUV2RGB_NV12}
    packed = [np.frombuffer(picture, np.uint8) for picture in pictures]
    turn = iter(range(1 << 30))
    result = {"decode": timed(lambda: cv2.imdecode(packed[next(turn) % len(packed)], cv2.IMREAD_COLOR))}
    # What this program's crop does in one pass: turned and scaled by 300/256, as floats in -1...1.
    warp = np.array([[300 / 256, 0.15, 400], [-0.15, 300 / 256, 250]], np.float32)
    for name, data in raw.items():
        shape = (720, 1280, 2) if name == "YUYV" else (1080, 1280)
        picture = np.frombuffer(data, np.uint8).reshape(shape)
        whole = np.empty((720, 1280, 3), np.uint8)
        result[f"whole {name}"] = timed(lambda: cv2.cvtColor(picture, codes[name], dst=whole))

        def crop():
            cv2.cvtColor(picture, codes[name], dst=whole)
            face = cv2.warpAffine(whole, warp, (256, 256), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
            return face.astype(np.float32) * np.float32(1 / 127.5) - 1

        result[f"crop {name}"] = timed(crop)
    return result


def swscale(folder):
    """FFmpeg's whole pictures, a mean of FRAMES: its time with the work less its time without."""
    def spent(source, *work):
        return ffmpeg(*source, *work, "-f", "null", "-")
    motion = ["-f", "mjpeg", "-i", f"{folder}/clip.mjpg"]
    read = ffmpeg(*motion, "-c", "copy", "-f", "null", "-")
    result = {"decode": 1000 * (spent(motion) - read) / FRAMES}
    for name, pixels in FORMATS.items():
        source = ["-f", "rawvideo", "-pix_fmt", pixels, "-s", "1280x720", "-i", f"{folder}/{name}"]
        plain = spent(source)
        result[f"whole {name}"] = 1000 * (spent(source, "-vf", "format=rgb24") - plain) / FRAMES
    return result


def main():
    options = argparse.ArgumentParser()
    options.add_argument("clip")
    options.add_argument("program", nargs="?", default=".build/release/vigil")
    options.add_argument("--rounds", type=int, default=5)
    options = options.parse_args()
    if not Path(options.clip).is_file():
        sys.exit(f"bench-pixels: {options.clip}: cannot be read; give a video")
    with tempfile.TemporaryDirectory() as folder:
        source = ["-stream_loop", "-1", "-i", options.clip, "-frames:v", str(FRAMES), "-an", "-vf", "scale=1280:720"]
        ffmpeg(*source, "-c:v", "mjpeg", "-q:v", "4", f"{folder}/clip.mjpg")
        raw = {}
        for name, pixels in FORMATS.items():
            ffmpeg(*source, "-pix_fmt", pixels, "-f", "rawvideo", f"{folder}/{name}")
            with open(f"{folder}/{name}", "rb") as file:
                raw[name] = file.read(1280 * 720 * (2 if name == "YUYV" else 3) // (1 if name == "YUYV" else 2))
        stream = Path(folder, "clip.mjpg").read_bytes()
        pictures = [b"\xff\xd8\xff" + part for part in stream.split(b"\xff\xd8\xff")[1:]]
        rounds = [(ours(options.program, f"{folder}/clip.mjpg"), opencv(pictures, raw), swscale(folder))
                  for _ in range(options.rounds)]
    print(f"{options.rounds} rounds; Motion JPEG of {len(stream) // FRAMES // 1024} KB a picture\n")
    print("| 1280x720, ms a picture | this program | OpenCV | FFmpeg | against the faster |\n|---|---|---|---|---|")
    for key in rounds[0][0]:
        figures = [statistics.median(r[i][key] for r in rounds) if key in rounds[0][i] else None for i in range(3)]
        ratio = figures[0] / min(f for f in figures[1:] if f is not None)
        print(f"| {key} | " + " | ".join("" if f is None else f"{f:.3f}" for f in figures) + f" | {ratio:.2f} |")


if __name__ == "__main__":
    main()
