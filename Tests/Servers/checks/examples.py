"""Fuzzing, load, the example of GNU parallel and the units."""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

from checks.running import HERE, ROOT, Client, check, cut, run, server


def fuzz(options):
    """No 5xx whatever is asked."""
    # It keeps what it learnt in the folder where it runs.
    tool = shutil.which("schemathesis", path=f"{pathlib.Path(sys.executable).parent}:{os.environ['PATH']}")
    check(tool, "schemathesis is not installed beside this Python")
    examples = "5" if options.quick else "30"
    with server(options, "--most-waiting", "10000") as (address, pid, _):
        run([tool, "run", f"{address}/openapi.json", "--url", address, "--max-examples", examples,
             "--phases", "examples,fuzzing" if options.quick else "examples,coverage,fuzzing,stateful",
             "--checks", "not_a_server_error,status_code_conformance,content_type_conformance,"
                         "response_schema_conformance",
             # Streams without end are read by the browser check.
             "--exclude-path-regex", "/events$|/preview$", "--no-color", "--request-timeout", "60"], options.out)
        check(Client(address).ask("GET", "/healthz")[0] == 200, "the server is up")


def load(options):
    """Many at once, and hostile ones."""
    with server(options) as (address, pid, _):
        run([sys.executable, HERE / "load-test.py", address, str(pid), cut(options, 0.4), options.picture]
            + (["--quick", "--uploads", "16"] if options.quick else []))


def parallel(options):
    """The example of docs/server.md."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        files = [folder / f"clip {number}.mkv" for number in range(6)]
        for file in files:
            shutil.copy(cut(options, 1), file)
        listed = folder / "list.txt"
        listed.write_text("".join(f"{file}\n" for file in [*files, folder / "missing.mkv"]))
        vigil = f"{options.bin}/vigil"
        with open(listed, "rb") as names:
            one = subprocess.run([vigil, "analyze", "--jsonl", "-"], stdin=names, capture_output=True)
        many = subprocess.run(["parallel", "--will-cite", "--pipepart", "-a", listed, "--block", "-1", "-j", "2", "-k",
                               f"{vigil} analyze --jsonl -"], capture_output=True)
        check(one.returncode == 3, f"one process: {one.returncode} {one.stderr[-200:]}")
        check(one.stdout == many.stdout and one.stdout.count(b"\n") == 7,
              f"parallel: {many.stdout.count(10)} lines of 7, {many.stderr[-300:]}")
        print("parallel: 7 results of 2 processes, the same bytes as one process")


def units(options):
    """What systemd says of the units."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for unit in ("vigil-server.service", "vigil-monitor@.service"):
            text = (ROOT / "packaging" / unit).read_text()
            text = text.replace("/usr/bin/", str(pathlib.Path(options.bin).resolve()) + "/")
            (folder / unit).write_text(text)
        instance = folder / "vigil-monitor@dev-video0.service"
        instance.write_text((folder / "vigil-monitor@.service").read_text())
        for unit in (folder / "vigil-server.service", instance):
            said = subprocess.run(["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", unit],
                                  capture_output=True, text=True)
            words = [line for line in said.stderr.splitlines() if "vigil" in line]
            check(said.returncode == 0 and not words, f"systemd-analyze verify {unit.name}: {said.stderr}")
            rated = subprocess.run(["systemd-analyze", "security", "--offline=true", "--threshold=30", "--no-pager", unit],
                                   capture_output=True, text=True)
            line = next((line for line in rated.stdout.splitlines() if "Overall exposure" in line), rated.stderr)
            check(rated.returncode == 0, f"systemd-analyze security {unit.name}: {line}")
            print(f"units: {unit.name}: verified; {line.strip(' →')}")
