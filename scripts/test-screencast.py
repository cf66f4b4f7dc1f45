#!/usr/bin/env python3
"""The screen of a Wayland desktop through its portal: a headless sway of its own, its portal, and `vigil` before it.

usage: test-screencast.py [--tests] [--only NAME] [PROGRAM]

PROGRAM (default .build/release/vigil) looks at `screen`. Prints a table in Markdown, or with --tests lines as
`swift test` does. Needs what scripts/test-pipewire.py needs, sway, xdg-desktop-portal and xdg-desktop-portal-wlr;
without them, and where sway does not start, it says so and exits with 77. Exit code 1 when a case failed.
"""
import contextlib
import glob
import importlib.util
import json
import os
import shutil
import signal
import stat
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
spec = importlib.util.spec_from_file_location("pipewire_session", ROOT / "scripts/test-pipewire.py")
base = importlib.util.module_from_spec(spec)
spec.loader.exec_module(base)
PROGRAM, until, output, stop, Probe, probe = base.PROGRAM, base.until, base.output, base.stop, base.Probe, base.probe
BLUE = (32, 80, 128)
QUIET = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}


class Desktop:
    """Sway without a screen, with PipeWire and the two halves of the portal."""

    def __init__(self, folder):
        self.folder, self.others = folder, []
        self.session = base.Session(folder)
        config = Path(os.environ["XDG_CONFIG_HOME"]) / "xdg-desktop-portal-wlr"
        config.mkdir()
        # The chooser that a person would see: it notes that it was asked and gives the answer that lies ready.
        self.asked, self.answer = Path(folder, "asked"), Path(folder, "answer")
        chooser = Path(folder, "chooser")
        chooser.write_text(f"#!/bin/sh\necho asked >> {self.asked}\ncat {self.answer}\n")
        chooser.chmod(0o755)
        self.asked.write_text("")
        self.allow(True)
        (config / "config").write_text(f"[screencast]\nmax_fps=30\nchooser_type=simple\nchooser_cmd={chooser}\n")
        sway = Path(folder, "sway.conf")
        sway.write_text("output HEADLESS-1 mode 640x480@30Hz\noutput * bg #205080 solid_color\ndefault_border none\n")
        # Sway does not run as root; in a namespace of its own it runs as somebody else and the files stay ours.
        somebody = ["unshare", "--user", "--map-user=1000", "--map-group=1000"] if os.getuid() == 0 else []
        self.start([*somebody, "env", "WLR_BACKENDS=headless", "WLR_RENDERER=pixman", "WLR_LIBINPUT_NO_DEVICES=1", "sway",
                    "-c", str(sway)])
        try:
            until(lambda: glob.glob(f"{folder}/wayland-[0-9]") and glob.glob(f"{folder}/sway-ipc.*.sock"), "sway", 15)
        except AssertionError as error:
            print(f"test-screencast: skipped: {error}; user namespaces may be switched off here", file=sys.stderr)
            self.end()
            sys.exit(77)
        os.environ["WAYLAND_DISPLAY"] = os.path.basename(glob.glob(f"{folder}/wayland-[0-9]")[0])
        os.environ["SWAYSOCK"] = glob.glob(f"{folder}/sway-ipc.*.sock")[0]
        self.shim = f"{folder}/shim.so"
        subprocess.run(["cc", "-shared", "-fPIC", "-O1", str(ROOT / "Tests/PipeWire/screencopy-shim.c"), "-o", self.shim],
                       check=True)
        self.start_portals()

    def start(self, command, **extra):
        process = subprocess.Popen(command, **QUIET, env={**os.environ, **extra})
        self.others.append(process)
        return process

    def start_backend(self):
        self.backend = self.start(["/usr/libexec/xdg-desktop-portal-wlr"], LD_PRELOAD=self.shim)
        until(lambda: owned("org.freedesktop.impl.portal.desktop.wlr"), "the portal of sway")

    def start_portals(self):
        self.start_backend()
        self.frontend = self.start(["/usr/libexec/xdg-desktop-portal"])
        until(lambda: owned("org.freedesktop.portal.Desktop"), "the portal")

    def restart_portals(self):
        for process in (self.frontend, self.backend):
            stop(process)
        until(lambda: not owned("org.freedesktop.portal.Desktop"), "the portal's end")
        self.start_portals()

    def allow(self, does):
        self.answer.write_text("HEADLESS-1\n" if does else "")

    @property
    def times_asked(self):
        return len(self.asked.read_text().splitlines())

    @property
    def token(self):
        return Path(os.environ["XDG_STATE_HOME"], "vigil/screen-token")

    @contextlib.contextmanager
    def changing(self):
        """A background that changes by one level three times a second: sway casts a picture only when something changes."""
        loop = "while :; do for c in 205080 205081; do swaymsg -q output '*' bg \"#$c\" solid_color; sleep 0.3; done; done"
        process = subprocess.Popen(["sh", "-c", loop], **QUIET, start_new_session=True)
        try:
            yield
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait()

    def sway(self, *words):
        subprocess.run(["swaymsg", "-q", *words], check=True)

    def end(self):
        for process in reversed(self.others):
            stop(process)
        self.session.end()


def owned(name):
    # Asked so, the bus starts nothing: a second portal without a desktop would answer from then on.
    return "true" in output(["dbus-send", "--session", "--print-reply", "--dest=org.freedesktop.DBus", "/",
                             "org.freedesktop.DBus.NameHasOwner", f"string:{name}"])


def is_blue(result):
    return len(result["bars"]) == 8 and all(abs(a - b) <= 2 for seen in result["bars"] for a, b in zip(seen, BLUE))


def is_one_colour(result):
    """Of the background that changes: while its program is replaced sway shows a gray of its own."""
    return len(result["bars"]) == 8 and all(abs(a - b) <= 2 for seen in result["bars"] for a, b in zip(seen, result["bars"][0]))


def still(desktop):
    result = probe("screen", "--frames", "4", "--seconds", "20")
    return result["delivered"] == 4 and result["seconds"] >= 2 and result["lost_events"] == 0 and is_blue(result), result


def kept_token(desktop):
    if not desktop.token.exists():
        with desktop.changing():
            probe("screen", "--frames", "1", "--seconds", "20")
    private = stat.S_IMODE(desktop.token.stat().st_mode) == 0o600
    asked = desktop.times_asked
    first = desktop.token.read_text()
    desktop.restart_portals()
    with desktop.changing():
        result = probe("screen", "--frames", "2", "--seconds", "20")
    return private and desktop.times_asked == asked and result["delivered"] == 2 and desktop.token.read_text(), result | {
        "error": f"asked {desktop.times_asked - asked} times, token {'new' if desktop.token.read_text() != first else 'kept'}"}


def made_up_token(desktop):
    desktop.token.parent.mkdir(parents=True, exist_ok=True)
    desktop.token.write_text("00000000-0000-4000-8000-000000000000\n")
    asked = desktop.times_asked
    with desktop.changing():
        result = probe("screen", "--frames", "1", "--seconds", "20")
    return desktop.times_asked == asked + 1 and result["delivered"] == 1, result


def refused(desktop):
    desktop.token.unlink(missing_ok=True)
    desktop.allow(False)
    try:
        result = probe("screen", "--seconds", "20")
    finally:
        desktop.allow(True)
    return result["frames"] == 0 and "screen: the " in result["error"], result


def mode_change(desktop):
    with desktop.changing():
        watching = Probe("screen", "--frames", "9999", "--seconds", "8").wait_for("streaming")
        desktop.sway("output", "HEADLESS-1", "mode", "800x600@30Hz")
        result = watching.result()
    desktop.sway("output", "HEADLESS-1", "mode", "640x480@30Hz")
    return result["last_size"] == "800x600" and is_one_colour(result) and result["delivered"] >= 10, result


def backend_dies(desktop):
    with desktop.changing():
        watching = Probe("screen", "--frames", "60", "--seconds", "40").wait_for("streaming")
        desktop.backend.kill()
        desktop.backend.wait()
        watching.wait_for("asking for it again")
        stop(desktop.frontend)
        desktop.start_portals()
        result = watching.result()
    return result["delivered"] == 60 and result["reconnects"] >= 1 and result["lost_events"] >= 1, result


def no_window(desktop):
    result = probe("window:anything", "--seconds", "5")
    return "shares screens only, no windows" in result["error"], result


def no_rectangle(desktop):
    result = probe("screen:320x240+0+0", "--seconds", "5")
    return "on X11 only" in result["error"], result


def no_bus(desktop):
    process = subprocess.run([PROGRAM, "probe", "screen"], capture_output=True, text=True,
                             env={**os.environ, "DBUS_SESSION_BUS_ADDRESS": "unix:path=/nonexistent"})
    result = json.loads(process.stdout)
    return "no session bus" in result["error"], result


def face(desktop):
    """The puppet of vigil demo, or its portrait, shown in a window of this desktop, is found as a face."""
    models = os.environ.get("VIGIL_MODELS", str(ROOT / "Models/third-party"))
    if not shutil.which("ffplay") or not glob.glob(f"{models}/*.tflite"):
        return None, {"error": "no ffplay, or no networks"}
    # The puppet's clip takes minutes to make on a loaded machine; the portrait that it is made of has the same face.
    demo, portrait = ROOT / "out/demo.mkv", Path(models) / "astronaut.png"
    clip = str(demo if demo.exists() else portrait)
    player = desktop.start(["ffplay", "-v", "error", "-an", "-loop", "0", "-fs", clip], SDL_VIDEODRIVER="wayland",
                           SDL_AUDIODRIVER="dummy")
    until(lambda: '"app_id": "ffplay"' in output(["swaymsg", "-t", "get_tree"]), "the player's window", 15)
    events = f"{desktop.folder}/events"
    Path(events).write_text("")
    monitor = subprocess.Popen([PROGRAM, "monitor", "--headless", "--no-log", "--jsonl", events, "screen"], **QUIET,
                               env={**os.environ, "VIGIL_MODELS": models})

    def seconds():
        lines = [json.loads(x) for x in Path(events).read_text().splitlines() if x.endswith("}")]
        return [x for x in lines if x.get("event") == "second"]

    try:
        until(lambda: sum(len(x["tracks"]) == 1 for x in seconds()) >= 3, "a face for three seconds", 40)
        met = True
    except AssertionError:
        met = False
    stop(monitor)
    stop(player)
    found = seconds()
    return met, {"error": f"one face in {sum(len(x['tracks']) == 1 for x in found)} of {len(found)} seconds"}


CASES = {
    "still": ("a still screen: its picture once a second, never lost", still),
    "face": ("a face in a player's window is found", face),
    "kept_token": ("asked once, also after the portal was started anew; the file is its owner's only", kept_token),
    "made_up_token": ("a made-up token is asked about", made_up_token),
    "refused": ("one line that says so", refused),
    "mode_change": ("pictures of the new size", mode_change),
    "backend_dies": ("the loss is seen, the return found without a question", backend_dies),
    "no_window": ("window: says that this desktop shares none", no_window),
    "no_rectangle": ("a rectangle says that it is for X11", no_rectangle),
    "no_bus": ("one line that says what is missing", no_bus),
}


def main():
    if not Path(PROGRAM).exists():
        sys.exit(f"test-screencast: no program at {PROGRAM}; run: swift build -c release --product vigil")
    for tool in ["sway", "swaymsg", "dbus-send", "/usr/libexec/xdg-desktop-portal", "/usr/libexec/xdg-desktop-portal-wlr"]:
        if not shutil.which(tool):
            print(f"test-screencast: skipped: {tool} is not installed; run: scripts/install-packages.sh test", file=sys.stderr)
            sys.exit(77)
    os.environ.update(XDG_CURRENT_DESKTOP="sway", XDG_SESSION_TYPE="wayland", XDPW_PERSIST_MODE="permanent")
    base.inside_session()
    desktop = Desktop(os.environ["XDG_RUNTIME_DIR"])
    try:
        failed = base.run("screencast", CASES, desktop)
    finally:
        desktop.end()
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
