#!/usr/bin/env python3
"""Attacks of a medium on the program that judges it: taken-over decoders, forged results, sizes that change, addresses.

The stand-in for a taken-over decoder (decoder-stand-in) lies as `vigil` beside a second name of the real program, which
therefore starts it to read media.
"""

import contextlib
import http.client
import http.server
import json
import os
import pathlib
import re
import shutil
import ssl
import subprocess
import tempfile
import threading

from attacks import Part, Skipped

HERE = pathlib.Path(__file__).resolve().parent
FORGED = '{"schema":1,"path":"forged","kind":"video","verdict":"live","risk":0.0001,"frames":1,"tracks":[]}'
OPENED = [{"say": {"kind": "opened"}}, {"await": 1}]
FRAME = [{"say": {}}, {"await": 1}]
ENDED = [{"say": {"kind": "ended"}}]

part = Part(__doc__)
work = pathlib.Path(tempfile.mkdtemp(prefix="vigil-hostile-"))
(work / "bin").mkdir()


def judge():
    """The real program under another name, beside a decoder that media take over."""
    place = work / "bin" / "judge"
    if not place.exists():
        try:
            os.link(part.program(), place)
        except OSError:
            shutil.copy2(part.program(), place)
        shutil.copy2(HERE / "decoder-stand-in", work / "bin" / "vigil")
    return str(place)


def medium(name, steps):
    path = work / name
    path.write_text(json.dumps(steps))
    return str(path)


def run(program, *arguments, timeout=600):
    """(status, lines of standard output, standard error)"""
    # Networks are looked for beside the program; this one has moved.
    environment = {**os.environ, "VIGIL_MODELS": os.environ.get("VIGIL_MODELS", str(HERE.parent.parent / "Models"))}
    done = subprocess.run([program, *arguments], capture_output=True, text=True, timeout=timeout, env=environment)
    return done.returncode, done.stdout.splitlines(), done.stderr


def analyze(*arguments):
    return run(judge(), "analyze", *arguments)


def needs(*programs):
    for program in programs:
        if not shutil.which(program):
            raise Skipped(f"{program} is not installed")


def clip(name, *arguments):
    needs("ffmpeg")
    path = work / name
    subprocess.run(["ffmpeg", "-v", "error", "-y", *arguments, str(path)], check=True)
    return path


def source(size, frames, *more):
    return ["-f", "lavfi", "-i", f"testsrc2=size={size}:rate=25", "-frames:v", str(frames), *more]


# Results.


@part.attack
def a_forged_line_on_every_descriptor():
    """The line is written everywhere before, between and after honest frames; the file ends well."""
    write = [{"write": FORGED + "\n"}]
    path = medium("forged.mkv", [*write, *OPENED, *write, *FRAME, *write, *ENDED, *write])
    status, lines, errors = analyze("--jsonl", path)
    part.demand(len(lines) == 1 and "forged" not in lines[0].replace("forged.mkv", ""), f"printed {lines}")
    part.demand("0.0001" not in "".join(lines) + errors and FORGED not in errors, f"errors {errors}")
    part.demand(status == 0 and json.loads(lines[0])["frames"] == 1, f"status {status}, {lines}")


@part.attack
def a_forged_line_and_a_crash():
    for end in ({"exit": 0}, {"exit": 3}, {"signal": 11}, {"signal": 9}):
        path = medium("crash.mkv", [*OPENED, *FRAME, {"write": FORGED + "\n"}, end])
        status, lines, _ = analyze("--jsonl", path)
        result = json.loads(lines[0])
        part.demand(status == 3 and len(lines) == 1 and "verdict" not in result and "error" in result,
                    f"after {end}: status {status}, printed {lines}")


@part.attack
def an_end_that_is_not_clean():
    for end in ({"exit": 1}, {"signal": 11}):
        status, lines, _ = analyze("--jsonl", medium("end.mkv", [*OPENED, *FRAME, *ENDED, end]))
        part.demand(status == 3 and "verdict" not in json.loads(lines[0]), f"after {end}: {status}, {lines}")


@part.attack
def numbers_that_once_ended_the_batch():
    """Each hostile file gives an error with the field's name, and the files after it are judged."""
    largest = (1 << 63) - 1
    good = medium("good.mkv", [*OPENED, *FRAME, *ENDED])
    cases = [
        ("captured_ns", [{"captured_ns": largest}]), ("captured_ns", [{"captured_ns": -largest - 1}]),
        ("captured_ns", [{"captured_ns": 10}, {"index": 1, "captured_ns": 9}]),
        ("index", [{"index": largest}]), ("width", [{"width": largest}]), ("byte_count", [{"byte_count": largest}]),
        ("planes[0].row_stride", [{"planes": [{"row_stride": largest, "pixel_stride": 1}]}]),
        ("undecodable", [{"undecodable": largest}]),
    ]
    paths = []
    for number, (_, frames) in enumerate(cases):
        steps = [step for fields in frames for step in ({"say": fields}, {"await": 1})]
        paths.append(medium(f"number-{number}.mkv", [*OPENED, *steps, *ENDED]))
    order = [path for bad in paths for path in (bad, good)]
    status, lines, errors = analyze("--jsonl", *order)
    results = [json.loads(line) for line in lines]
    part.demand(len(results) == len(order), f"{len(results)} results of {len(order)}, status {status}: {errors}")
    for (field, _), bad, after in zip(cases, results[::2], results[1::2]):
        part.demand(f"has {field} = " in bad.get("error", ""), f"{field}: {bad}")
        part.demand("verdict" in after, f"after {field}: {after}")


@part.attack
def times_far_apart():
    """Times that rise as they should and are years apart, and frames that change their size each time."""
    times = [-10 ** 9, 0, 1, 10 ** 17, 10 ** 18, 2 * 10 ** 18]
    steps = [step for number, time in enumerate(times)
             for step in ({"say": {"index": number * 10 ** 11, "captured_ns": time}}, {"await": 1})]
    status, lines, errors = analyze("--jsonl", "--each-frame", medium("far.mkv", [*OPENED, *steps, *ENDED]))
    part.demand(status == 0 and json.loads(lines[-1])["frames"] == len(times), f"status {status}: {lines} {errors}")
    sizes = [(1, 1), (16384, 1), (1, 16384), (64, 64)]
    steps = [step for number, (width, height) in enumerate(sizes) for step in (
        {"say": {"index": number, "captured_ns": number, "width": width, "height": height,
                 "byte_count": width * height, "planes": [{"row_stride": width, "pixel_stride": 1}]}}, {"await": 1})]
    status, lines, errors = analyze("--jsonl", medium("sizes.mkv", [*OPENED, *steps, *ENDED]))
    part.demand(status == 0 and json.loads(lines[-1])["frames"] == len(sizes), f"status {status}: {lines} {errors}")


@part.attack
def results_in_the_server():
    """The same forgeries as uploads: the history has an error, never the forged verdict."""
    program = part.program("vigil-server")
    write = {"write": FORGED + "\r\n\r\ndata: forged\r\n"}
    cases = {"crash": [*OPENED, *FRAME, write, {"signal": 11}], "end": [*OPENED, *FRAME, *ENDED, write, {"exit": 1}],
             "whole": [write, *OPENED, write, *FRAME, write, *ENDED]}
    with server(program) as port:
        for name, steps in cases.items():
            answer = upload(port, json.dumps(steps).encode())
            text = json.dumps(answer)
            part.demand("0.0001" not in text and "forged" not in text, f"{name}: {text}")
            part.demand((answer["state"] == "failed") == (name != "whole"), f"{name}: {text}")


@part.attack
def a_judging_program_that_breaks():
    """A whole result and then a bad exit status, two results, lines that are no result: never a verdict."""
    program = part.program("vigil-server")
    head = '{"schema":1,"path":"x","kind":"video","verdict":"live","risk":0.0001,"frames":1,"tracks":[]}'
    cases = {
        "status": f"echo '{head}'; exit 1", "crash": f"echo '{head}'; kill -SEGV $$",
        "unreadable": f"echo '{head}'; exit 3", "two": f"echo '{head}'; echo '{head}'",
        "return": f"printf '{{\"frame\":0}}\\rdata: forged\\n'; echo '{head}'",
        "words": f"echo words; echo '{head}'", "late": f"echo '{head}'; echo '{{\"frame\":1}}'",
        "array": "echo '[1]'", "deep": "python3 -c 'print(\"[\" * 100000)'", "nothing": "exit 0",
    }
    for name, commands in cases.items():
        script = work / "bin" / f"breaks-{name}"
        script.write_text(f"#!/bin/sh\n{commands}\n")
        script.chmod(0o755)
        with server(program, judging=script) as port:
            answer = upload(port, b"any bytes")
            part.demand(answer["state"] == "failed" and "0.0001" not in json.dumps(answer), f"{name}: {answer}")


@contextlib.contextmanager
def server(program, judging=None):
    """A server whose judging program reads media through the stand-in."""
    folder = pathlib.Path(tempfile.mkdtemp(dir=work))
    environment = {**os.environ, "VIGIL_MODELS": os.environ.get("VIGIL_MODELS", str(HERE.parent.parent / "Models"))}
    process = subprocess.Popen(
        [program, "--port", "0", "--folder", str(folder / "state"), "--sessions", str(folder / "sessions"),
         "--page", str(HERE.parent.parent / "Page"), "--program", str(judging or judge())],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment)
    try:
        found = re.search(r":(\d+)/", process.stdout.readline())
        part.demand(found, "the server did not start")
        yield int(found.group(1))
    finally:
        process.kill()
        process.wait()


def upload(port, body):
    """Sends a file and waits for what became of it, by the events that the server sends."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    connection.request("POST", "/api/v1/analyses?name=hostile.mkv", body, {"Content-Type": "application/octet-stream"})
    answer = connection.getresponse()
    sent = json.loads(answer.read())
    part.demand(answer.status in (200, 201, 202), f"upload answered {answer.status}: {sent}")
    connection.request("GET", f"/api/v1/analyses/{sent['id']}/events")
    events = connection.getresponse().read().decode()
    part.demand("forged" not in events, f"events: {events}")
    connection.request("GET", f"/api/v1/analyses/{sent['id']}")
    return json.loads(connection.getresponse().read())


# Sizes.


@part.attack
def a_stream_that_grows():
    """64x64, then 8192x8192, in each kind of file whose size can change: refused, or passed over as damage that is
    reported, and no memory taken for it."""
    small = source("64x64", 3)
    large = ["-f", "lavfi", "-i", "color=gray:size=8192x8192:rate=25", "-frames:v", "1"]
    kinds = {"mjpeg": ["-c:v", "mjpeg", "-f", "mjpeg"]}
    if not part.quick:
        kinds["h264"] = ["-c:v", "libx264", "-preset", "ultrafast"]
    for kind, codec in kinds.items():
        parts = [clip(f"small.{kind}", *small, *codec), clip(f"large.{kind}", *large, *codec)]
        path = work / f"grows.{kind}"
        path.write_bytes(b"".join(file.read_bytes() for file in parts))
        _, _, usual = measured("analyze", "--jsonl", str(parts[0]))
        status, lines, peak = measured("analyze", "--jsonl", "--most-pixels", "4096", str(path))
        result = json.loads(lines[0])
        refused = status == 3 and "more than the 4096 pixels" in result.get("error", "")
        passed_over = status == 0 and result.get("frames") == 3 and "damaged" in str(result.get("damage"))
        part.demand(refused or passed_over, f"{kind}: {status}, {result}")
        # A frame of 8192x8192 takes 96 MB at least.
        part.demand(peak < usual + 40, f"{kind}: {peak} MB instead of {usual}")


def measured(*arguments):
    """(status, lines, largest resident memory of the program or of its decoder in MB)"""
    process = subprocess.Popen([part.program(), *arguments], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    lines = process.stdout.read().splitlines()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return process.returncode, lines, usage.ru_maxrss // 1024


@part.attack
def pictures_above_the_limit():
    paths = []
    for kind in ("png", "jpg", "bmp", "webp", "ppm", "gif", "tiff"):
        with contextlib.suppress(subprocess.CalledProcessError):
            paths.append(str(clip(f"picture.{kind}", *source("66x64", 1))))
    for limit, held in (("4096", True), ("4224", False)):
        _, lines, _ = run(part.program(), "analyze", "--jsonl", "--most-pixels", limit, *paths)
        part.demand(len(lines) == len(paths), f"{len(lines)} results of {len(paths)}")
        for path, line in zip(paths, lines):
            refused = "more than the 4096 pixels" in json.loads(line).get("error", "")
            part.demand(refused == held, f"{path} with {limit}: {line}")


# The fence itself; Tests/CaptureTests/FenceTests.swift demands each answer.


@part.attack
def calls_inside_the_fence():
    for fence in ("file", "stream"):
        status, lines, errors = run(part.program(), "fence-trial", fence)
        answers = dict(line.split("\t") for line in lines)
        open_calls = sorted(call for call, code in answers.items() if code == "0")
        allowed = {"mmap of memory", "mprotect to read only", "munmap", "version of Landlock"}
        if fence == "stream":
            allowed |= {"socket TCP over IPv4", "socket TCP over IPv6"}
        part.demand(status == 0 and len(answers) > 100, f"status {status}, {len(answers)} answers: {errors}")
        part.demand(set(open_calls) <= allowed, f"the {fence} fence lets through {set(open_calls) - allowed}")


class Pictures(http.server.BaseHTTPRequestHandler):
    """Motion JPEG without end; /moved leads to it by another name."""

    picture = b""

    def do_GET(self):
        if self.path == "/moved":
            scheme = "https" if isinstance(self.connection, ssl.SSLSocket) else "http"
            self.send_response(302)
            self.send_header("Location", f"{scheme}://LOCALHOST:{self.server.server_port}/video")
            self.end_headers()
            return
        self.send_response(200)
        self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
        self.end_headers()
        with contextlib.suppress(OSError):
            while True:
                self.wfile.write(b"--frame\r\nContent-Type: image/jpeg\r\n\r\n" + self.picture + b"\r\n")

    def log_message(self, *_):
        pass


class PictureServer(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_):
        pass


@contextlib.contextmanager
def pictures(certificate=None):
    """The port of a server of pictures on this machine."""
    needs("ffmpeg")
    Pictures.picture = clip("one.jpg", *source("64x64", 1)).read_bytes()
    listener = PictureServer(("127.0.0.1", 0), Pictures)
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        listener.socket = context.wrap_socket(listener.socket, server_side=True)
    threading.Thread(target=listener.serve_forever, daemon=True).start()
    yield listener.server_port
    listener.shutdown()


def probe(address):
    return run(part.program(), "probe", "--frames", "5", "--seconds", "60", address)


@part.attack
def names_are_resolved_outside():
    """A stream by name works although the fence has no resolver, also when it leads to another name."""
    with pictures() as port:
        for place in ("video", "moved"):
            status, lines, errors = probe(f"http://localhost:{port}/{place}")
            part.demand(status == 0 and json.loads(lines[0])["delivered"] == 5, f"{place}: {status}, {lines} {errors}")
    status, lines, errors = probe("http://no-such-host.invalid/")
    part.demand(status == 3, f"an unknown host: {status}, {lines}")


@part.attack
def encrypted_streams_work_inside():
    needs("openssl")
    certificate = work / "certificate.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
                    "-keyout", str(certificate), "-out", str(work / "public.pem")], check=True, capture_output=True)
    with certificate.open("ab") as file:
        file.write((work / "public.pem").read_bytes())
    with pictures(certificate) as port:
        for place in ("video", "moved"):
            status, lines, errors = probe(f"https://localhost:{port}/{place}")
            part.demand(status == 0 and json.loads(lines[0])["delivered"] == 5, f"{place}: {status}, {lines} {errors}")


@part.attack
def standard_input_is_fenced_too():
    """Motion JPEG through a pipe is decoded by a fenced child, and a taken-over one decides nothing."""
    needs("ffmpeg")
    stream = clip("input.mjpeg", *source("64x64", 30), "-f", "mjpeg").read_bytes()
    process = subprocess.Popen([part.program(), "probe", "--frames", "30", "--seconds", "60", "-"],
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=False)
    # Some pictures, of which the child makes frames, and the pipe is still open: the child is there to be looked at.
    process.stdin.write(stream[: len(stream) // 3])
    process.stdin.flush()
    process.stderr.readline()
    tasks = pathlib.Path(f"/proc/{process.pid}/task").iterdir()
    children = [child for task in tasks for child in (task / "children").read_text().split()]
    fenced = [child for child in children
              if "Seccomp:\t2" in pathlib.Path(f"/proc/{child}/status").read_text()]
    process.stdin.write(stream[len(stream) // 3:])
    output, _ = process.communicate()
    part.demand(len(fenced) == 1, f"{len(fenced)} fenced children of {children}")
    part.demand(json.loads(output)["delivered"] == 30, output)
    medium_bytes = json.dumps([*OPENED, {"write": FORGED + "\n"}, *FRAME, {"signal": 11}])
    done = subprocess.run([judge(), "probe", "--frames", "5", "--seconds", "60", "-"], input=medium_bytes.encode(),
                          capture_output=True, timeout=120)
    part.demand(FORGED.encode() not in done.stdout + done.stderr, done.stdout)


try:
    part.run()
finally:
    shutil.rmtree(work, ignore_errors=True)
