"""A server that runs for a check, and those who ask it."""

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
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parents[1]
ROOT = HERE.parents[1]


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
        check(process.wait(300) == 0, f"SIGTERM ended the server with {process.returncode}")
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


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def cut(options, seconds):
    """The clip's first seconds as a file of its own."""
    file = pathlib.Path(options.out) / f"clip-{seconds}s.mkv"
    subprocess.run(["ffmpeg", "-v", "error", "-y", "-i", options.clip, "-t", str(seconds), "-c", "copy", file], check=True)
    return str(file)


def run(command, folder=None):
    words = [str(word) for word in command]
    check(subprocess.run(words, cwd=folder).returncode == 0, f"{pathlib.Path(words[1] if 'python' in words[0] else words[0]).name} failed")
