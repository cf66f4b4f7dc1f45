"""Reads the serial log of scripts/test-device.sh, holds each case against what is expected, prints a table."""
import json
import re
import sys

# The eight 75 % colour bars of vivid (ITU-R BT.801 order), in R'G'B' of 0...255.
BARS = [(191, 191, 191), (191, 191, 0), (0, 191, 191), (0, 191, 0), (191, 0, 191), (191, 0, 0), (0, 0, 191), (0, 0, 0)]


def read(path):
    """Case name to its lines."""
    cases, name = {}, None
    for line in open(path, errors="replace"):
        line = line.strip("\r\n")
        if line.startswith("@@CASE "):
            name = line[7:].strip()
            cases[name] = []
        elif line.startswith("@@END") or line.startswith("@@DONE"):
            name = None
            cases.setdefault("@ends", []).append(line)
        elif name:
            cases[name].append(line)
    return cases


def results(lines):
    """The JSON objects among a case's lines."""
    found = []
    for line in lines:
        if line.startswith("{"):
            try:
                found.append(json.loads(line))
            except ValueError:
                pass
    return found


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
    """Every frame number that the driver counted went somewhere."""
    return result["accounted"] == result["last_index"] + 1 + trailing(result)


def trailing(result):
    # A damaged or dropped last frame has a number but is not the last delivered one.
    return max(0, result["accounted"] - result["last_index"] - 1) if result["damaged"] + result["undecodable"] else 0


class Judge:
    def __init__(self, cases):
        self.cases, self.rows, self.failed = cases, [], 0

    def case(self, name, expectation, check):
        lines = self.cases.get(name)
        found = results(lines or [])
        try:
            met = lines is not None and bool(check(found, lines))
        except (KeyError, IndexError, TypeError) as error:
            met, expectation = False, f"{expectation} ({type(error).__name__}: {error})"
        self.failed += not met
        self.rows.append((name, expectation, summary(found), "pass" if met else "FAIL"))


def summary(found):
    """Counters and times of the first two results."""
    keys = ["delivered", "lost", "damaged", "undecodable", "stale", "restarts", "reconnects", "timeouts"]
    parts = []
    for result in found[:2]:
        if "frames" not in result:
            continue
        words = [f"{key} {result[key]}" for key in keys if result.get(key)]
        if result.get("recoveries_ms"):
            words.append("recovery ms " + "/".join(str(round(r)) for r in result["recoveries_ms"]))
        if "cpu_away_percent" in result:
            words.append(f"CPU while away {result['cpu_away_percent']:.1f} %")
        if "error" in result:
            words.append("error: " + result["error"][:60])
        parts.append(", ".join(words) or "nothing")
    return " | ".join(parts)


def judge(cases):
    j = Judge(cases)
    j.case("no_camera", "error says that there is no camera",
           lambda r, _: "no camera found" in r[0]["error"] and r[0]["frames"] == 0)
    j.case("default_with_vivid", "vivid is not chosen, and named",
           lambda r, _: "no real camera found" in r[0]["error"] and "vivid" in r[0]["error"])
    j.case("devices", "vivid listed with evidence against a sensor",
           lambda r, _: r[0]["driver"] == "vivid" and {"driver"} <= {f["kind"] for f in r[0]["against"]})
    for name in ["YUYV", "UYVY", "NV12", "YU12", "RGB3", "BGR3"]:
        j.case(f"format_{name}", "12 frames, the eight bars within 6 levels",
               lambda r, _: r[0]["delivered"] == 12 and bars_met(r[0]))
    j.case("format_GREY", "12 frames, the bars' luma within 6 levels",
           lambda r, _: r[0]["delivered"] == 12 and bars_met(r[0], grey=True))
    j.case("format_unknown", "error names the formats that are read", lambda r, _: "YUYV" in r[0]["error"])
    j.case("format_best", "12 frames, the eight bars", lambda r, _: r[0]["delivered"] == 12 and bars_met(r[0]))
    j.case("busy", "second program: clear error; first undisturbed",
           lambda r, _: any("another program" in x.get("error", "") for x in r)
           and any(x.get("delivered", 0) >= 100 for x in r))
    j.case("controls", "set and read back; out of range and unknown refused",
           lambda _, lines: any("brightness = 77" in x for x in lines) and any("takes" in x for x in lines)
           and any("has no control" in x for x in lines))
    j.case("error_flag", "90 frames, flagged buffers counted as damaged, none lost silently",
           lambda r, _: r[0]["delivered"] == 90 and r[0]["damaged"] >= 2 and adds_up(r[0]))
    j.case("dropped_buffers", "60 frames, dropped ones counted as lost, numbers add up",
           lambda r, _: r[0]["delivered"] == 60 and r[0]["lost"] >= 8 and adds_up(r[0]))
    j.case("streamon_refused", "error names the operation; the next try works",
           lambda r, _: "starting the stream" in r[0]["error"] and r[1]["delivered"] == 5)
    j.case("reqbufs_refused", "error names the operation; the next try works",
           lambda r, _: "buffers" in r[0]["error"] and r[1]["delivered"] == 5)
    j.case("fatal_streaming_error", "restarted each time, 120 frames",
           lambda r, _: r[0]["delivered"] == 120 and r[0]["restarts"] >= 2)
    j.case("qbuf_refused", "restarted, 120 frames", lambda r, _: r[0]["delivered"] == 120 and r[0]["restarts"] >= 1)
    j.case("restart_refused", "a refused restart is tried again, 120 frames",
           lambda r, _: r[0]["delivered"] == 120 and r[0]["restarts"] + r[0]["reconnects"] >= 1)
    j.case("stall", "timeouts, restarts, then frames again",
           lambda r, _: r[0]["delivered"] == 90 and r[0]["timeouts"] >= 2 and r[0]["restarts"] >= 1)
    j.case("disconnected_by_driver", "three disconnections survived, 150 frames",
           lambda r, _: r[0]["delivered"] == 150 and r[0]["reconnects"] >= 2)
    j.case("pull_and_push", "pulled and plugged in five times, 200 frames",
           lambda r, _: r[0]["delivered"] == 200 and r[0]["reconnects"] >= 4 and adds_up(r[0]))
    j.case("push_elsewhere", "found again under another number; the impostor at the old one is not taken",
           lambda r, lines: r[0]["delivered"] == 90 and r[0]["reconnects"] == 1 and "/dev/video1" in " ".join(lines))
    j.case("default_with_both", "neither vivid nor loopback is chosen",
           lambda r, _: "no real camera found" in r[0]["error"])
    j.case("absent", "looked for without spinning: under 10 % of the emulated CPU",
           lambda r, _: r[0]["lost_events"] >= 40 and r[0]["cpu_away_percent"] < 10)
    j.case("loopback_silent", "a device that nobody feeds: refused or silent, no frame",
           lambda r, _: r[0]["delivered" if "delivered" in r[0] else "frames"] == 0)
    j.case("loopback_loop", "frames; evidence: driver, name, loop",
           lambda r, _: r[0]["delivered"] >= 60 and {"driver", "card_name"} <= {f["kind"] for f in r[0]["findings"]}
           and "loop" in {f["kind"] for f in r[0]["findings"]})
    j.case("loopback_mjpeg", "20 frames of Motion JPEG decoded", lambda r, _: r[0]["delivered"] == 20)
    j.case("loopback_feeder_dies", "stall seen, frames again when fed again",
           lambda r, _: r[0]["delivered"] == 100 and r[0]["timeouts"] + r[0]["lost_events"] >= 1)
    if "face_through_loopback" not in cases:
        print("# skipped: face_through_loopback (no clip, no networks, or no vigil monitor)")
    else:
        j.case("face_through_loopback", "a real face clip is found as a face",
               lambda _, lines: any('"track' in x for x in lines))
    return j


def main():
    cases = read(sys.argv[1])
    for line in cases.get("boot", []):
        print(f"# {line}")
    j = judge(cases)
    for row in j.rows:
        print(f"{row[3]:4}  {row[0]:24} {row[1]}\n      {row[2]}")
    done = "@@DONE" in " ".join(cases.get("@ends", []))
    print(f"{len(j.rows) - j.failed} of {len(j.rows)} cases as expected{'' if done else '; the machine did not finish'}")
    return 1 if j.failed or not done else 0


sys.exit(main())
