#!/usr/bin/env python3
"""Starts a vigil-server for each check of it and ends it again.

    check-server.py PART... [--bin .build/release] [--clip out/demo.mkv] [--picture FILE] [--out out/server] [--quick]

    guard      tokens, TLS, host and origin checks, histories apart, limits of a token, refused settings
    browser    the page in headless Chromium, with a live monitor beside it (page-test.py)
    fuzz       schemathesis against the served description; needs it in this Python
    proxy      under a path behind nginx: page, links, cookie, origin; a port that is taken; HEAD
    load       64 parallel uploads, slow and oversized senders, hostile files (load-test.py)
    parallel   the GNU parallel example of docs/server.md: the same results as one process
    units      systemd-analyze verify and security of the units

--quick is the form for CI. Each part prints what it measured; the exit code is 1 when one failed.
"""

import argparse
import contextlib
import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent


class Failed(Exception):
    """A check that did not hold."""


def check(held, what):
    if not held:
        raise Failed(what)


@contextlib.contextmanager
def server(options, *arguments):
    """A running server: its address, its process number and its folder."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="vigil-server-"))
    log = open(folder / "log.txt", "w+", encoding="utf-8")
    process = subprocess.Popen(
        [f"{options.bin}/vigil-server", "--port", "0", "--folder", str(folder / "state"),
         "--sessions", str(folder / "sessions"), "--page", str(ROOT / "Page"), *arguments],
        stdout=subprocess.PIPE, stderr=log, text=True)
    try:
        line = process.stdout.readline()
        found = re.search(r"(https?://\S+?)/\s*$", line)
        if not found:
            process.wait(10)
            log.seek(0)
            raise Failed(f"the server did not start: {log.read()[-400:]}")
        yield found.group(1), process.pid, folder
        check(process.poll() is None, f"the server ended by itself with {process.returncode}; see {folder}/log.txt")
        process.send_signal(signal.SIGTERM)
        check(process.wait(30) == 0, f"SIGTERM ended the server with {process.returncode}")
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        log.close()
    shutil.rmtree(folder)


class Client:
    """Asks a server; `token` and `headers` go with each request."""

    def __init__(self, address, token=None, trust=None, **headers):
        self.scheme, self.place = address.split("://")
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}
        if token:
            self.headers["Authorization"] = f"Bearer {token}"
        self.trust = trust

    def connection(self):
        if self.scheme != "https":
            return http.client.HTTPConnection(self.place, timeout=600)
        context = ssl.create_default_context(cafile=self.trust)
        # The certificate names localhost, the address is a number.
        context.check_hostname = False
        return http.client.HTTPSConnection(self.place, timeout=600, context=context)

    def many(self, path, enough):
        """The statuses of requests one after the other on one connection, until there are enough."""
        connection, seen = self.connection(), []
        while not enough(seen):
            connection.request("GET", path, headers=self.headers)
            answer = connection.getresponse()
            answer.read()
            seen.append(answer.status)
        connection.close()
        return seen

    def ask(self, method, path, body=None, **headers):
        connection = self.connection()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, body, {**self.headers, **named})
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, text


def certificate(folder):
    """A key and a certificate for localhost that signs itself."""
    key, chain = folder / "key.pem", folder / "chain.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                    "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
                    "-keyout", key, "-out", chain], check=True, capture_output=True)
    return str(key), str(chain)


def token(options, name, book):
    made = subprocess.run([f"{options.bin}/vigil-server", "token", name], capture_output=True, text=True, check=True)
    with open(os.open(book, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "a", encoding="utf-8") as file:
        file.write(made.stdout)
    return made.stderr.split()[-1]


def wait_done(client, analysis, seconds=300):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        status, _, text = client.ask("GET", f"/api/v1/analyses/{analysis}")
        state = json.loads(text)
        if status == 200 and state["state"] in ("done", "failed"):
            return state
        time.sleep(0.5)
    raise Failed(f"analysis {analysis} not done within {seconds} s")


def guard(options):
    """Tokens and TLS from end to end."""
    unsafe = subprocess.run([f"{options.bin}/vigil-server", "--host", "0.0.0.0", "--port", "0"], capture_output=True,
                            text=True, timeout=30)
    check(unsafe.returncode == 64 and "--tokens" in unsafe.stderr, f"0.0.0.0 without tokens: {unsafe}")
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        key, chain = certificate(folder)
        book = folder / "tokens.txt"
        ada, bob = token(options, "ada", book), token(options, "bob", book)
        clear = subprocess.run([f"{options.bin}/vigil-server", "--host", "0.0.0.0", "--port", "0", "--tokens", book],
                               capture_output=True, text=True, timeout=30)
        check(clear.returncode == 64 and "--certificate" in clear.stderr, f"0.0.0.0 without TLS: {clear}")
        book.chmod(0o644)
        loose = subprocess.run([f"{options.bin}/vigil-server", "--port", "0", "--tokens", book], capture_output=True,
                               text=True, timeout=30)
        check(loose.returncode == 64 and "chmod 600" in loose.stderr, f"a tokens file that everybody may read: {loose}")
        book.chmod(0o600)
        arguments = ["--host", "0.0.0.0", "--tokens", str(book), "--certificate", chain, "--key", key,
                     "--name", "localhost", "--most-requests", "120", "--most-uploads", "3"]
        with server(options, *arguments) as (address, _, folder):
            address = address.replace("0.0.0.0", "127.0.0.1")
            transport(address, chain)
            owners(address, chain, ada, bob, pathlib.Path(options.picture).read_bytes())
            limits(address, chain, bob, pathlib.Path(options.picture).read_bytes())
            private(folder / "state")
            claimed(options, folder / "state")
            monitors(options, address, chain, ada, bob, folder / "sessions")
    print("guard: tokens, TLS, histories, origin, host, cookie and limits held")


def private(folder):
    """Everything in the server's folder is for its own user alone."""
    for file in [folder, *folder.rglob("*")]:
        mode = file.stat().st_mode & 0o777
        check(mode & 0o077 == 0, f"{file} has the mode {mode:o}")


def claimed(options, folder):
    """A second server on the same folder, and a folder that is somebody else's."""
    second = subprocess.run([f"{options.bin}/vigil-server", "--port", "0", "--folder", folder], capture_output=True,
                            text=True, timeout=30)
    check(second.returncode == 64 and "another vigil-server" in second.stderr, f"two servers on one folder: {second}")
    with tempfile.TemporaryDirectory() as name:
        mine = pathlib.Path(name) / "uploads" / "holiday.jpg"
        mine.parent.mkdir()
        mine.write_text("mine")
        foreign = subprocess.run([f"{options.bin}/vigil-server", "--port", "0", "--folder", name], capture_output=True,
                                 text=True, timeout=30)
        check(foreign.returncode == 64 and "empty folder" in foreign.stderr, f"a folder of somebody else: {foreign}")
        check(mine.read_text() == "mine", "a file of somebody else is gone")


def monitors(options, address, chain, ada, bob, folder):
    """A monitor belongs to the owner in whose folder its socket lies."""
    place = folder / "ada"
    place.mkdir(mode=0o700, parents=True)
    with monitor(options, place):
        listed = [json.loads(Client(address, one, chain).ask("GET", "/api/v1/sessions")[2]).get("sessions") for one in (ada, bob)]
        check(listed[0] is not None and len(listed[0]) == 1 and listed[1] == [], f"monitors of ada and bob: {listed}")
        path = f"/api/v1/sessions/{listed[0][0]['id']}"
        for one, status in ((ada, 200), (bob, 404)):
            check(Client(address, one, chain).ask("GET", path)[0] == status, f"ada's monitor, asked for by {one}")
        check(Client(address, bob, chain).ask("GET", f"{path}/preview")[0] == 404, "bob sees ada's pictures")


def transport(address, chain):
    """TLS 1.2 or newer and nothing in clear."""
    place = address.split("://")[1]
    host, port = place.split(":")
    check(Client(address, trust=chain).ask("GET", "/healthz")[0] == 200, "/healthz over TLS")
    try:
        status = Client(f"http://{place}").ask("GET", "/healthz")[0]
        check(False, f"in clear it answers {status}")
    except (http.client.HTTPException, OSError):
        pass
    try:
        Client(address).ask("GET", "/healthz")
        check(False, "a client that does not know the certificate connects")
    except ssl.SSLCertVerificationError:
        pass
    for version in ("-tls1", "-tls1_1"):
        old = subprocess.run(["openssl", "s_client", version, "-cipher", "ALL:@SECLEVEL=0", "-connect", f"{host}:{port}"],
                             input=b"", capture_output=True)
        check(b"Cipher is (NONE)" in old.stdout or old.returncode != 0, f"{version} is taken")
    for version in ("-tls1_2", "-tls1_3"):
        new = subprocess.run(["openssl", "s_client", version, "-connect", f"{host}:{port}", "-CAfile", chain,
                              "-verify_return_error"], input=b"", capture_output=True)
        check(new.returncode == 0 and b"Verify return code: 0" in new.stdout, f"{version} is refused: {new.stdout[-300:]}")


def owners(address, chain, ada, bob, picture):
    """Who may see what, and from where."""
    nobody, wrong = Client(address, trust=chain), Client(address, "0" * 64, chain)
    first, second = Client(address, ada, chain), Client(address, bob, chain)
    status, headers, _ = nobody.ask("GET", "/api/v1/analyses")
    check(status == 401 and headers.get("www-authenticate") == "Bearer", f"without a token: {status}")
    check(wrong.ask("GET", "/api/v1/analyses")[0] == 401, "a wrong token")
    check(nobody.ask("POST", "/predict_image", picture, Content_Type="image/png")[0] == 401, "an upload without a token")
    status, headers, _ = nobody.ask("GET", "/")
    check(status == 200 and "default-src 'none'" in headers["content-security-policy"]
          and headers["x-content-type-options"] == "nosniff" and "strict-transport-security" in headers,
          f"headers of the page: {headers}")
    status, _, text = first.ask("POST", "/api/v1/analyses?pictures=1", picture, Content_Type="image/png")
    check(status == 202, f"ada's upload: {status} {text}")
    mine = json.loads(text)["id"]
    state = wait_done(first, mine)
    check(state["state"] == "done", f"ada's analysis: {state}")
    for path in ("", "/timeline", "/pictures", "/pictures/0", "/events"):
        check(second.ask("GET", f"/api/v1/analyses/{mine}{path}")[0] == 404, f"bob reads ada's {path}")
    check(second.ask("DELETE", f"/api/v1/analyses/{mine}")[0] == 404, "bob deletes ada's analysis")
    check(second.ask("POST", f"/api/v1/analyses/{mine}/feedback", '{"label":"fake"}')[0] == 404, "bob labels ada's")
    check(json.loads(second.ask("GET", "/api/v1/analyses")[2])["analyses"] == [], "bob sees a history")
    check(len(json.loads(first.ask("GET", "/api/v1/analyses")[2])["analyses"]) == 1, "ada's history")
    check(first.ask("POST", f"/api/v1/analyses/{mine}/feedback", '{"label":"attack","remark":"printed"}')[0] == 200,
          "ada's correction")
    table = first.ask("GET", "/api/v1/feedback.tsv")[2].decode().splitlines()
    check(len(table) == 2 and table[0].startswith("path\tlabel\tkind\tgroup") and table[1].split("\t")[1] == "attack",
          f"ada's LABELS.tsv: {table}")
    check(len(second.ask("GET", "/api/v1/feedback.tsv")[2].decode().splitlines()) == 1, "bob's LABELS.tsv")
    check(first.ask("GET", "/api/v1/limits", Host="evil.example")[0] == 421, "a foreign host name (DNS rebinding)")
    own = address.split("://")[1]
    for origin in ("https://evil.example", f"http://{own}", "https://127.0.0.1:1", "null"):
        check(first.ask("POST", "/api/v1/logout", b"", Origin=origin)[0] == 403, f"the origin {origin} (CSRF)")
    check(first.ask("POST", "/api/v1/logout", b"", Origin=f"https://{own}")[0] == 204, "its own origin")
    sign_in(nobody, ada, mine)
    check(first.ask("DELETE", f"/api/v1/analyses/{mine}")[0] == 204, "ada deletes")
    check(first.ask("GET", f"/api/v1/analyses/{mine}")[0] == 404, "a deleted analysis")


def sign_in(nobody, ada, mine):
    """The page's cookie."""
    check(nobody.ask("POST", "/api/v1/login", '{"token":"wrong"}')[0] == 401, "a sign-in with a wrong token")
    status, headers, _ = nobody.ask("POST", "/api/v1/login", json.dumps({"token": ada}))
    cookie = headers.get("set-cookie", "")
    check(status == 200 and cookie.startswith("__Host-") and ada not in cookie
          and all(word in cookie for word in ("HttpOnly", "SameSite=Strict", "Secure", "Path=/;")), f"cookie: {cookie}")
    sent = cookie.split(";")[0]
    check(nobody.ask("GET", f"/api/v1/analyses/{mine}", Cookie=sent)[0] == 200, "the cookie lets in")
    name = sent.split("=")[0]
    check(nobody.ask("GET", "/api/v1/analyses", Cookie=f"{name}={ada}")[0] == 401, "the token as a cookie")
    check(nobody.ask("POST", "/api/v1/logout", b"", Cookie=sent)[0] == 204, "signing out")
    check(nobody.ask("GET", "/api/v1/analyses", Cookie=sent)[0] == 401, "the cookie after signing out")
    cookies = [nobody.ask("POST", "/api/v1/login", json.dumps({"token": ada}))[1]["set-cookie"].split(";")[0] for _ in range(2)]
    check(nobody.ask("POST", "/api/v1/logout?everywhere=true", b"", Cookie=cookies[0])[0] == 204, "signing out everywhere")
    check(nobody.ask("GET", "/api/v1/analyses", Cookie=cookies[1])[0] == 401, "another sign-in after that")


NGINX = """
{user} daemon off; pid {folder}/nginx.pid; error_log {folder}/error.log; worker_processes 1;
events {{ worker_connections 64; }}
http {{
  access_log off; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  server {{
    listen 127.0.0.1:{port}; client_max_body_size 200m;
    # The one hands its path on without the prefix, the other with it.
    location {prefix}/ {{ proxy_pass http://{upstream}{slash}; proxy_http_version 1.1; proxy_buffering off;
                          proxy_request_buffering off; proxy_read_timeout 900s;
                          proxy_set_header Host $http_host; proxy_set_header Connection ""; }}
  }}
}}
"""


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


@contextlib.contextmanager
def nginx(port, prefix, upstream, slash):
    """A real reverse proxy on loopback."""
    with tempfile.TemporaryDirectory() as folder:
        configuration = pathlib.Path(folder) / "nginx.conf"
        configuration.write_text(NGINX.format(
            user="user root;" if os.geteuid() == 0 else "", folder=folder, port=port, prefix=prefix, upstream=upstream, slash=slash))
        with open(pathlib.Path(folder) / "said.txt", "w", encoding="utf-8") as said:
            process = subprocess.Popen(["nginx", "-c", configuration, "-p", folder], stdout=said, stderr=said)
        try:
            end = time.monotonic() + 10
            while True:
                try:
                    socket.create_connection(("127.0.0.1", port), 1).close()
                    break
                except OSError:
                    check(process.poll() is None and time.monotonic() < end, "nginx did not start")
                    time.sleep(0.05)
            yield
        finally:
            process.terminate()
            process.wait()


def proxy(options):
    """The server under a path of a reverse proxy, as a browser and as a program see it."""
    picture = pathlib.Path(options.picture).read_bytes()
    check(shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin"), "nginx is not installed (scripts/packages.txt)")
    os.environ["PATH"] += ":/usr/sbin"
    for slash in ("/", ""):
        port = free_port()
        place = f"http://127.0.0.1:{port}"
        with server(options, "--public", f"{place}/faces") as (address, _, _), \
                nginx(port, "/faces", address.split("://")[1], slash):
            client = Client(place)
            status, _, text = client.ask("GET", "/faces/")
            links = re.findall(r'(?:src|href)="([^"#]+)"', text.decode())
            check(status == 200 and len(links) > 4, f"the page: {status}")
            for link in links:
                check(not link.startswith("/") and client.ask("GET", f"/faces/{link}")[0] == 200, f"the page's {link}")
            status, headers, text = client.ask("POST", "/faces/api/v1/analyses?pictures=1", picture,
                                               Content_Type="image/png", Origin=place)
            check(status == 202 and headers["location"].startswith("/faces/api/"), f"an upload: {status} {headers}")
            one = json.loads(text)["id"]
            end = client.ask("GET", f"/faces/api/v1/analyses/{one}/events")[2]
            check(b"event: end" in end, f"events: {end[-200:]}")
            listed = json.loads(client.ask("GET", f"/faces/api/v1/analyses/{one}/pictures")[2])["pictures"]
            status, headers, _ = client.ask("GET", listed[0]["address"])
            check(status == 200 and headers["content-type"] == "image/jpeg", f"a picture: {status}")
            answer = json.loads(client.ask("POST", "/faces/predict_image", picture, Content_Type="image/png")[2])
            check(answer["reason"] and answer["analysis"].startswith("/faces/"), f"the short answer: {answer}")
            check(client.ask("POST", "/faces/api/v1/logout", b"", Origin="http://127.0.0.1:1")[0] == 403, "a foreign origin")
            if options.browser:
                run([sys.executable, HERE / "page-test.py", f"{place}/faces/", cut(options, 1),
                     pathlib.Path(options.out) / "shots-proxy", "--short"])
    with server(options) as (address, _, _):
        for path in ("/", "/healthz", "/openapi.json", "/page/app.js", "/api/v1/analyses"):
            got, head = Client(address).ask("GET", path), Client(address).ask("HEAD", path)
            check(head[0] == 200 and head[2] == b"" and head[1].get("content-length") == got[1].get("content-length"),
                  f"HEAD {path}: {head[0]} {head[1]}")
        taken = subprocess.run([f"{options.bin}/vigil-server", "--port", address.rsplit(":", 1)[1],
                                "--page", ROOT / "Page", "--program", f"{options.bin}/vigil", "--folder",
                                tempfile.mkdtemp(prefix="vigil-server-")], capture_output=True, text=True, timeout=30)
        check(taken.returncode == 64 and "another program listens there" in taken.stderr, f"a port that is taken: {taken}")
        print(f"proxy: under /faces behind nginx, with and without its prefix handed on; {taken.stderr.strip()}")


def limits(address, chain, bob, picture):
    """A token's uploads and requests in a minute."""
    client = Client(address, bob, chain)
    statuses, waits = [], []
    for _ in range(5):
        status, headers, text = client.ask("POST", "/api/v1/analyses", picture, Content_Type="image/png")
        statuses.append(status)
        if status == 429:
            waits.append(int(headers["retry-after"]))
            check("files a minute" in json.loads(text)["error"]["message"], f"the refusal: {text}")
    check(statuses == [202] * 3 + [429] * 2 and all(1 <= wait <= 20 for wait in waits), f"uploads: {statuses} {waits}")
    # On one connection, until five were refused: on a slow machine the minute's number grows while they are sent.
    statuses = client.many("/api/v1/limits", lambda seen: seen.count(429) >= 5 or len(seen) >= 3000)
    check(statuses.count(429) >= 5 and statuses[0] == 200, f"requests: {statuses.count(200)} taken")
    check(client.ask("GET", "/healthz")[0] == 200, "/healthz is not counted")
    print(f"guard: of 5 uploads 3 taken, Retry-After {waits}; of {len(statuses)} requests {statuses.count(200)} taken")


def cut(options, seconds):
    """The clip's first seconds as a file of its own."""
    file = pathlib.Path(options.out) / f"clip-{seconds}s.mkv"
    subprocess.run(["ffmpeg", "-v", "error", "-y", "-i", options.clip, "-t", str(seconds), "-c", "copy", file], check=True)
    return str(file)


@contextlib.contextmanager
def monitor(options, folder):
    """A monitor that shares its session, watching a clip again and again as if it were a camera."""
    feed = subprocess.Popen(["ffmpeg", "-v", "error", "-re", "-stream_loop", "-1", "-i", options.clip, "-c:v", "mjpeg",
                             "-q:v", "4", "-f", "mjpeg", "-"], stdout=subprocess.PIPE)
    # Analyses run at nice 10 and shall come to their end beside it, also on one core.
    watcher = subprocess.Popen(["nice", "-n", "15", f"{options.bin}/vigil", "monitor", "--headless", "--no-log",
                                "--share", "--share-pictures", "--share-folder", str(folder), "-"],
                               stdin=feed.stdout, stdout=subprocess.DEVNULL)
    try:
        # It runs below everything else, and a busy machine takes its time.
        end = time.monotonic() + 300
        while not list(folder.glob("monitor-*.sock")):
            check(time.monotonic() < end and watcher.poll() is None, "the monitor did not come up")
            time.sleep(0.2)
        yield watcher
    finally:
        for process in (watcher, feed):
            process.kill()
            process.wait()


def browser(options):
    """The page as a person uses it."""
    shots = pathlib.Path(options.out) / "shots"
    with tempfile.TemporaryDirectory() as samples:
        shutil.copy(cut(options, 1), samples)
        with server(options, "--samples", samples) as (address, _, folder):
            (folder / "sessions").mkdir(mode=0o700, exist_ok=True)
            with monitor(options, folder / "sessions"):
                preview(address)
                run([sys.executable, HERE / "page-test.py", address, cut(options, 1), shots, "--live"])


def preview(address):
    """Motion JPEG: three pictures of a stream."""
    sessions = json.loads(Client(address).ask("GET", "/api/v1/sessions")[2])["sessions"]
    check(len(sessions) == 1 and sessions[0]["preview"], f"sessions: {sessions}")
    connection = http.client.HTTPConnection(address.split("://")[1], timeout=30)
    connection.request("GET", f"/api/v1/sessions/{sessions[0]['id']}/preview")
    answer = connection.getresponse()
    kind = answer.getheader("content-type")
    check(answer.status == 200 and kind.startswith("multipart/x-mixed-replace"), f"preview: {answer.status} {kind}")
    data = b""
    while data.count(b"\xff\xd8\xff") < 3 and len(data) < 4 << 20:
        more = answer.read1(65536)
        check(more, "the preview ended")
        data += more
    connection.close()
    print(f"preview: three pictures, {len(data) // 3} bytes each")


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


def run(command, folder=None):
    words = [str(word) for word in command]
    check(subprocess.run(words, cwd=folder).returncode == 0, f"{pathlib.Path(words[1] if 'python' in words[0] else words[0]).name} failed")


PARTS = {"guard": guard, "browser": browser, "proxy": proxy, "fuzz": fuzz, "load": load, "parallel": parallel, "units": units}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="+", choices=PARTS)
    parser.add_argument("--bin", default=".build/release")
    parser.add_argument("--clip", default="out/demo.mkv")
    parser.add_argument("--picture", help="default: a frame of the clip")
    parser.add_argument("--out", default="out/server")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--browser", action="store_true", help="proxy: the page in headless Chromium too")
    options = parser.parse_args()
    pathlib.Path(options.out).mkdir(parents=True, exist_ok=True)
    if not options.picture:
        options.picture = f"{options.out}/picture.png"
        subprocess.run(["ffmpeg", "-v", "error", "-y", "-ss", "1", "-i", options.clip, "-frames:v", "1", options.picture],
                       check=True)
    failed = 0
    for part in options.parts:
        begin = time.monotonic()
        try:
            PARTS[part](options)
            print(f"Test server_{part} passed after {time.monotonic() - begin:.1f} seconds", flush=True)
        except (Failed, subprocess.SubprocessError, OSError) as problem:
            failed += 1
            print(f"check-server: {part}: {problem}\nTest server_{part} failed after "
                  f"{time.monotonic() - begin:.1f} seconds", flush=True)
    sys.exit(failed > 0)


main()
