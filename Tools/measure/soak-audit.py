#!/usr/bin/env python3
"""Kills the log's writer at random moments, and fills its disk; no acknowledged record may be lost.

    Tools/measure/soak-audit.py [--kills 500] [--bin .build/release] [--no-tmpfs]

After each kill the log is opened and checked with vigil-verify, and must hold at least as many records as the writer
had reported as committed. The full disk is a small tmpfs (needs root; skipped with a reason otherwise).
"""

import argparse
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import time


def verify(binaries, log):
    """The number of records of a log that verifies; ends the run when it does not."""
    result = subprocess.run([f"{binaries}/vigil-verify", log, "--key", log + ".pub"],
                            capture_output=True, text=True)
    found = re.search(r": (\d+) records", result.stdout)
    if result.returncode != 0 or not found:
        sys.exit(f"does not verify: {result.stdout}{result.stderr}")
    return int(found.group(1))


def kill_once(binaries, log, delay):
    """Starts the writer, kills it after the delay; returns the last number it acknowledged (0: none)."""
    writer = subprocess.Popen([f"{binaries}/vigil-lab", "log", "append", log], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE)
    time.sleep(delay)
    writer.send_signal(signal.SIGKILL)
    output, errors = writer.communicate()
    if writer.returncode != -signal.SIGKILL:
        sys.exit(f"the writer ended by itself: {errors.decode()}")
    lines = output.split(b"\n")[:-1]
    return int(lines[-1]) if lines else 0


def kills(binaries, count, seed):
    """Kills one log's writer so often, starting another log each 10 kills; the first kill comes while it is made."""
    choose = random.Random(seed)
    acknowledged = absent = empty = 0
    with tempfile.TemporaryDirectory() as folder:
        for number in range(count):
            log = f"{folder}/log{number // 10}.sqlite"
            delay = choose.uniform(0.005, 0.06) if number % 10 == 0 else choose.uniform(0.005, 0.5)
            reported = kill_once(binaries, log, delay)
            if not os.path.exists(log):
                if reported:
                    sys.exit(f"kill {number}: {reported} records were acknowledged, and there is no log")
                absent += 1
                continue
            kept = verify(binaries, log)
            empty += kept == 0
            if kept < reported:
                sys.exit(f"kill {number}: {reported} records were acknowledged, {kept} are there")
            acknowledged = acknowledged + 1 if reported else acknowledged
            if (number + 1) % 50 == 0:
                print(f"{number + 1} kills, 0 records lost", flush=True)
    print(f"kill -9: {count} times, {acknowledged} of them after records were acknowledged, 0 lost; "
          f"{absent} before there was a log, {empty} left one of no records, which verified")


def full_disk(binaries):
    """Writes onto a tmpfs of 4 MiB until it is full."""
    if os.geteuid() != 0:
        return print("full disk: skipped, mounting a tmpfs needs root")
    with tempfile.TemporaryDirectory() as folder:
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", folder]).returncode != 0:
            return print("full disk: skipped, no tmpfs can be mounted here")
        try:
            log = f"{folder}/log.sqlite"
            result = subprocess.run([f"{binaries}/vigil-lab", "log", "append", log], capture_output=True, text=True,
                                    timeout=120)
            reported = int(result.stdout.split()[-1])
            if result.returncode not in (1, 2) or "disk is full" not in result.stderr:
                sys.exit(f"full disk: rc {result.returncode}: {result.stderr}")
            kept = verify(binaries, log)
            if kept < reported:
                sys.exit(f"full disk: {reported} acknowledged, {kept} there")
            print(f"full disk: {reported} records acknowledged, {kept} there; said: {result.stderr.splitlines()[0]}")
        finally:
            subprocess.run(["umount", folder])


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--bin", default=".build/release")
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    parser.add_argument("--no-tmpfs", action="store_true")
    options = parser.parse_args()
    print(f"seed {options.seed}")
    if not options.no_tmpfs:
        full_disk(options.bin)
    kills(options.bin, options.kills, options.seed)


main()
