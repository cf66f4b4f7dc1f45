"""Attacks on the kiosk and the command line: sockets, locks, results, names, scripts of the current folder."""

import json
import os
import pathlib
import signal
import socket
import stat
import subprocess
import tempfile
import time

from attacks import Part, Skipped

part = Part(__doc__)
ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PORTRAIT = ROOT / "Models/third-party/astronaut.png"
FOLDER = tempfile.TemporaryDirectory(prefix="vigil-kiosk-")
HOME = pathlib.Path(FOLDER.name)


def vigil(*words, timeout=600, **options):
    return subprocess.run(
        [part.program(), *map(str, words)], capture_output=True, text=True, timeout=timeout, check=False, **options)


def check(*words):
    return [part.program(), "check", "--headless", *map(str, words)]


def clip(seconds=10):
    """A recording of a portrait: no person, but something that a check looks at."""
    if not PORTRAIT.exists():
        raise Skipped("the networks are not fetched: make models")
    path = HOME / f"portrait-{seconds}.mkv"
    if not path.exists():
        made = subprocess.run(
            ["ffmpeg", "-v", "error", "-loop", "1", "-i", PORTRAIT, "-t", str(seconds), "-r", "25", "-vf", "scale=320:-2",
             "-c:v", "mjpeg", path], check=False)
        if made.returncode:
            raise Skipped("ffmpeg cannot make a clip")
    return path


def connected(path, program):
    """A client of the check's socket, as soon as it listens."""
    while True:
        client = socket.socket(socket.AF_UNIX)
        try:
            client.connect(str(path))
            return client
        except OSError:
            client.close()
            part.demand(program.poll() is None, f"the check ended with {program.returncode} before it listened")
            time.sleep(0.02)


def last_line(client):
    with client.makefile() as lines:
        return json.loads([line for line in lines if line.strip()][-1])


@part.attack
def a_socket_path_takes_no_file_away():
    kept = HOME / "precious"
    kept.write_text("precious")
    (HOME / "link").symlink_to("precious")
    os.mkfifo(HOME / "fifo")
    live = socket.socket(socket.AF_UNIX)
    live.bind(str(HOME / "live"))
    live.listen(1)
    for name in ("precious", "link", "fifo", "live"):
        before = (HOME / name).lstat()
        run = vigil("check", "--headless", "--lock-file", "none", "--log", "none", "--socket", HOME / name, "/nonexistent")
        part.demand(run.returncode == 64 and str(HOME / name) in run.stderr, f"{name}: {run.returncode} {run.stderr}")
        after = (HOME / name).lstat()
        part.demand((before.st_ino, before.st_mode) == (after.st_ino, after.st_mode), f"{name} was replaced")
    part.demand(kept.read_text() == "precious", "the file was changed")
    # A socket that a crashed check left behind is no hindrance.
    dead = socket.socket(socket.AF_UNIX)
    dead.bind(str(HOME / "dead"))
    dead.close()
    run = vigil("check", "--headless", "--lock-file", "none", "--log", "none", "--socket", HOME / "dead", "/nonexistent")
    part.demand(run.returncode == 3, f"dead socket: {run.returncode} {run.stderr}")
    live.close()


@part.attack
def only_the_exact_word_calls_off():
    place = HOME / "kiosk.sock"
    program = subprocess.Popen(
        check("--lock-file", "none", "--log", "none", "--socket", place, clip()), stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL)
    talker, watcher = connected(place, program), connected(place, program)
    for line in ("please cancel nothing", "cancelled", "CANCEL", " cancel", "{\"cancel\":1}", "can\ncel"):
        talker.sendall(line.encode() + b"\n")
    connected(place, program).sendall(b"x" * 100_000)
    result = last_line(watcher)
    program.wait(60)
    part.demand(result["event"] == "result" and result["outcome"] != "cancelled", f"{result}")


@part.attack
def calling_off_again_and_again_locks():
    lock = HOME / "off.json"
    for attempt in range(5):
        place = HOME / f"off-{attempt}.sock"
        program = subprocess.Popen(
            check("--lock-file", lock, "--log", "none", "--socket", place, clip()), stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        client = connected(place, program)
        client.sendall(b"cancel\n")
        part.demand(last_line(client)["outcome"] == "cancelled", "not called off")
        program.wait(60)
    run = subprocess.run(check("--lock-file", lock, "--log", "none"), capture_output=True, text=True, check=False)
    part.demand('"outcome":"locked"' in run.stdout and run.returncode == 2, f"{run.returncode} {run.stdout}")


@part.attack
def a_killed_check_counts():
    lock = HOME / "killed.json"
    program = subprocess.Popen(
        check("--lock-file", lock, "--log", "none", clip()), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    program.stdout.readline()
    program.send_signal(signal.SIGKILL)
    program.wait()
    part.demand(len(json.loads(lock.read_text())["times"]) == 1, lock.read_text())


@part.attack
def a_lock_of_the_future_is_neither_for_ever_nor_open():
    lock = HOME / "future.json"
    lock.write_text('{"times":[],"lockedAt":4102444800}')
    run = subprocess.run(check("--lock-file", lock, "--log", "none"), capture_output=True, text=True, check=False)
    result = json.loads(run.stdout)
    part.demand(result["outcome"] == "locked" and result["locked_s"] <= 300, run.stdout)
    part.demand(json.loads(lock.read_text())["lockedAt"] < 4102444800, "still locked until then")


@part.attack
def failures_that_cannot_be_counted_are_found_before_the_first_prompt():
    for place in ("/proc/lock", "/dev/null"):
        run = subprocess.run(
            check("--lock-file", place, "--log", "none", clip()), capture_output=True, text=True, check=False)
        part.demand(run.returncode == 70 and "check_started" not in run.stdout, f"{place}: {run.returncode} {run.stdout}")
        part.demand(place in run.stderr, run.stderr)
    part.demand(stat.S_ISCHR(os.stat("/dev/null").st_mode), "/dev/null was replaced")


@part.attack
def results_cannot_be_changed_or_played_again():
    logs = []
    for name in ("one", "two"):
        log = HOME / f"{name}.sqlite"
        run = subprocess.run(
            check("--lock-file", "none", "--log", log, "--nonce", f"visit-{name}", clip(2)), capture_output=True, text=True,
            check=False)
        line = run.stdout.splitlines()[-1]
        result = json.loads(line)
        part.demand(result["nonce"] == f"visit-{name}" and result["record"] > 0 and result["time"].endswith("Z"), line)
        (HOME / f"{name}.jsonl").write_text(run.stdout)
        logs.append((log, line))

    def verified(log, text):
        (HOME / "shown.jsonl").write_text(text + "\n")
        one = vigil("log", "verify", "--log", log, "--result", HOME / "shown.jsonl")
        other = subprocess.run([part.program("vigil-verify"), log, "--key", f"{log}.pub", "--result", HOME / "shown.jsonl"],
                               capture_output=True, text=True, check=False)
        part.demand((one.returncode, one.stdout) == (other.returncode, other.stdout), f"vigil-verify differs: {other}")
        return one

    (one, line), (two, other) = logs
    run = verified(one, line)
    part.demand(run.returncode == 0 and "signed, record" in run.stdout, f"the right line: {run.stdout}{run.stderr}")
    for forged in (line.replace("undecided", "pass"), line.replace("visit-one", "visit-two"),
                   line.replace('"record":', '"record":1'), other, line.replace('"signature":"', '"signature":"AAAA')):
        run = verified(one, forged)
        part.demand(run.returncode == 1, f"taken for right: {forged}: {run.stdout}{run.stderr}")
    part.demand(verified(two, line).returncode == 1, "a line of another log")
    # Signed with a stolen place: the same record number of the same log, other content.
    part.demand(vigil("log", "verify", "--log", one).returncode == 0, "the log itself")


@part.attack
def models_fetch_runs_nothing_of_the_current_folder():
    trap = HOME / "trap"
    (trap / "scripts").mkdir(parents=True)
    (trap / "Models/third-party").mkdir(parents=True)
    table = ROOT / "Models/third-party.tsv"
    (trap / "Models/third-party.tsv").write_text(table.read_text())
    script = trap / "scripts/fetch-models.sh"
    script.write_text(f"#!/bin/sh\ntouch {HOME}/sprung\n")
    script.chmod(0o755)
    for module in ("pip.py", "runpy.py", "sitecustomize.py"):
        (trap / module).write_text(f"open({str(HOME / 'sprung')!r}, 'w')\n")
    environment = {**os.environ, "VIGIL_CACHE": str(HOME / "cache"), "PIP_NO_INDEX": "1", "PIP_RETRIES": "0"}
    for words in ([], ["--models", trap / "Models"], ["--models", "Models"]):
        vigil("models", "fetch", *words, cwd=trap, env=environment, timeout=600)
        part.demand(not (HOME / "sprung").exists(), f"models fetch {words}: code of the current folder ran")
    # Nor are networks taken from there.
    listed = vigil("models", "list", cwd=trap)
    part.demand(str(trap) not in listed.stdout, listed.stdout[:200])


@part.attack
def names_are_no_formulas_and_no_commands():
    for name in ("=1+1", "+1", "-1", "@x", "\t=1", "\r=1"):
        run = vigil("analyze", "--format", "csv", "--", name)
        row = run.stdout.split("\n", 1)[1]
        part.demand(row.lstrip('"').startswith("'"), f"{name!r}: {row!r}")
    evil = "\x1b]0;owned\x07\x1b[2J\u009b31m\u202e.mp4\nvigil: all is well"
    for words in (["analyze"], ["analyze", "--format", "csv"], ["analyze", "--format", "html"], ["monitor", "--headless"],
                  ["evaluate"], ["check", "--headless", "--lock-file", "none"], ["log", "list", "--log"], ["models", "list", "--models"],
                  ["config", "--config"], ["nothing"]):
        run = vigil(*words, evil)
        shown = run.stdout + run.stderr
        part.demand(not any(bad in shown for bad in "\x1b\x07\u009b\u202e"), f"{words}: {shown!r}")
        part.demand("\nvigil: all is well" not in run.stderr, f"{words}: {run.stderr!r}")


part.run()
