#!/usr/bin/env python3
"""Cameras of PipeWire: a private session of its own, and a fake camera in many shapes, good, broken and hostile.

usage: test-pipewire.py [--tests] [--only NAME] [PROGRAM]

PROGRAM (default .build/release/vigil) reads each camera with `vigil probe`. Prints a table in Markdown, or with --tests
lines as `swift test` does. Needs pipewire, wireplumber, dbus-run-session, a C compiler and libpipewire-0.3-dev; without
them it says so and exits with 77. Exit code 1 when a case failed.
"""
import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
AS_TESTS = "--tests" in sys.argv
ONLY = sys.argv[sys.argv.index("--only") + 1] if "--only" in sys.argv else None
PROGRAM = next((a for a in sys.argv[1:] if not a.startswith("--") and a != ONLY), ".build/release/vigil")
PROGRAM = str(Path(PROGRAM).resolve())
BARS = [(191, 191, 191), (191, 191, 0), (0, 191, 191), (0, 191, 0), (191, 0, 191), (191, 0, 0), (0, 0, 191), (0, 0, 0)]


def inside_session():
    """Starts this script again with a bus and folders of its own; nothing of the user's session is seen or touched."""
    if os.environ.get("PRIVATE_SESSION_OF_TESTS"):
        return
    for tool in ["pipewire", "wireplumber", "dbus-run-session", "cc", "pkg-config", "ffmpeg"]:
        if not shutil.which(tool):
            print(f"test-pipewire: skipped: {tool} is not installed; run: scripts/install-packages.sh test", file=sys.stderr)
            sys.exit(77)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        env = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY", "DBUS_SESSION_BUS_ADDRESS")}
        env.update(PRIVATE_SESSION_OF_TESTS="1", XDG_RUNTIME_DIR=folder)
        for kind in ("CONFIG", "STATE", "CACHE", "DATA"):
            env[f"XDG_{kind}_HOME"] = f"{folder}/{kind.lower()}"
            os.mkdir(f"{folder}/{kind.lower()}")
        sys.exit(subprocess.run(["dbus-run-session", "--", sys.executable, *sys.argv], env=env).returncode)


class Session:
    """PipeWire's daemon and its session manager."""

    def __init__(self, folder):
        self.folder = folder
        self.fake = f"{folder}/fake-camera"
        flags = subprocess.run(["pkg-config", "--cflags", "--libs", "libpipewire-0.3"], capture_output=True, text=True,
                               check=True).stdout.split()
        subprocess.run(["cc", "-O1", "-w", str(ROOT / "Tests/PipeWire/fake-camera.c"), "-o", self.fake, *flags], check=True)
        subprocess.run(["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "smptebars=size=320x240", "-frames:v", "1", "-q:v", "2",
                        f"{folder}/bars.jpg"], check=True)
        self.start()

    def start(self):
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self.daemon = subprocess.Popen(["pipewire"], **quiet)
        until(lambda: os.path.exists(f"{os.environ['XDG_RUNTIME_DIR']}/pipewire-0"), "pipewire's socket")
        self.manager = subprocess.Popen(["wireplumber"], **quiet)
        until(lambda: "WirePlumber" in output(["pw-cli", "ls", "Client"]), "wireplumber")

    def end(self):
        for process in (self.manager, self.daemon):
            process.terminate()
            process.wait()

    @contextlib.contextmanager
    def camera(self, name, format_="YUY2", size="320x240", rate=30, *options):
        process = self.begin(name, format_, size, rate, *options)
        try:
            yield process
        finally:
            stop(process)

    def begin(self, name, format_="YUY2", size="320x240", rate=30, *options):
        format_ = f"{self.folder}/bars.jpg" if format_ == "JPEG" else format_
        process = subprocess.Popen([self.fake, name, format_, size, str(rate), *options], stdout=subprocess.PIPE, text=True)
        assert process.stdout.readline() == "ready\n", "the fake camera does not start"
        return process


def stop(process):
    if process.poll() is None:
        process.terminate()
    process.wait()


def output(command):
    return subprocess.run(command, capture_output=True, text=True).stdout


def until(holds, what, seconds=20):
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, f"{what} did not come within {seconds} s"
        time.sleep(0.05)


class Probe:
    """`vigil probe` in the background."""

    def __init__(self, source, *options):
        self.process = subprocess.Popen([PROGRAM, "probe", "--size", "320x240", *options, source], text=True,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.log = []

    def wait_for(self, *words):
        """Reads its log until a line has one of the words; the end of the log is an end too."""
        for line in self.process.stderr:
            self.log.append(line)
            if any(word in line for word in words):
                return self
        return self

    def result(self):
        out, log = self.process.communicate(timeout=90)
        self.log.append(log)
        return json.loads(out.splitlines()[-1])


def probe(source, *options):
    return Probe(source, *options).result()


def bars_met(result, tolerance=6):
    return len(result["bars"]) == 8 and all(
        abs(a - b) <= tolerance for seen, expected in zip(result["bars"], BARS) for a, b in zip(seen, expected))


def adds_up(result):
    return result["accounted"] >= result["last_index"] + 1


def shape(format_, *options, frames=30, tolerance=6):
    def case(session):
        with session.camera("shape", format_, "320x240", 30, *options):
            result = probe("pipewire:shape", "--frames", str(frames), "--seconds", "20")
        return result["delivered"] == frames and bars_met(result, tolerance), result
    return f"{frames} pictures, the eight bars within {tolerance} levels", case


def dropped(session):
    with session.camera("drops", "RGBx", "320x240", 30, "drop=7"):
        result = probe("pipewire:drops", "--frames", "60", "--seconds", "20")
    return result["delivered"] == 60 and 8 <= result["lost"] <= 11 and bars_met(result), result


def jpeg(session):
    with session.camera("jpeg", "JPEG", "320x240", 30):
        result = probe("pipewire:jpeg", "--frames", "20", "--seconds", "20")
    return result["delivered"] == 20 and result["bars"][1][2] < 60 < result["bars"][1][0], result


def listed(session):
    with session.camera("listed"):
        found = [json.loads(line) for line in output([PROGRAM, "devices", "--json"]).splitlines()]
    entry = next((x for x in found if x["path"] == "pipewire:listed"), {})
    words = " ".join(x["detail"] for x in entry.get("against", []))
    return "a program makes these pictures: fake-camera (process" in words, {"error": words or "not listed"}


def not_by_itself(session):
    with session.camera("program"):
        result = probe("pipewire", "--seconds", "5")
    return "only when named: pipewire:program" in result.get("error", ""), result


def away_and_back(session):
    first = session.begin("comes-back")
    watching = Probe("pipewire:comes-back", "--frames", "80", "--seconds", "30").wait_for("streaming")
    stop(first)
    watching.wait_for("looking for it")
    with session.camera("comes-back"):
        result = watching.result()
    return result["delivered"] == 80 and result["reconnects"] == 1 and result["backwards"] == 0 and adds_up(result), result


def another_instead(session):
    """WirePlumber would link whatever camera is left; its pictures must never come under this name."""
    first = session.begin("mine", "YUY2", "320x240")
    with session.camera("other", "YUY2", "160x120"):
        watching = Probe("pipewire:mine", "--frames", "9999", "--seconds", "6").wait_for("streaming")
        stop(first)
        result = watching.result()
    return result["lost_events"] >= 2 and result["reconnects"] == 0 and result["size"] == "320x240", result


def two_readers(session):
    with session.camera("shared", "YUY2", "320x240", 30, "memfd"):
        other = Probe("pipewire:shared", "--frames", "40", "--seconds", "20")
        result = probe("pipewire:shared", "--frames", "40", "--seconds", "20")
        return result["delivered"] == 40 and other.result()["delivered"] == 40, result


def same_names(session):
    with session.camera("twin"), session.camera("twin"):
        result = probe("pipewire:twin", "--seconds", "5")
        serial = result.get("error", "").split("number: ")[-1].split(",")[0]
        named = probe(f"pipewire:{serial}", "--frames", "5", "--seconds", "10")
    return "2 nodes have this name" in result["error"] and named.get("delivered") == 5, result


def unknown_format(session):
    with session.camera("odd", "v210"):
        result = probe("pipewire:odd", "--seconds", "20")
    return result["frames"] == 0 and "within 5 s" in result["error"], result


def silent(session):
    with session.camera("mute", "YUY2", "320x240", 30, "silent"):
        result = probe("pipewire:mute", "--seconds", "8")
    return result["frames"] == 0 and result.get("timeouts", 0) >= 2 and result.get("restarts", 0) >= 1, result


def unknown_name(session):
    result = probe("pipewire:nowhere", "--seconds", "5")
    return result["frames"] == 0 and "vigil devices lists" in result["error"], result


def wrong(kind, *options):
    def case(session):
        with session.camera("hostile", "YUY2", "320x240", 30, f"wrong={kind}", *options):
            result = probe("pipewire:hostile", "--frames", "40", "--seconds", "3")
        return result["damaged"] >= 10 and result["delivered"] <= 10, result
    return "counted as damaged, never shown, no crash", case


def daemon_dies(session):
    camera = session.begin("survivor")
    watching = Probe("pipewire:survivor", "--frames", "80", "--seconds", "40").wait_for("streaming")
    session.end()
    stop(camera)
    watching.wait_for("looking for it")
    session.start()
    with session.camera("survivor"):
        result = watching.result()
    return result["delivered"] == 80 and result["reconnects"] == 1 and result["backwards"] == 0, result


def no_daemon(session):
    session.end()
    try:
        result = probe("pipewire:any", "--seconds", "5")
        devices = subprocess.run([PROGRAM, "devices"], capture_output=True, text=True)
    finally:
        session.start()
    return "PipeWire does not run" in result["error"] and devices.returncode == 0, result


CASES = {
    "yuy2": shape("YUY2"),
    "yuy2_memfd": shape("YUY2", "memfd"),
    "nv12_padded": shape("NV12", "memfd", "pad=64"),
    "i420_padded": shape("I420", "pad=64"),
    "uyvy_loose": shape("UYVY", "loose"),
    "bgrx_memfd": shape("BGRx", "memfd", tolerance=2),
    "rgb": shape("RGB", tolerance=2),
    "jpeg": ("20 Motion JPEG pictures decoded", jpeg),
    "dropped": ("60 pictures, every seventh counted as lost", dropped),
    "listed": ("vigil devices says which program makes the pictures", listed),
    "not_by_itself": ("a program's node is not taken without its name", not_by_itself),
    "away_and_back": ("the end is seen, the return is found, numbers add up", away_and_back),
    "another_instead": ("another camera's pictures never come instead", another_instead),
    "two_readers": ("two programs read one camera", two_readers),
    "same_names": ("an ambiguous name is refused, its serial number works", same_names),
    "unknown_format": ("error in time", unknown_format),
    "silent": ("timeouts and restarts, no picture", silent),
    "unknown_name": ("error", unknown_name),
    "wrong_size": wrong("size"),
    "wrong_stride": wrong("stride", "memfd"),
    "cut_short": wrong("cut", "loose"),
    "daemon_dies": ("the end is seen, the return is found", daemon_dies),
    "no_daemon": ("error; vigil devices works", no_daemon),
}


def run(kind, cases, session):
    """Runs the cases and prints what came; the number of those that failed. A case that gives None was left out."""
    failed = 0
    if not AS_TESTS:
        print("| case | expected | what came | seconds | result |\n|---|---|---|---|---|")
    for name, (expected, case) in cases.items():
        if ONLY and name != ONLY:
            continue
        start = time.monotonic()
        try:
            met, result = case(session)
        except (subprocess.SubprocessError, KeyError, AssertionError, IndexError, ValueError, OSError) as error:
            met, result = False, {"error": repr(error)}
        took = time.monotonic() - start
        failed += met is not None and not met
        keys = ("delivered", "lost", "damaged", "undecodable", "timeouts", "restarts", "reconnects", "lost_events")
        words = ", ".join([f"{k} {result[k]}" for k in keys if result.get(k)] + [result.get("error", "")]).strip(", ")
        if not AS_TESTS:
            mark = "left out" if met is None else "pass" if met else "**FAIL**"
            print(f"| {name} | {expected} | {words} | {took:.1f} | {mark} |", flush=True)
        elif met is None:
            print(f"Test {kind}_{name} skipped: {words}", flush=True)
        else:
            print(f"{'✔' if met else '✘'} Test {kind}_{name} {'passed' if met else 'failed'} after {took:.1f} seconds."
                  + ("" if met else f" {result}"), flush=True)
    return failed


def main():
    if not Path(PROGRAM).exists():
        sys.exit(f"test-pipewire: no program at {PROGRAM}; run: swift build -c release --product vigil")
    inside_session()
    session = Session(os.environ["XDG_RUNTIME_DIR"])
    try:
        failed = run("pipewire", CASES, session)
    finally:
        session.end()
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
