"""The server under attack, what is measured of it, and the words that the attacks share."""

import contextlib
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time

from attacks import Part, Skipped

part = Part("Hostile HTTP clients against a running vigil-server with two tokens.")
# Of this file the part is http: Python has a module of that name.
part.name = "http"
ROOT = pathlib.Path(__file__).resolve().parents[3]
MEMORY_MB, DISK_MB = 300, 256
# A program in the place of `vigil`: many large pictures, then a result.
STUB = """#!/bin/sh
[ "$1" = models ] && exit 0
while [ $# -gt 0 ]; do [ "$1" = --render ] && folder=$2; last=$1; shift; done
[ -z "$folder" ] || { mkdir -p "$folder"; for n in 1 2 3 4 5 6 7 8 9 10; do
  head -c 1500000 /dev/zero > "$folder/x-00000$n.jpg"; done; }
printf '{"schema":1,"kind":"video","verdict":"undecided","risk":0.5,"reasons":[],"tracks":[]}\\n'
"""
# The same, but taken over: a forged result, a line that would begin another event, and a crash.
TAKEN = """#!/bin/sh
[ "$1" = models ] && exit 0
printf '{"frame":1,"x":"a"}\\r\\revent: end\\rdata: {"verdict":"live"}\\n'
printf '{"schema":1,"kind":"video","verdict":"live","risk":0.0001,"reasons":[],"tracks":[]}\\n'
kill -SEGV $$
"""


class Server:
    """A running server, its tokens, and what was measured of it."""

    def __init__(self, *arguments, program=None):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="vigil-hostile-"))
        book = self.folder / "tokens.txt"
        with open(os.open(book, os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="utf-8") as lines:
            self.tokens = {name: self.make_token(name, lines) for name in ("ada", "eve")}
        self.log = open(self.folder / "log.txt", "w", encoding="utf-8")
        program = program or part.program("vigil")
        self.process = subprocess.Popen(
            [part.program("vigil-server"), "--port", "0", "--folder", self.folder / "state", "--tokens", book,
             "--sessions", self.folder / "sessions", "--page", ROOT / "Page", "--program", program, *arguments],
            stdout=subprocess.PIPE, stderr=self.log, text=True)
        found = re.search(r"http://127.0.0.1:(\d+)/", self.process.stdout.readline())
        if not found:
            raise RuntimeError(f"the server did not start: {(self.folder / 'log.txt').read_text()[-400:]}")
        self.port = int(found.group(1))
        self.latencies, self.failures, self.memory, self.disk = [], [], 0.0, 0.0
        self.stopping = threading.Event()
        self.watcher = threading.Thread(target=self.watch, daemon=True)
        self.watcher.start()

    @staticmethod
    def make_token(name, lines):
        made = subprocess.run([part.program("vigil-server"), "token", name], capture_output=True, text=True, check=True)
        lines.write(made.stdout)
        return made.stderr.split()[-1]

    def watch(self):
        turn = 0
        while not self.stopping.wait(0.02):
            begin = time.monotonic()
            try:
                answer = self.ask("GET", "/healthz", timeout=10)
                if b" 200 " not in answer.split(b"\r\n")[0]:
                    self.failures.append(answer[:60])
            except OSError as problem:
                self.failures.append(repr(problem))
            self.latencies.append(time.monotonic() - begin)
            pages = int(pathlib.Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
            self.memory = max(self.memory, pages * os.sysconf("SC_PAGESIZE") / 1e6)
            turn += 1
            if turn % 10 == 0:
                self.disk = max(self.disk, sum(size_of(f) for f in (self.folder / "state/results").rglob("*")) / 1e6)

    def stop(self):
        self.stopping.set()
        self.watcher.join()
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(60)
        self.log.close()
        shutil.rmtree(self.folder)
        return code

    def connect(self, timeout=30):
        return socket.create_connection(("127.0.0.1", self.port), timeout=timeout)

    def head(self, method, path, *fields, owner="eve", host=None):
        lines = [f"{method} {path} HTTP/1.1", f"Host: {host or f'127.0.0.1:{self.port}'}"]
        if owner:
            lines.append(f"Authorization: Bearer {self.tokens[owner]}")
        return "\r\n".join([*lines, *fields, "", ""]).encode()

    def ask(self, method, path, *fields, body=b"", owner=None, timeout=30, host=None):
        """The whole answer of a request on a connection of its own; empty when it was cut off."""
        head = self.head(method, path, "Connection: close", f"Content-Length: {len(body)}", *fields, owner=owner, host=host)
        return self.send(head + body, timeout)

    def send(self, data, timeout=30):
        with self.connect(timeout) as one:
            return exchange(one, data)

    def upload(self, owner, data, query="", timeout=120):
        return self.ask("POST", f"/api/v1/analyses{query}", "Content-Type: application/octet-stream", body=data,
                        owner=owner, timeout=timeout)

    def done(self, owner, analysis, seconds=300):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            state = json_of(self.ask("GET", f"/api/v1/analyses/{analysis}", owner=owner))
            if state.get("state") in ("done", "failed"):
                return state
            time.sleep(0.3)
        raise RuntimeError(f"{owner}'s analysis was not done within {seconds} s")

    def gauge(self, name):
        answer = self.ask("GET", "/metrics", owner="ada").decode()
        return int(re.search(rf"^{name} (\d+)", answer, re.M).group(1))

    def settled(self, name, seconds=300):
        """Waits for a gauge to be zero again; its last value."""
        end = time.monotonic() + seconds
        while (value := self.gauge(name)) and time.monotonic() < end:
            time.sleep(0.1)
        return value


def size_of(file):
    try:
        return file.stat().st_size if file.is_file() else 0
    except FileNotFoundError:
        return 0


def exchange(one, data):
    with contextlib.suppress(ConnectionError, TimeoutError):
        one.sendall(data)
    answer = b""
    with contextlib.suppress(ConnectionError, TimeoutError):
        while piece := one.recv(65536):
            answer += piece
    return answer


def status(answer):
    """0 when the connection was closed without an answer."""
    found = re.match(rb"HTTP/1\.1 (\d+)", answer)
    return int(found.group(1)) if found else 0


def json_of(answer):
    try:
        return json.loads(answer.partition(b"\r\n\r\n")[2])
    except ValueError:
        return {}


def refused(answer, *codes):
    """An answer of 4xx (one of `codes`) or a closed connection; never 2xx, never 5xx."""
    part.demand(status(answer) in (codes or (0, *range(400, 500))), f"answered {answer[:120]!r}")


def clip():
    """A short recording of the demo's puppet."""
    file = ROOT / "out/hostile-clip.mkv"
    if not file.exists():
        demo = ROOT / "out/demo.mkv"
        if not demo.exists():
            demo.parent.mkdir(exist_ok=True)
            subprocess.run([part.program("vigil"), "demo", "--out", demo], check=True, capture_output=True)
        subprocess.run(["ffmpeg", "-v", "error", "-y", "-i", demo, "-t", "1", "-c", "copy", file], check=True)
    return file.read_bytes()


def serves_ada(server, seconds=240):
    """Ada's upload is taken and judged."""
    answer = server.upload("ada", clip())
    part.demand(status(answer) == 202, f"ada's upload was answered {answer[:200]!r}")
    state = server.done("ada", json_of(answer)["id"], seconds)
    part.demand(state["state"] == "done", f"ada's analysis: {state.get('error')}")
    return state


@contextlib.contextmanager
def many(server, count, data):
    """So many connections that each sent `data`."""
    with contextlib.ExitStack() as stack:
        held = []
        for _ in range(count):
            one = stack.enter_context(server.connect())
            with contextlib.suppress(ConnectionError):
                one.sendall(data() if callable(data) else data)
            held.append(one)
        yield held


try:
    main = Server("--most-requests", "3000", "--most-results", str(DISK_MB), "--most-results-each", str(DISK_MB))
    mine = json_of(main.upload("eve", clip(), "?pictures=40"))["id"]
    main.done("eve", mine)
except Skipped as reason:
    print(f"Test hostile_http skipped: {reason}")
    raise SystemExit(0) from None


def alive(count=1):
    """The server answers ada, and kept nothing."""
    for _ in range(count):
        part.demand(status(main.ask("GET", "/api/v1/limits", owner="ada")) == 200, "ada is not served any more")
