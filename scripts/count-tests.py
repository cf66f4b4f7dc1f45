#!/usr/bin/env python3
"""Counts what `swift test` printed: the last line is `N passed, N failed, N skipped`.

    scripts/count-tests.py LOG [FAILED_CHECK...]

Counts the lines that Swift Testing writes for each test function when it ends. Each further argument is a check that
failed outside `swift test`. The exit code is 1 when anything failed, when no test ran, or when a test started and
never ended (a crash), which is counted as failed.
"""

import re
import sys

ENDED = re.compile(r"Test (?!run\b)(.+?)(?: with \d+ test cases?)? (passed|failed) after [\d.]+ seconds")
SKIPPED = re.compile(r"Test (?!run\b)(\S.*?) skipped")
STARTED = re.compile(r"Test (?!run\b)(?!case\b)(\S.*?) started\.")


def count(lines):
    """(passed, failed, skipped, names of tests that never ended)."""
    passed = failed = skipped = 0
    running = []
    for line in lines:
        if "Test case " in line or "Suite " in line:
            continue
        if found := ENDED.search(line):
            passed += found.group(2) == "passed"
            failed += found.group(2) == "failed"
            if found.group(1) in running:
                running.remove(found.group(1))
        elif found := SKIPPED.search(line):
            skipped += 1
        elif found := STARTED.search(line):
            running.append(found.group(1))
    return passed, failed, skipped, running


def main():
    with open(sys.argv[1], errors="replace") as log:
        passed, failed, skipped, unfinished = count(log)
    for name in unfinished:
        print(f"count-tests: {name}: started and never ended", file=sys.stderr)
    failed += len(unfinished) + len(sys.argv[2:])
    if passed + failed == 0:
        print("count-tests: no test ran", file=sys.stderr)
        failed = 1
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
