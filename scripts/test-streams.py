#!/usr/bin/env python3
"""Network streams against real servers on this machine: Motion JPEG over HTTP and RTSP, good, broken and hostile.

usage: test-streams.py [--tests] [PROGRAM]

PROGRAM (default .build/release/vigil) reads each stream with `vigil probe`. Prints a table in Markdown, or with --tests
lines as `swift test` does. Needs ffmpeg; the RTSP case needs the GStreamer RTSP server for Python and is skipped
without it. Exit code 1 when a case failed.
"""
import json
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

AS_TESTS = "--tests" in sys.argv
PROGRAM = next((a for a in sys.argv[1:] if not a.startswith("--")), ".build/release/vigil")
BOUNDARY = b"--frame\r\nContent-Type: image/jpeg\r\n\r\n"
HEAD = b"HTTP/1.0 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=frame\r\n\r\n"
RTSP_SERVER = """
import sys, gi
gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import Gst, GstRtspServer, GLib
Gst.init(None)
server = GstRtspServer.RTSPServer(address="127.0.0.1", service=sys.argv[1])
factory = GstRtspServer.RTSPMediaFactory(shared=True)
factory.set_launch("( videotestsrc is-live=true pattern=ball ! video/x-raw,format=I420,width=640,height=480,"
                   "framerate=30/1 ! jpegenc ! rtpjpegpay name=pay0 pt=26 )")
# A client plays: the pictures begin.
factory.connect("media-configure", lambda _, media: media.connect(
    "new-state", lambda _, state: print("plays" if state == Gst.State.PLAYING else "other", flush=True)))
server.get_mount_points().add_factory("/ball", factory)
server.attach(None)
print("ready", flush=True)
GLib.MainLoop().run()
"""

# Seconds that only end a program that hangs.
PATIENCE = 300


class Server:
    """A TCP server of this machine; `answer(connection, number)` serves each connection in a thread."""

    def __init__(self, answer):
        self.answer, self.count = answer, 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.count += 1
            threading.Thread(target=self.serve, args=(connection, self.count), daemon=True).start()

    def serve(self, connection, number):
        try:
            connection.recv(4096)
            self.answer(connection, number)
        except OSError:
            pass
        finally:
            connection.close()


def pictures():
    """Sixty JPEG pictures of a moving test picture."""
    made = subprocess.run(
        ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc2=size=320x240:rate=30", "-frames:v", "60", "-c:v", "mjpeg",
         "-q:v", "4", "-f", "mjpeg", "-"], check=True, capture_output=True).stdout
    return [b"\xff\xd8\xff" + part for part in made.split(b"\xff\xd8\xff")[1:]]


def probe(address, frames, seconds):
    """(exit code, what `vigil probe` printed as JSON, its error lines, seconds it took)."""
    start = time.monotonic()
    done = subprocess.run([PROGRAM, "probe", "--frames", str(frames), "--seconds", str(seconds), address],
                          capture_output=True, text=True, timeout=seconds + 60)
    result = json.loads(done.stdout) if done.stdout.startswith("{") else {}
    return done.returncode, result, done.stderr.strip(), time.monotonic() - start


def send(connection, jpegs, first=0, count=1 << 30, rate=30):
    for number in range(first, first + count):
        connection.sendall(BOUNDARY + jpegs[number % len(jpegs)] + b"\r\n")
        time.sleep(1 / rate)


def address(server):
    return f"http://viewer:secret@127.0.0.1:{server.port}/video"


def steady(jpegs):
    def answer(connection, _):
        connection.sendall(HEAD)
        send(connection, jpegs)
    code, result, errors, _ = probe(address(Server(answer)), 90, PATIENCE)
    return code == 0 and result["delivered"] == 90 and "secret" not in errors + json.dumps(result), result, errors


def breaks_off(jpegs):
    """Every connection dies after 30 pictures."""
    def answer(connection, _):
        connection.sendall(HEAD)
        send(connection, jpegs, count=30)
    code, result, errors, _ = probe(address(Server(answer)), 80, PATIENCE)
    return code == 0 and result["delivered"] == 80 and result["reconnects"] >= 2, result, errors


def falls_silent(jpegs):
    """The first connection stays open and sends no more."""
    def answer(connection, number):
        connection.sendall(HEAD)
        send(connection, jpegs, count=20 if number == 1 else 1 << 30)
        time.sleep(120)
    code, result, errors, _ = probe(address(Server(answer)), 60, PATIENCE)
    return code == 0 and result["delivered"] == 60 and result["reconnects"] == 1, result, errors


def damaged_pictures(jpegs):
    """Each fifth picture is cut in half and each seventh has bytes turned over."""
    def harm(number):
        picture = bytearray(jpegs[number])
        if number % 5 == 0:
            return bytes(picture[:len(picture) // 2])
        if number % 7 == 0:
            for place in range(200, len(picture), 97):
                picture[place] ^= 0xff
        return bytes(picture)
    harmed = [harm(number) for number in range(len(jpegs))]

    def answer(connection, _):
        connection.sendall(HEAD)
        send(connection, harmed)
    code, result, errors, _ = probe(address(Server(answer)), 90, PATIENCE)
    return code == 0 and result["delivered"] == 90, result, errors


def refused(answer):
    """No picture, but a clear line that names the address without its password, and soon."""
    return clearly(probe(address(Server(answer)), 30, PATIENCE))


def clearly(outcome):
    _, result, errors, took = outcome
    error = result.get("error", "")
    clear = "127.0.0.1" in error and ";" in error and "secret" not in error + errors and len(errors.splitlines()) <= 3
    return clear and result["frames"] == 0 and took < 40, result, errors


def web_page(_):
    return refused(lambda connection, _: connection.sendall(
        b"HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\n<html><body>camera</body></html>"))


def not_found(_):
    return refused(lambda connection, _: connection.sendall(b"HTTP/1.0 404 Not Found\r\n\r\n"))


def never_answers(_):
    return refused(lambda connection, _: time.sleep(120))


def endless_garbage(_):
    def answer(connection, _):
        connection.sendall(HEAD)
        while True:
            connection.sendall(bytes(range(256)) * 256)
    return refused(answer)


def huge_picture(jpegs):
    """A head that claims 65,500 x 65,500 pixels."""
    picture = bytearray(jpegs[0])
    frame = picture.index(b"\xff\xc0")
    picture[frame + 5:frame + 9] = b"\xff\xdc\xff\xdc"

    def answer(connection, _):
        connection.sendall(HEAD)
        send(connection, [bytes(picture)])
    return refused(answer)


def nobody_there(_):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    return clearly(probe(f"http://127.0.0.1:{port}/", 30, PATIENCE))


def rtsp(_):
    """A real RTSP server, killed and started again while it is watched."""
    # The system's Python has it, whatever Python runs this.
    python = "/usr/bin/python3"
    has_server = [python, "-c", "import gi; gi.require_version('GstRtspServer', '1.0')"]
    if not Path(python).exists() or subprocess.run(has_server, capture_output=True).returncode != 0:
        return None, {}, "the GStreamer RTSP server for Python is not installed"
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]

    def start():
        server = subprocess.Popen([python, "-c", RTSP_SERVER, str(port)], stdout=subprocess.PIPE,
                                  stderr=subprocess.DEVNULL)
        server.stdout.readline()
        return server
    servers = [start()]

    def restart():
        # However long the program takes to come: when it is being served, and has no more than a third of its pictures.
        while servers[0].stdout.readline() not in (b"plays\n", b""):
            pass
        time.sleep(3)
        servers[0].kill()
        servers[0].wait()
        servers.append(start())
    threading.Thread(target=restart, daemon=True).start()
    try:
        code, result, errors, _ = probe(f"rtsp://127.0.0.1:{port}/ball", 360, PATIENCE)
    finally:
        for server in servers:
            server.kill()
    return code == 0 and result["delivered"] == 360 and result["reconnects"] >= 1, result, errors


CASES = {
    "http_steady": ("90 pictures, the password nowhere", steady),
    "http_breaks_off": ("connected again each time, 80 pictures", breaks_off),
    "http_falls_silent": ("silence noticed, connected again, 60 pictures", falls_silent),
    "http_damaged": ("damaged pictures counted, 90 good ones", damaged_pictures),
    "http_page": ("error: no video", web_page),
    "http_not_found": ("error", not_found),
    "http_no_answer": ("error after at most ten seconds or so", never_answers),
    "http_garbage": ("error, memory bounded by the child's limit", endless_garbage),
    "http_huge_picture": ("error", huge_picture),
    "http_nobody": ("error", nobody_there),
    "rtsp_restarted": ("360 pictures over a restart of the server", rtsp),
}


def main():
    if not Path(PROGRAM).exists():
        sys.exit(f"test-streams: no program at {PROGRAM}; run: swift build -c release --product vigil")
    jpegs = pictures()
    failed = 0
    if not AS_TESTS:
        print("| case | expected | what came | seconds | result |\n|---|---|---|---|---|")
    for name, (expected, case) in CASES.items():
        start = time.monotonic()
        try:
            met, result, errors = case(jpegs)
        except (subprocess.TimeoutExpired, KeyError) as error:
            met, result, errors = False, {}, repr(error)
        took = time.monotonic() - start
        failed += met is False
        words = ", ".join(f"{k} {result[k]}" for k in ("delivered", "undecodable", "reconnects") if result.get(k))
        words = words or result.get("error") or errors
        if not AS_TESTS:
            mark = "skipped" if met is None else "pass" if met else "**FAIL**"
            print(f"| {name} | {expected} | {words} | {took:.1f} | {mark} |", flush=True)
        elif met is None:
            print(f"Test stream_{name} skipped: {errors}", flush=True)
        else:
            print(f"{'✔' if met else '✘'} Test stream_{name} {'passed' if met else 'failed'} after {took:.1f} seconds."
                  + ("" if met else f" {result} {errors}"), flush=True)
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
