#!/usr/bin/env python3
"""Hostile HTTP clients against a running vigil-server with two tokens: eve attacks, ada is served meanwhile.

    Tests/Hostile/http_attacks.py [--quick] BUILD_FOLDER

While each attack runs, another thread asks /healthz every 20 ms and reads the server's memory and disk; the last two
lines hold the bounds: p99 of /healthz, 300 MB of memory, the disk of results. --quick leaves out what has to wait for
the server's own time limits, and allows /healthz 500 ms because other work may have the cores.
Sockets only: what is sent must be exactly what stands here.
"""

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

part = Part(__doc__)
# Of this file the part is http: Python has a module of that name.
part.name = "http"
ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
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

    def settled(self, name, seconds=20):
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


@part.attack
def heads_that_never_end_on_300_connections():
    with many(main, 300, main.head("GET", "/", owner=None)[:-2]) as held:
        for one in held:
            with contextlib.suppress(ConnectionError):
                one.sendall(b"X-A: b\r\n")
        alive(5)


@part.attack
def three_hundred_silent_connections():
    with many(main, 300, b""):
        alive(5)


@part.attack
def eleven_uploads_that_announce_2_gb_and_send_nothing():
    head = main.head("POST", "/api/v1/analyses", "Content-Type: application/octet-stream", "Content-Length: 200000000")
    with many(main, 11, head):
        serves_ada(main)


@part.attack
def sixteen_places_in_the_queue_are_eves_and_ada_is_judged():
    taken = [json_of(main.upload("eve", clip())).get("id") for _ in range(20)]
    part.demand(None in taken, "eve has more than her places")
    serves_ada(main)
    for one in filter(None, taken):
        main.ask("DELETE", f"/api/v1/analyses/{one}", owner="eve")


@part.attack
def two_hundred_and_fifty_eight_event_streams():
    job = json_of(main.upload("eve", clip()))["id"]
    with many(main, 258, main.head("GET", f"/api/v1/analyses/{job}/events")):
        part.demand(main.gauge("vigil_streams_open") <= 16, f"{main.gauge('vigil_streams_open')} streams are open")
        alive(5)
    main.done("eve", job)
    part.demand(main.settled("vigil_streams_open") == 0, "streams of clients that left are still open")


def unread(path, count):
    before = main.memory
    with many(main, 12, main.head("GET", path) * count):
        alive(20)
        part.demand(main.memory < MEMORY_MB, f"{main.memory:.0f} MB, {before:.0f} MB before")


@part.attack
def twelve_clients_that_do_not_read_their_pictures():
    frames = json_of(main.ask("GET", f"/api/v1/analyses/{mine}/pictures", owner="eve"))["pictures"]
    unread(frames[0]["address"], 100)


@part.attack
def twelve_clients_that_do_not_read_their_timeline():
    unread(f"/api/v1/analyses/{mine}/timeline", 100)


@part.attack
def a_thousand_requests_in_one_write_and_no_reading():
    with many(main, 8, main.head("GET", "/healthz", owner=None) * 1000):
        alive(5)


@part.attack
def more_requests_than_a_minute_holds_are_eves_trouble():
    small = Server("--most-requests", "60")
    try:
        codes = [status(small.ask("GET", "/api/v1/limits", owner="eve")) for _ in range(90)]
        part.demand(codes.count(429) >= 20 and set(codes) <= {200, 429}, f"codes {set(codes)}")
        part.demand(status(small.ask("GET", "/api/v1/limits", owner="ada")) == 200, "ada is refused for eve's requests")
    finally:
        small.stop()


@part.attack
def an_upload_of_100_gb_is_refused_by_its_length():
    head = main.head("POST", "/api/v1/analyses", "Content-Type: application/octet-stream", "Content-Length: 99999999999")
    with main.connect() as one:
        one.sendall(head)
        refused(one.recv(4096), 413)


@part.attack
def a_body_without_length_is_cut_off():
    small = Server("--most-megabytes", "8")
    try:
        head = small.head("POST", "/api/v1/analyses", "Content-Type: application/octet-stream",
                          "Transfer-Encoding: chunked")
        piece, sent = b"100000\r\n" + b"\0" * 0x100000 + b"\r\n", 0
        with small.connect() as one:
            with contextlib.suppress(ConnectionError, TimeoutError):
                one.sendall(head)
                while sent < 64:
                    one.sendall(piece)
                    sent += 1
        part.demand(sent < 64, "64 MB were taken of 8")
        part.demand(small.settled("vigil_upload_bytes_held") == 0, "bytes of a refused upload are still held")
    finally:
        small.stop()


@part.attack
def a_head_of_200_kb_is_refused():
    refused(main.send(main.head("GET", "/healthz", "X-Long: " + "a" * 200_000)))
    refused(main.send(main.head("GET", "/" + "a" * 200_000)))


@part.attack
def a_thousand_head_fields_are_refused():
    refused(main.send(main.head("GET", "/healthz", *[f"X-{n}: a" for n in range(1000)])))


@part.attack
def two_lengths_are_refused():
    fields = "Content-Type: application/octet-stream"
    refused(main.send(main.head("POST", "/predict_image", fields, "Content-Length: 5", "Content-Length: 50") + b"hello"))


@part.attack
def a_length_beside_chunks_smuggles_nothing():
    hidden = main.head("GET", "/api/v1/limits")
    data = main.head("POST", "/predict_image", "Content-Type: application/octet-stream", "Content-Length: 5",
                     "Transfer-Encoding: chunked") + b"0\r\n\r\n" + hidden
    answer = main.send(data, timeout=20)
    part.demand(answer.count(b"HTTP/1.1 200") == 0, f"answered {answer[:300]!r}")


@part.attack
def chunk_sizes_that_are_none_are_refused():
    head = main.head("POST", "/api/v1/analyses", "Content-Type: application/octet-stream", "Transfer-Encoding: chunked")
    for size in (b"-1", b"ffffffffffffffffff", b"0x10", b"zz", b" "):
        refused(main.send(head + size + b"\r\nhello\r\n0\r\n\r\n", timeout=20))


@part.attack
def hosts_that_are_not_ours_are_refused():
    for host in ("evil.example", f"127.0.0.1:{main.port + 1}", "127.0.0.1", f"localhost:{main.port}:1", f"a@127.0.0.1:{main.port}",
                 f"127.0.0.1:{main.port}/x", "localhost."):
        refused(main.ask("GET", "/api/v1/limits", owner="eve", host=host), 400, 421)
    twice = main.head("GET", "/api/v1/limits", "Host: evil.example", "Connection: close")
    refused(main.send(twice), 400)
    target = main.head("GET", "http://evil.example/api/v1/limits", "Connection: close", host="evil.example")
    refused(main.send(target), 400, 421)


@part.attack
def pages_of_other_origins_change_nothing():
    own = f"127.0.0.1:{main.port}"
    for origin in ("http://evil.example", f"http://127.0.0.1:{main.port + 1}", f"https://{own}", "null", "http://127.0.0.1",
                   f"http://localhost:{main.port}"):
        refused(main.ask("POST", "/api/v1/logout", f"Origin: {origin}", owner="eve"), 403)
    refused(main.ask("POST", "/api/v1/logout", "Sec-Fetch-Site: cross-site", owner="eve"), 403)
    taken = status(main.ask("POST", "/api/v1/logout", f"Origin: http://{own}", owner="eve"))
    part.demand(taken == 204, f"its own page is answered {taken}")


@part.attack
def a_cookie_is_no_token_and_ends_with_its_sign_in():
    login = json.dumps({"token": main.tokens["eve"]}).encode()
    answer = main.ask("POST", "/api/v1/login", body=login)
    cookie = re.search(rb"(?i)set-cookie: ([^;]+)", answer).group(1).decode()
    part.demand(main.tokens["eve"] not in cookie, "the cookie is the token")
    sent = f"Cookie: {cookie}"
    part.demand(status(main.ask("GET", "/api/v1/limits", sent)) == 200, "the cookie does not let in")
    name = cookie.split("=")[0]
    refused(main.ask("GET", "/api/v1/limits", f"Cookie: {name}={main.tokens['eve']}"), 401)
    part.demand(status(main.ask("POST", "/api/v1/logout", sent)) == 204, "signing out failed")
    refused(main.ask("GET", "/api/v1/limits", sent), 401)


@part.attack
def paths_lead_nowhere_else():
    for path in ("/page/../../etc/passwd", "/page/%2e%2e%2f%2e%2e%2fetc%2fpasswd", "/page/..%5cserver.sqlite", "//etc/passwd",
                 f"/api/v1/analyses/..%2f{mine}", f"/api/v1/analyses/{mine}/pictures/../../../server.sqlite",
                 f"/api/v1/analyses/{mine}/pictures/-1", f"/api/v1/analyses/{mine}/pictures/99999999999999999999",
                 "/api/v1/sessions/..%2f..%2fx", "/page/\x00", "/api/v1/analyses?sample=../../../etc/passwd"):
        method = "POST" if "sample" in path else "GET"
        refused(main.ask(method, path.replace("\x00", "%00"), owner="eve"))


@part.attack
def another_owners_analysis_is_not_there():
    for path in ("", "/timeline", "/pictures", "/pictures/0", "/events"):
        refused(main.ask("GET", f"/api/v1/analyses/{mine}{path}", owner="ada"), 404)
    refused(main.ask("DELETE", f"/api/v1/analyses/{mine}", owner="ada"), 404)


@part.attack
def forms_that_are_none_are_refused():
    kind = "Content-Type: multipart/form-data; boundary=x"
    bodies = [b"", b"--x", b"--x--", b"--x\r\n\r\n\r\n--x--", b"--x\r\n" * 5000,
              b"--x\r\nContent-Disposition: form-data; name=file\r\nX: " + b"a" * 100_000 + b"\r\n\r\n1\r\n--x--",
              b"--x\r\nContent-Disposition: form-data; name=n\r\n\r\n1\r\n" * 100 + b"--x--",
              b"--x\r\nContent-Disposition: form-data; name=file; filename=a\r\n\r\n1"]
    for body in bodies:
        refused(main.ask("POST", "/predict_image", kind, body=body, owner="eve"))
    for other in ("multipart/form-data", "multipart/form-data; boundary=", f"multipart/form-data; boundary={'b' * 500}"):
        refused(main.ask("POST", "/predict_image", f"Content-Type: {other}", body=bodies[-1], owner="eve"))


@part.attack
def json_that_is_deep_or_large_is_refused():
    path = f"/api/v1/analyses/{mine}/feedback"
    for body in (b"[" * 10_000, b'{"label":' * 1000, b'{"label":"fake","remark":"' + b"a" * 20_000 + b'"}', b"\xff\xfe",
                 b'{"label":7}', b'{"label":"no such"}'):
        refused(main.ask("POST", path, "Content-Type: application/json", body=body, owner="eve"))
    refused(main.ask("POST", "/api/v1/login", body=b"[" * 4000))


@part.attack
def methods_that_are_none_change_nothing():
    for method in ("TRACE", "CONNECT", "PROPFIND", "PUT", "PATCH", "A" * 200):
        refused(main.ask(method, f"/api/v1/analyses/{mine}", owner="eve"))
    for number in range(50):
        main.ask(f"M{number}", "/healthz")
    text = main.ask("GET", "/metrics", owner="ada").decode()
    part.demand(text.count("method=") < 60 and "M49" not in text, "invented methods have counters of their own")
    refused(main.ask("GET", "/healthz", "Upgrade: websocket", "Sec-WebSocket-Version: 13"), 200, 400, 404)


@part.attack
def fifty_uploads_that_break_off_leave_nothing():
    head = main.head("POST", "/api/v1/analyses", "Content-Type: application/octet-stream", "Content-Length: 5000000")
    for _ in range(50):
        with main.connect() as one:
            with contextlib.suppress(ConnectionError):
                one.sendall(head + b"\0" * 100_000)
    part.demand(main.settled("vigil_upload_bytes_held") == 0, "bytes of uploads that broke off are still held")
    left = list((main.folder / "state/uploads").iterdir())
    part.demand(not left, f"{len(left)} files are left")


@part.attack
def file_names_are_text_and_no_paths():
    for name in (b"../../etc/passwd", b"a\x00b", b"\xff\xfe\xfd", "\u202egpj.exe".encode(), b"<script>alert(1)</script>",
                 b"a" * 3000, b"line\nbreak"):
        body = (b'--x\r\nContent-Disposition: form-data; name="file"; filename="' + name + b'"\r\n\r\nno picture\r\n--x--')
        answer = main.ask("POST", "/api/v1/analyses", "Content-Type: multipart/form-data; boundary=x", body=body, owner="eve")
        part.demand(status(answer) in (202, 400, 429), f"{name!r}: {answer[:80]!r}")
        shown = json_of(answer).get("name", "")
        part.demand("/" not in shown and len(shown) <= 120 and shown.isprintable(), f"{name!r} is shown as {shown!r}")
    part.demand(main.settled("vigil_queue_waiting", 120) == 0, "the queue does not empty")


@part.attack
def a_process_that_was_taken_over_decides_nothing():
    program = main.folder / "taken"
    program.write_text(TAKEN)
    program.chmod(0o700)
    other = Server(program=program)
    try:
        answer = other.ask("POST", "/predict_video", "Content-Type: video/mp4", body=b"x", owner="eve")
        refused(answer, 422)
        job = json_of(other.upload("eve", b"x"))["id"]
        stream = other.ask("GET", f"/api/v1/analyses/{job}/events", owner="eve")
        part.demand(b'"live"' not in stream and b"\revent" not in stream, f"the stream says {stream[-300:]!r}")
        part.demand(other.done("eve", job)["state"] == "failed", "a crashed analysis has a result")
    finally:
        other.stop()


@part.attack
def results_without_end_stay_within_the_disks_bound():
    program = main.folder / "stub"
    program.write_text(STUB)
    program.chmod(0o700)
    other = Server("--most-results", str(DISK_MB), "--most-results-each", str(DISK_MB), program=program)
    try:
        kept = json_of(other.upload("ada", b"x", "?pictures=20"))["id"]
        other.done("ada", kept)
        ids = []
        for _ in range(24 if part.quick else 40):
            ids.append(json_of(other.upload("eve", b"x", "?pictures=20"))["id"])
            part.demand(other.done("eve", ids[-1])["state"] == "done", "eve's analysis failed")
        part.demand(other.disk <= DISK_MB * 1.05, f"{other.disk:.0f} MB of results")
        refused(other.ask("GET", f"/api/v1/analyses/{ids[0]}", owner="eve"), 404)
        state = status(other.ask("GET", f"/api/v1/analyses/{kept}", owner="ada"))
        part.demand(state == 200, "ada's result went for eve's")
        print(f"http: {15 * len(ids)} MB of results were made, at most {other.disk:.0f} MB lay on the disk")
    finally:
        other.stop()


@part.attack
def files_are_for_the_servers_user_alone():
    for file in [main.folder / "state", *(main.folder / "state").rglob("*")]:
        with contextlib.suppress(FileNotFoundError):
            part.demand(file.stat().st_mode & 0o077 == 0, f"{file.name} has the mode {file.stat().st_mode & 0o777:o}")


@part.attack
def bodies_of_a_byte_a_second_are_cut_off():
    if part.quick:
        raise Skipped("takes 40 s; without --quick")
    head = main.head("POST", "/api/v1/analyses", "Content-Type: application/octet-stream", "Content-Length: 1000000")
    with main.connect() as one:
        one.sendall(head)
        begin, cut = time.monotonic(), False
        while not cut and time.monotonic() - begin < 40:
            try:
                one.sendall(b"x")
                one.settimeout(1)
                cut = one.recv(100) == b""
            except TimeoutError:
                pass
            except ConnectionError:
                cut = True
    part.demand(cut, "the connection stands after 40 s")


@part.attack
def ada_was_served_all_the_while():
    serves_ada(main)
    ordered = sorted(main.latencies)
    p99 = ordered[int(len(ordered) * 0.99)] * 1e3
    print(f"http: /healthz {len(ordered)} times: median {ordered[len(ordered) // 2] * 1e3:.1f} ms, p99 {p99:.1f} ms, worst "
          f"{ordered[-1] * 1e3:.0f} ms, {len(main.failures)} failed; load average {os.getloadavg()[0]:.1f} on "
          f"{os.cpu_count()} cores")
    part.demand(not main.failures, f"{len(main.failures)} times no answer: {main.failures[:3]}")
    part.demand(p99 < (500 if part.quick else 100), f"p99 of /healthz is {p99:.1f} ms")


@part.attack
def memory_and_disk_stayed_within_their_bounds():
    print(f"http: the server had {main.memory:.0f} MB at most, results {main.disk:.0f} MB on the disk")
    part.demand(main.memory < MEMORY_MB, f"{main.memory:.0f} MB")
    part.demand(main.disk <= DISK_MB, f"{main.disk:.0f} MB on the disk")
    code = main.stop()
    part.demand(code == 0, f"SIGTERM ended the server with {code}")


try:
    part.run()
finally:
    if main.process.poll() is None:
        main.process.kill()
