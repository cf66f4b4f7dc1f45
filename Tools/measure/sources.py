#!/usr/bin/env python3
"""Processor time of reading 1280x720 at 30 a second, by source: a kernel camera, PipeWire, the screen of X11.

usage: sources.py [PROGRAM]

PROGRAM (default .build/release/vigil) reads FRAMES pictures of each with `vigil probe`, which looks at nothing but a few
pixels; what is printed is the processor time of that process for each picture, start and end included. The kernel camera
is scripts/device/scripted-camera.c, so the driver's own work is not in it. Needs what scripts/test-pipewire.py needs,
and Xvfb.
"""
import importlib.util
import json
import os
import subprocess
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
spec = importlib.util.spec_from_file_location("pipewire_session", ROOT / "scripts/test-pipewire.py")
base = importlib.util.module_from_spec(spec)
spec.loader.exec_module(base)
FRAMES, ROUNDS = 300, 3


def read(source, **extra):
    """Milliseconds of processor time a picture, and how many pictures a second came."""
    process = subprocess.Popen([base.PROGRAM, "probe", "--size", "1280x720", "--frames", str(FRAMES), "--seconds", "60", source],
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env={**os.environ, **extra})
    result = json.loads(process.stdout.read().decode().splitlines()[-1])
    _, _, usage = os.wait4(process.pid, 0)
    process.returncode = 0
    count = max(result.get("delivered", 0), 1)
    return 1000 * (usage.ru_utime + usage.ru_stime) / count, result.get("delivered", 0) / result["seconds"]


def main():
    base.inside_session()
    folder = os.environ["XDG_RUNTIME_DIR"]
    session = base.Session(folder)
    subprocess.run(["cc", "-O2", "-shared", "-fPIC", "-o", f"{folder}/camera.so", ROOT / "scripts/device/scripted-camera.c", "-ldl"],
                   check=True)
    subprocess.run(["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc2=size=1280x720:rate=30", "-t", "2", "-pix_fmt", "yuyv422",
                    "-f", "rawvideo", f"{folder}/frames"], check=True)
    screen = subprocess.Popen(["Xvfb", ":94", "-screen", "0", "1280x720x24"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(1)
    kernel = {"LD_PRELOAD": f"{folder}/camera.so", "VIGIL_CAMERA_FRAMES": f"{folder}/frames"}
    cases = {
        "kernel camera, YUYV": lambda: read("/dev/video90", **kernel),
        "PipeWire, YUY2, the daemon's memory": lambda: pipewire("YUY2"),
        "PipeWire, YUY2, the camera's memory": lambda: pipewire("YUY2", "memfd"),
        "PipeWire, YUY2, memory that could be cut short": lambda: pipewire("YUY2", "loose"),
        "PipeWire, NV12, the daemon's memory": lambda: pipewire("NV12"),
        "screen of X11, BGRx": lambda: read("screen", DISPLAY=":94"),
    }

    def pipewire(*shape):
        with session.camera("measured", shape[0], "1280x720", 30, *shape[1:]):
            return read("pipewire:measured")

    times = {name: [] for name in cases}
    for _ in range(ROUNDS):
        for name, case in cases.items():
            times[name].append(case())
    print(f"| 1280x720, {FRAMES} pictures, {ROUNDS} rounds in turns | processor ms a picture: median (least, most) | pictures a second |")
    print("|---|---|---|")
    for name, found in times.items():
        costs = sorted(cost for cost, _ in found)
        rate = sorted(rate for _, rate in found)[len(found) // 2]
        print(f"| {name} | {costs[len(costs) // 2]:.2f} ({costs[0]:.2f}, {costs[-1]:.2f}) | {rate:.1f} |")
    screen.terminate()
    session.end()


if __name__ == "__main__":
    main()
