#!/usr/bin/env python3
"""Starts a vigil-server for each check of it and ends it again.

    check-server.py PART... [--bin .build/release] [--clip out/demo.mkv] [--picture FILE] [--out out/server] [--quick]

    guard      tokens, TLS, host and origin checks, histories apart, limits of a token, refused settings
    browser    the page in headless Chromium, with a live monitor beside it (page-test.py)
    fuzz       schemathesis against the served description; needs it in this Python
    proxy      under a path behind nginx: page, links, cookie, origin; a port that is taken; HEAD
    load       64 parallel uploads, slow and oversized senders, hostile files (load-test.py)
    parallel   the GNU parallel example of docs/server.md: the same results as one process
    units      systemd-analyze verify and security of the units

--quick is the form for CI. Each part prints what it measured; the exit code is 1 when one failed.
"""

import argparse
import pathlib
import subprocess
import sys
import time

from checks.browser import browser
from checks.examples import fuzz, load, parallel, units
from checks.guard import guard
from checks.proxy import proxy
from checks.running import Failed

PARTS = {"guard": guard, "browser": browser, "proxy": proxy, "fuzz": fuzz, "load": load, "parallel": parallel, "units": units}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="+", choices=PARTS)
    parser.add_argument("--bin", default=".build/release")
    parser.add_argument("--clip", default="out/demo.mkv")
    parser.add_argument("--picture", help="default: a frame of the clip")
    parser.add_argument("--out", default="out/server")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--browser", action="store_true", help="proxy: the page in headless Chromium too")
    options = parser.parse_args()
    pathlib.Path(options.out).mkdir(parents=True, exist_ok=True)
    if not options.picture:
        options.picture = f"{options.out}/picture.png"
        subprocess.run(["ffmpeg", "-v", "error", "-y", "-ss", "1", "-i", options.clip, "-frames:v", "1", options.picture],
                       check=True)
    failed = 0
    for part in options.parts:
        begin = time.monotonic()
        try:
            PARTS[part](options)
            print(f"Test server_{part} passed after {time.monotonic() - begin:.1f} seconds", flush=True)
        except (Failed, subprocess.SubprocessError, OSError) as problem:
            failed += 1
            print(f"check-server: {part}: {problem}\nTest server_{part} failed after "
                  f"{time.monotonic() - begin:.1f} seconds", flush=True)
    sys.exit(failed > 0)


main()
