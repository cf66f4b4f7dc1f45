#!/usr/bin/env python3
"""Seconds from starting the monitor to its first picture in a real window, and the window's other first times.

    Tools/measure/first-picture.py VIGIL CLIP [RUNS]

Starts an X server that keeps its screen in a file (Xvfb -fbdir), starts the program, and reads the screen every few
milliseconds: the window is there when the middle of the screen changes, the picture when it holds many colours.
"""
import mmap
import os
import statistics
import subprocess
import sys
import tempfile
import time

WIDTH, HEIGHT = 1280, 720
# A window before its first picture is one colour and some text.
COLOURS_OF_A_PICTURE = 64


def pixels(screen):
    """A sparse sample of the middle half of the screen, as 4-byte values."""
    header = len(screen) - WIDTH * HEIGHT * 4
    found = []
    for row in range(HEIGHT // 4, HEIGHT * 3 // 4, 12):
        start = header + (row * WIDTH + WIDTH // 4) * 4
        line = screen[start:start + WIDTH // 2 * 4]
        found += [line[at:at + 4] for at in range(0, len(line), 48)]
    return found


def one_run(vigil, clip, screen, display):
    before = pixels(screen)
    began = time.monotonic()
    program = subprocess.Popen([vigil, "monitor", "--no-log", "--seconds", "3", clip],
                               env={**os.environ, "DISPLAY": display}, stdin=subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    window = picture = None
    while picture is None and time.monotonic() - began < 20 and program.poll() is None:
        seen = pixels(screen)
        now = time.monotonic() - began
        if window is None and seen != before:
            window = now
        if len(set(seen)) >= COLOURS_OF_A_PICTURE:
            picture = now
        time.sleep(0.004)
    problem = program.communicate()[1].decode().strip()
    if picture is None:
        sys.exit(f"first-picture: no picture was shown: {problem or 'the program said nothing'}")
    return window, picture


def main():
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    vigil, clip = sys.argv[1:3]
    runs = int(sys.argv[3]) if len(sys.argv) == 4 else 5
    with tempfile.TemporaryDirectory() as folder:
        number = next(n for n in range(90, 200) if not os.path.exists(f"/tmp/.X11-unix/X{n}"))
        server = subprocess.Popen(["Xvfb", f":{number}", "-screen", "0", f"{WIDTH}x{HEIGHT}x24", "-fbdir", folder],
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            path = os.path.join(folder, "Xvfb_screen0")
            while not os.path.exists(f"/tmp/.X11-unix/X{number}") or not os.path.exists(path):
                time.sleep(0.05)
            time.sleep(0.3)
            with open(path, "rb") as file:
                screen = mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ)
                times = []
                for run in range(runs):
                    times.append(one_run(vigil, clip, screen, f":{number}"))
                    print(f"run {run + 1}: window {times[-1][0]:.3f} s, picture {times[-1][1]:.3f} s", flush=True)
                    time.sleep(0.3)
        finally:
            server.terminate()
            server.wait()
    windows, pictures = zip(*times)
    print(f"first-picture: {runs} runs: window after {statistics.median(windows):.3f} s (worst {max(windows):.3f}), "
          f"picture after {statistics.median(pictures):.3f} s (worst {max(pictures):.3f})")


if __name__ == "__main__":
    main()
