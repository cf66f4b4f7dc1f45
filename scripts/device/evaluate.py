"""Reads the serial log of scripts/test-device.sh, holds each case against what is expected, prints the results.

usage: evaluate.py [--tests] [--late] LOG
  --tests   lines as `swift test` writes them, for scripts/count-tests.py, instead of a table in Markdown
  --late    the machine was ended because its time was up: cases that it did not reach are skipped, not failed
The exit code is 0 when every planned case came out as expected.
"""
import json
import sys

# The eight 75 % colour bars of vivid (ITU-R BT.801 order), in R'G'B' of 0...255.
BARS = [(191, 191, 191), (191, 191, 0), (0, 191, 191), (0, 191, 0), (191, 0, 191), (191, 0, 0), (0, 0, 191), (0, 0, 0)]
# What the cases ask vivid for.
FRAMES_A_SECOND = 15


class Case:
    """What one case printed."""

    def __init__(self, name):
        self.name, self.lines, self.seconds = name, [], 0.0

    @property
    def results(self):
        """The JSON objects among the lines."""
        found = []
        for line in self.lines:
            if line.startswith("{"):
                try:
                    found.append(json.loads(line))
                except ValueError:
                    pass
        return found

    def numbers(self, word):
        """The numbers on the lines that begin with a word."""
        return [[int(x) for x in line.split()[1:]] for line in self.lines if line.startswith(word + " ")]

    def recoveries(self):
        """Milliseconds from the device's return (or from the fault) to the next good frame."""
        back = [n[0] for n in self.numbers("back_ms")]
        if not back:
            return [ms for r in self.results for ms in r.get("recoveries_ms", [])]
        found = [ms for r in self.results for ms in r.get("recovered_at_ms", [])]
        after = [[at - since for at in found if at >= since] for since in back]
        return [min(times) for times in after if times]


def read(path):
    """The plan, the cases by name, and whether the machine came to the end."""
    plan, cases, current, done = [], {}, None, False
    for line in open(path, errors="replace"):
        line = line.strip("\r\n")
        if line.startswith("@@PLAN "):
            plan = line.split()[1:]
        elif line.startswith("@@CASE "):
            current = cases.setdefault(line[7:].strip(), Case(line[7:].strip()))
        elif line.startswith("@@END"):
            if current:
                current.seconds = int(line.split()[1]) / 1000
            current = None
        elif line.startswith("@@DONE"):
            done = True
        elif current:
            current.lines.append(line)
    return plan, cases, done


def bars_met(result, tolerance=6, grey=False):
    bars = result.get("bars", [])
    if len(bars) != 8:
        return False
    for seen, expected in zip(bars, BARS):
        if grey:
            # vivid's grey is full range with BT.709's weights.
            expected = (0.2126 * expected[0] + 0.7152 * expected[1] + 0.0722 * expected[2],) * 3
        if any(abs(a - b) > tolerance for a, b in zip(seen, expected)):
            return False
    return True


def adds_up(result):
    """Every frame number that the driver counted went somewhere; a bad last one has a number of its own."""
    beyond = result["accounted"] - result["last_index"] - 1
    return beyond == 0 or 0 < beyond <= result["damaged"] + result["undecodable"] + result["pool_exhausted"]


def kinds(result):
    return {finding["kind"] for finding in result["findings"]}


def steady(case):
    """Resident set, threads and open files do not grow between the second quarter and the last."""
    samples = case.numbers("sample")
    quarter = len(samples) // 4
    if quarter < 2:
        return False
    early, late = samples[quarter:2 * quarter], samples[-quarter:]
    worst = [max(s[i] for s in late) - max(s[i] for s in early) for i in range(3)]
    return worst[0] <= 4096 and worst[1] <= 0 and worst[2] <= 0


def format_case(grey):
    words = "12 frames, the bars' luma within 6 levels" if grey else "12 frames, the eight bars within 6 levels"
    return words, lambda r, c: r[0]["delivered"] == 12 and bars_met(r[0], grey=grey)


def converted_case(name):
    """RGB of 5 and 6 bits is coarser than the rest."""
    grey = name.startswith("Y16")
    levels = 9 if name == "RGBP" else 6
    bars = "bars' luma" if grey else "eight bars"
    words = f"4 frames through libv4lconvert, the {bars} within {levels} levels"
    return words, lambda r, c: r[0]["delivered"] == 4 and bars_met(r[0], levels, grey)


# Name: what is expected, in words and as a check of (results, case).
EXPECTED = {
    "no_camera": ("error says that there is no camera",
                  lambda r, c: "no camera found" in r[0]["error"] and r[0]["frames"] == 0),
    "default_with_vivid": ("vivid is not chosen, and named",
                           lambda r, c: "no real camera found" in r[0]["error"] and "vivid" in r[0]["error"]),
    "devices": ("vivid listed with evidence against a sensor",
                lambda r, c: r[0]["driver"] == "vivid" and "driver" in {f["kind"] for f in r[0]["against"]}),
    "format_unknown": ("error names the formats that are read", lambda r, c: "YUYV" in r[0]["error"]),
    "format_best": format_case(False),
    "busy": ("second program: one line that names the holder, exit code 3; first undisturbed",
             lambda r, c: any("held by another program: vigil (process" in x.get("error", "") for x in r)
             and c.numbers("busy_exit") == [[3]] and any(x.get("delivered", 0) >= 100 for x in r)),
    "controls": ("set and read back; out of range and unknown refused",
                 lambda r, c: any("brightness = 77" in x for x in c.lines) and any("takes" in x for x in c.lines)
                 and any("has no control" in x for x in c.lines)),
    "error_flag": ("90 frames, flagged buffers counted as damaged, none lost silently",
                   lambda r, c: r[0]["delivered"] == 90 and r[0]["damaged"] >= 2 and adds_up(r[0])),
    "dropped_buffers": ("60 frames, dropped ones counted as lost, numbers add up",
                        lambda r, c: r[0]["delivered"] == 60 and r[0]["lost"] >= 8 and adds_up(r[0])),
    "streamon_refused": ("error names the operation; the next try works",
                         lambda r, c: "starting the stream" in r[0]["error"] and r[1]["delivered"] == 5),
    "reqbufs_refused": ("error names the operation; the next try works",
                        lambda r, c: "buffers" in r[0]["error"] and r[1]["delivered"] == 5),
    "fatal_streaming_error": ("DQBUF fails: restarted each time, 120 frames",
                              lambda r, c: r[0]["delivered"] == 120 and r[0]["restarts"] >= 2 and adds_up(r[0])),
    "qbuf_refused": ("QBUF fails: restarted, 120 frames",
                     lambda r, c: r[0]["delivered"] == 120 and r[0]["restarts"] >= 1 and adds_up(r[0])),
    "restart_refused": ("a refused restart is tried again, 120 frames",
                        lambda r, c: r[0]["delivered"] == 120 and r[0]["restarts"] + r[0]["reconnects"] >= 1),
    "stall": ("no buffer for 8 s: timeouts, restarts, then frames again",
              lambda r, c: r[0]["delivered"] == 90 and r[0]["timeouts"] >= 2 and r[0]["restarts"] >= 1),
    "disconnected_by_driver": ("three disconnections survived, 200 frames",
                               lambda r, c: r[0]["delivered"] == 200 and r[0]["reconnects"] >= 2 and adds_up(r[0])),
    "pull_and_push": ("pulled and plugged in again and again: every time found, numbers add up",
                      lambda r, c: r[0]["delivered"] >= 80 and len(c.numbers("back_ms")) >= 2
                      and r[0]["reconnects"] == len(c.numbers("back_ms")) == len(c.recoveries())
                      and adds_up(r[0])),
    "push_elsewhere": ("found again under another number; the impostor at the old one is not taken",
                       lambda r, c: r[0]["delivered"] == 90 and r[0]["reconnects"] == 1
                       and "/dev/video1" in " ".join(c.lines)),
    "default_with_both": ("neither vivid nor loopback is chosen",
                          lambda r, c: "no real camera found" in r[0]["error"]),
    "absent": ("looked for without spinning: under 10 % of the emulated CPU",
               lambda r, c: r[0]["lost_events"] >= 10 and r[0]["cpu_away_percent"] < 10),
    "loopback_silent": ("a device that nobody feeds: refused or silent, no frame",
                        lambda r, c: r[0]["delivered" if "delivered" in r[0] else "frames"] == 0),
    "loopback_loop": ("frames; evidence: driver, card name, loop",
                      lambda r, c: r[0]["delivered"] >= 60 and {"driver", "card_name", "loop"} <= kinds(r[0])),
    "loopback_mjpeg": ("20 frames of Motion JPEG decoded", lambda r, c: r[0]["delivered"] == 20),
    "loopback_bayer": ("a camera of raw Bayer frames alone: 20 frames, the eight bars within 6 levels",
                       lambda r, c: r[0]["delivered"] == 20 and bars_met(r[0])),
    "loopback_feeder_dies": ("stall seen, frames again when fed again",
                             lambda r, c: r[0]["delivered"] == 100 and r[0]["timeouts"] + r[0]["lost_events"] >= 1),
    "face_through_loopback": ("a face clip is found as a face; the virtual camera is a reason against it",
                              lambda r, c: any(len(x.get("tracks", [])) == 1 for x in r)
                              and any(reason["cue"] == "injection" and reason["against"] for x in r
                                      for t in x.get("tracks", []) for reason in t["reasons"])),
    "soak": ("faults every few seconds: no growth of memory, threads, files; numbers add up",
             lambda r, c: r[0]["delivered"] > 100 and adds_up(r[0]) and r[0]["backwards"] == 0 and steady(c)),
}
for code in ["YUYV", "UYVY", "NV12", "YU12", "RGB3", "BGR3", "GREY"]:
    EXPECTED[f"format_{code}"] = format_case(code == "GREY")
for code in ["YVYU", "NV16", "NV61", "YV12", "RGB4", "BGR4", "XR24", "BX24", "AR24", "BA24", "RGBP", "RGGB", "BA81",
             "GBRG", "GRBG", "RG10", "BG10", "GB10", "BA10", "RG16", "BYR2", "GB16", "GR16", "Y16", "Y16_-BE"]:
    EXPECTED[f"converted_{code}"] = converted_case(code)


def judge(case):
    """Whether a case came out as expected, and why not."""
    try:
        return bool(EXPECTED[case.name][1](case.results, case)), ""
    except (KeyError, IndexError, TypeError) as error:
        return False, f"{type(error).__name__}: {error}"


def summary(case):
    """Counters, times and errors in words."""
    keys = ["delivered", "lost", "damaged", "undecodable", "stale", "restarts", "reconnects", "timeouts"]
    parts = []
    for result in [r for r in case.results if "frames" in r][:2]:
        words = [f"{key} {result[key]}" for key in keys if result.get(key)]
        if "cpu_away_percent" in result:
            words.append(f"CPU while away {result['cpu_away_percent']:.1f} %")
        if result.get("findings"):
            words.append("evidence " + ", ".join(sorted(kinds(result))))
        if "error" in result:
            words.append(f"“{result['error'][:90]}”")
        parts.append(", ".join(words) or "nothing")
    recoveries = sorted(case.recoveries())
    if recoveries:
        middle, worst = recoveries[(len(recoveries) - 1) // 2], recoveries[-1]
        frames = [ms * FRAMES_A_SECOND / 1000 for ms in (middle, worst)]
        parts.append(f"recovery median {middle:.0f} ms ({frames[0]:.1f} frames), "
                     f"worst {worst:.0f} ms ({frames[1]:.1f} frames), n {len(recoveries)}")
    seconds = [r for r in case.results if r.get("event") == "second"]
    if seconds:
        one = sum(len(r["tracks"]) == 1 for r in seconds)
        parts.append(f"one face in {one} of {len(seconds)} lines")
    samples = case.numbers("sample")
    if samples:
        first, last = samples[len(samples) // 4], samples[-1]
        parts.append(f"after a quarter → end: {first[0]} → {last[0]} KiB, {first[1]} → {last[1]} threads, "
                     f"{first[2]} → {last[2]} files, {len(samples)} faults")
    parts += sorted({line for line in case.lines if line.startswith("note: ")})
    return "; ".join(parts)


def main():
    as_tests, late = "--tests" in sys.argv, "--late" in sys.argv
    plan, cases, done = read(sys.argv[-1])
    if not as_tests:
        print("".join(f"# {line}\n" for line in cases["boot"].lines if line) if "boot" in cases else "")
        print("| case | expected | counters | seconds | result |\n|---|---|---|---|---|")
    failed = passed = 0
    names = [name for name in plan if name != "boot"]
    for name in names:
        case = cases.get(name, Case(name))
        if late and not case.seconds:
            print(f"Test device_{name} skipped: the emulated machine is too slow here" if as_tests
                  else f"| {name} | {EXPECTED[name][0]} | | | not reached in time |")
            continue
        met, problem = judge(case)
        failed += not met
        passed += met
        words = "; ".join(x for x in [summary(case), problem] if x)
        if as_tests:
            print(f"{'✔' if met else '✘'} Test device_{name} {'passed' if met else 'failed'} "
                  f"after {case.seconds:.1f} seconds." + ("" if met else f" {words}"))
        else:
            print(f"| {name} | {EXPECTED[name][0]} | {words} | {case.seconds:.0f} | {'pass' if met else '**FAIL**'} |")
    if not done and not late or not names:
        failed += 1
        print("✘ Test device_end failed after 0.0 seconds." if as_tests else "\nthe machine did not come to the end")
    print(f"\n{passed} of {len(names)} cases as expected" if not as_tests else "")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
