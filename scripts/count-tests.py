#!/usr/bin/env python3
"""Counts the tests of a run: the last line is `N passed, N failed, N skipped`; before it, the suites that took longest.

    scripts/count-tests.py --events FILE --log FILE [FAILED_CHECK...]
    scripts/count-tests.py --self-test

--events is what `swift test --event-stream-output-path FILE --event-stream-version 0` wrote: one JSON object a line.
--log holds the lines of the checks outside `swift test` (cameras, streams, the running server), which print
`Test NAME passed after N seconds.`, `… failed after N seconds.` or `Test NAME skipped: why`. Each further argument is a
check that failed without such a line. The exit code is 1 when anything failed, when no test ran, or when a test
started and never ended (a crash), which is counted as failed.
"""

import argparse
import contextlib
import io
import json
import re
import sys
import tempfile

LONGEST = 12
CHECK = re.compile(r"Test (\S+) (passed|failed) after ([\d.]+) seconds|Test (\S+) skipped")


def read_events(lines):
    """(counts by outcome, seconds of each suite, tests that never ended). A line cut short by a crash ends the reading."""
    functions, started, counts, suites = set(), {}, {"passed": 0, "failed": 0, "skipped": 0}, {}
    for line in lines:
        try:
            record = json.loads(line)
        except ValueError:
            continue
        payload = record.get("payload", {})
        if record.get("kind") == "test":
            if payload.get("kind") == "function":
                functions.add(payload["id"])
            continue
        test, kind = payload.get("testID"), payload.get("kind")
        time = payload.get("instant", {}).get("absolute", 0.0)
        if test is None:
            continue
        if kind == "testStarted":
            started[test] = time
        elif kind == "testSkipped":
            counts["skipped"] += test in functions
            started.pop(test, None)
        elif kind == "testEnded":
            seconds = time - started.pop(test, time)
            if test in functions:
                failed = any(message.get("symbol") == "fail" for message in payload.get("messages", []))
                counts["failed" if failed else "passed"] += 1
            else:
                suites[test] = seconds
    return counts, suites, sorted(test for test in started if test in functions)


def read_checks(lines):
    """(counts by outcome, seconds of each check) of the lines that checks outside `swift test` print."""
    counts, seconds = {"passed": 0, "failed": 0, "skipped": 0}, {}
    for line in lines:
        if found := CHECK.search(line):
            name, outcome, time, skipped = found.groups()
            counts["skipped" if skipped else outcome] += 1
            if name:
                seconds[name] = float(time)
    return counts, seconds


def self_test():
    """Counts a small run of each outcome."""
    def event(kind, test, time, *symbols):
        messages = [{"symbol": symbol} for symbol in symbols]
        return json.dumps({"kind": "event", "payload": {
            "kind": kind, "testID": test, "instant": {"absolute": time}, "messages": messages}})
    tests = [json.dumps({"kind": "test", "payload": {"kind": "function", "id": f"S/{name}"}}) for name in "abcd"]
    lines = tests + [
        event("testStarted", "S", 0.0), event("testStarted", "S/a", 1.0), event("testEnded", "S/a", 2.0, "pass"),
        event("testStarted", "S/b", 1.0), event("testEnded", "S/b", 2.0, "fail"), event("testSkipped", "S/c", 2.0),
        event("testStarted", "S/d", 3.0), event("testEnded", "S", 4.5, "fail"), '{"kind": "ev']
    assert read_events(lines) == ({"passed": 1, "failed": 1, "skipped": 1}, {"S": 4.5}, ["S/d"]), read_events(lines)
    checks = ["Test streams_a passed after 1.5 seconds.", "Test device_b failed after 2 seconds.", "Test server skipped: no"]
    assert read_checks(checks) == (
        {"passed": 1, "failed": 1, "skipped": 1}, {"streams_a": 1.5, "device_b": 2.0}), read_checks(checks)
    with (tempfile.NamedTemporaryFile("w") as empty, contextlib.redirect_stdout(io.StringIO()),
          contextlib.redirect_stderr(io.StringIO())):
        assert main(["--events", empty.name, "--log", empty.name]) == 1, "a run without tests has failed"
    print("count-tests: self-test passed")
    return 0


def lines_of(path):
    with open(path, errors="replace") as file:
        return file.readlines()


def main(arguments=None):
    parser = argparse.ArgumentParser()
    parser.add_argument("--events")
    parser.add_argument("--log")
    parser.add_argument("--self-test", action="store_true")
    parser.add_argument("failed_checks", nargs="*")
    options = parser.parse_args(arguments)
    if options.self_test:
        return self_test()
    counts, suites, unfinished = read_events(lines_of(options.events))
    checks, seconds = read_checks(lines_of(options.log))
    for name in unfinished:
        print(f"count-tests: {name}: started and never ended", file=sys.stderr)
    total = {outcome: counts[outcome] + checks[outcome] for outcome in counts}
    total["failed"] += len(unfinished) + len(options.failed_checks)
    slowest = sorted((suites | seconds).items(), key=lambda item: -item[1])[:LONGEST]
    if slowest:
        print("test: what took longest, from its start to its end (suites run beside each other):")
        for name, time in slowest:
            print(f"  {time:7.1f} s  {name}")
    if total["passed"] + total["failed"] == 0:
        print("count-tests: no test ran", file=sys.stderr)
        total["failed"] = 1
    print(f"{total['passed']} passed, {total['failed']} failed, {total['skipped']} skipped")
    return int(total["failed"] > 0)


if __name__ == "__main__":
    sys.exit(main())
