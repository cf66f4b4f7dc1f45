#!/usr/bin/env python3
"""Watches the memory of a monitor that shows a clip over and over as a 1280x720 camera stream would.

    Tools/measure/soak-memory.py VIGIL CLIP [MINUTES]     default 10 minutes

FFmpeg plays the clip in real time as Motion JPEG into `vigil monitor -`, with its window on an own X server (Xvfb).
Prints resident set, threads and open files every minute, and the slope over the second half. Ends with 1 when the
resident set passes 300 MB or grows by more than 2 MB over the second half.
"""
import os
import pathlib
import subprocess
import sys
import time

LIMIT_MB = 300
GROWTH_MB = 2


def resident(pid):
    """Resident set in MB, threads."""
    status = dict(line.split(":", 1) for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines())
    return int(status["VmRSS"].split()[0]) / 1024, int(status["Threads"])


def processor_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def line(values):
    """Slope of the straight line through (minute, MB) pairs, in MB a minute."""
    count = len(values)
    mean_x = sum(x for x, _ in values) / count
    mean_y = sum(y for _, y in values) / count
    spread = sum((x - mean_x) ** 2 for x, _ in values)
    return sum((x - mean_x) * (y - mean_y) for x, y in values) / spread if spread else 0.0


def main():
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    vigil, clip = sys.argv[1:3]
    minutes = float(sys.argv[3]) if len(sys.argv) == 4 else 10
    number = next(n for n in range(90, 200) if not os.path.exists(f"/tmp/.X11-unix/X{n}"))
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    screen = subprocess.Popen(["Xvfb", f":{number}", "-screen", "0", "1280x720x24"], **quiet)
    player = subprocess.Popen(
        ["ffmpeg", "-v", "error", "-re", "-stream_loop", "-1", "-i", clip, "-vf",
         "scale=1280:720:force_original_aspect_ratio=increase,crop=1280:720", "-an", "-c:v", "mjpeg", "-q:v", "4",
         "-f", "mjpeg", "-"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
    time.sleep(1)
    program = subprocess.Popen([vigil, "monitor", "--no-log", "-"], stdin=player.stdout, stdout=subprocess.DEVNULL,
                               stderr=subprocess.PIPE, env={**os.environ, "DISPLAY": f":{number}"})
    player.stdout.close()
    seen, began, largest = [], time.monotonic(), 0.0
    try:
        while time.monotonic() - began < minutes * 60:
            time.sleep(5)
            if program.poll() is not None:
                sys.exit(f"soak-memory: the program ended early: {program.stderr.read().decode().strip()}")
            megabytes, threads = resident(program.pid)
            minute = (time.monotonic() - began) / 60
            largest = max(largest, megabytes)
            seen.append((minute, megabytes))
            if len(seen) % 12 == 0:
                files = len(os.listdir(f"/proc/{program.pid}/fd"))
                share = processor_seconds(program.pid) / (minute * 60)
                print(f"{minute:5.1f} min: {megabytes:6.1f} MB resident, {threads} threads, {files} open files, "
                      f"{share:.0%} of a core", flush=True)
    finally:
        for process in (program, player, screen):
            process.terminate()
        for process in (program, player, screen):
            process.wait()
    late = [pair for pair in seen if pair[0] >= minutes / 2]
    slope = line(late)
    growth = slope * minutes / 2
    print(f"soak-memory: largest {largest:.1f} MB, {slope:+.3f} MB a minute over the second half")
    if largest > LIMIT_MB or growth > GROWTH_MB:
        sys.exit(f"soak-memory: over the limit of {LIMIT_MB} MB, or of {GROWTH_MB} MB growth in the second half")


if __name__ == "__main__":
    main()
