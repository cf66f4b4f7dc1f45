#!/usr/bin/env python3
"""Loads a running server: parallel uploads, health meanwhile, slow and oversized senders, hostile files.

    load-test.py ADDRESS PID CLIP PICTURE [--uploads 64] [--quick]

PID is the server's process (its memory and its children's are watched). Prints one line a measurement; exit code 0
when nothing was lost and every bound held.
"""

import asyncio
import json
import os
import pathlib
import random
import sys
import time
import urllib.parse

HOST = PORT = None
failed = []


def tell(held, text):
    print(("ok    " if held else "FAILED ") + text, flush=True)
    if not held:
        failed.append(text)


async def request(method, path, body=b"", headers=(), timeout=600):
    """Status and body of one request on a connection of its own; status 0 when it was cut off without an answer."""
    reader, writer = await asyncio.open_connection(HOST, PORT)
    try:
        head = [f"{method} {path} HTTP/1.1", f"Host: {HOST}:{PORT}", "Connection: close", f"Content-Length: {len(body)}"]
        writer.write("\r\n".join([*head, *headers, "", ""]).encode() + body)
        try:
            await writer.drain()
        except ConnectionError:
            pass
        data = await asyncio.wait_for(reader.read(), timeout)
    except ConnectionError:
        return 0, b""
    finally:
        writer.close()
    head, _, body = data.partition(b"\r\n\r\n")
    if b"transfer-encoding: chunked" in head.lower():
        body = unchunked(body)
    return (int(head.split()[1]) if head else 0), body


def unchunked(data):
    out = b""
    while data:
        size, _, data = data.partition(b"\r\n")
        out, data = out + data[:int(size, 16)], data[int(size, 16) + 2:]
    return out


def form(name, data):
    head = f'--frontier\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'.encode()
    return head + data + b"\r\n--frontier--\r\n", ("Content-Type: multipart/form-data; boundary=frontier",)


def memory(pid):
    """Resident megabytes of the server, and of it with everything below it."""
    def resident(one):
        try:
            return int(pathlib.Path(f"/proc/{one}/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE") / 1e6
        except (FileNotFoundError, ProcessLookupError, IndexError):
            return 0.0

    def below(one):
        total = resident(one)
        for tasks in pathlib.Path(f"/proc/{one}/task").glob("*/children"):
            try:
                total += sum(below(child) for child in tasks.read_text().split())
            except (FileNotFoundError, ProcessLookupError):
                pass
        return total

    return resident(pid), below(pid)


async def watch(pid, stop, latencies, peaks):
    while not stop.is_set():
        begin = time.monotonic()
        status, _ = await request("GET", "/healthz", timeout=30)
        latencies.append(time.monotonic() - begin)
        if status != 200:
            failed.append(f"/healthz answered {status}")
        own, all_of_it = memory(pid)
        peaks[0], peaks[1] = max(peaks[0], own), max(peaks[1], all_of_it)
        await asyncio.sleep(0.05)


async def uploads(pid, clip, count):
    body, headers = form("clip.mkv", clip)
    stop, latencies, peaks = asyncio.Event(), [], [0.0, 0.0]
    watcher = asyncio.create_task(watch(pid, stop, latencies, peaks))
    begin = time.monotonic()
    answers = await asyncio.gather(*[request("POST", "/api/v1/analyses", body, headers) for _ in range(count)])
    taken = [json.loads(text)["id"] for status, text in answers if status == 202]
    sent = time.monotonic() - begin
    tell(len(taken) == count, f"{len(taken)} of {count} parallel uploads of {len(clip) / 1e6:.1f} MB taken in {sent:.1f} s; "
         f"statuses {sorted({status for status, _ in answers})}")
    states = {}
    while len(states) < len(taken) and time.monotonic() - begin < 1800:
        for one in taken:
            if one not in states:
                _, text = await request("GET", f"/api/v1/analyses/{one}")
                state = json.loads(text)
                if state["state"] in ("done", "failed"):
                    states[one] = state
        await asyncio.sleep(0.5)
    took = time.monotonic() - begin
    stop.set()
    await watcher
    done = [one for one in states.values() if one["state"] == "done"]
    tell(len(done) == count, f"{len(done)} of {count} done in {took:.1f} s")
    results = {json.dumps(one["result"], sort_keys=True) for one in done}
    tell(len(results) == 1, f"{len(results)} different result(s) of the same file")
    ordered = sorted(latencies)
    p99 = ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]
    # In the short form other work may have the cores; the long form is the measurement.
    tell("--quick" in sys.argv or p99 < 0.1,
         f"/healthz: {len(ordered)} requests, median {ordered[len(ordered) // 2] * 1e3:.1f} ms, "
         f"p99 {p99 * 1e3:.1f} ms, worst {ordered[-1] * 1e3:.1f} ms")
    tell(peaks[0] < 300, f"memory: server {peaks[0]:.0f} MB at most, with its children {peaks[1]:.0f} MB")


async def cut_off(what, head, trickle, bound):
    """Sends `head`, then a byte of `trickle` each second; the server must close within `bound` seconds."""
    reader, writer = await asyncio.open_connection(HOST, PORT)
    writer.write(head)
    begin = time.monotonic()
    closed = asyncio.create_task(reader.read())
    while time.monotonic() - begin < bound and not closed.done():
        try:
            writer.write(trickle)
            await writer.drain()
        except ConnectionError:
            break
        await asyncio.wait([closed], timeout=1)
    took = time.monotonic() - begin
    tell(took < bound, f"{what}: cut off after {took:.1f} s")
    closed.cancel()
    writer.close()


async def slow():
    host = f"Host: {HOST}:{PORT}\r\n".encode()
    await asyncio.gather(
        cut_off("head that never ends (slow-loris)", b"GET / HTTP/1.1\r\n" + host, b"X-A: b\r\n", 30),
        cut_off("connection that says nothing", b"", b"", 30),
        cut_off("body of one byte a second", b"POST /api/v1/analyses HTTP/1.1\r\n" + host
                + b"Content-Type: application/octet-stream\r\nContent-Length: 1000000\r\n\r\n", b"x", 40),
        *[cut_off(f"slow-loris {n}", b"GET / HTTP/1.1\r\n" + host, b"X-A: b\r\n", 30) for n in range(2)])


async def oversized():
    reader, writer = await asyncio.open_connection(HOST, PORT)
    writer.write(f"POST /api/v1/analyses HTTP/1.1\r\nHost: {HOST}:{PORT}\r\nContent-Type: application/octet-stream\r\n"
                 "Content-Length: 99999999999\r\n\r\n".encode())
    answer = await asyncio.wait_for(reader.read(200), 30)
    tell(b" 413 " in answer, "a length of 100 GB: " + answer.split(b"\r\n")[0].decode())
    writer.close()
    # No length is told: the server counts.
    reader, writer = await asyncio.open_connection(HOST, PORT)
    writer.write(f"POST /api/v1/analyses HTTP/1.1\r\nHost: {HOST}:{PORT}\r\nContent-Type: application/octet-stream\r\n"
                 "Transfer-Encoding: chunked\r\n\r\n".encode())
    sent, piece = 0, b"100000\r\n" + b"\0" * 0x100000 + b"\r\n"
    closed = asyncio.create_task(reader.read(200))
    while sent < 1 << 30 and not closed.done():
        try:
            writer.write(piece)
            await writer.drain()
        except ConnectionError:
            break
        sent += 0x100000
        await asyncio.sleep(0)
    tell(sent < 300 << 20, f"a body without length: cut off after {sent >> 20} MB")
    writer.close()


async def hostile(clip, picture, count):
    """Truncated and mutated files: each must be answered with a result or a clear refusal, never 5xx."""
    random.seed(7)
    files = [b"", b"\0" * 1000, b"GIF89a", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"#EXTM3U\nfile:///etc/passwd\n",
             b"ffconcat version 1.0\nfile '/etc/passwd'\n", b"\xff\xd8\xff" + os.urandom(5000),
             b"P6\n65535 65535\n255\n", b"\x89PNG\r\n\x1a\n" + os.urandom(2000)]
    for whole in (picture, clip[:3_000_000]):
        for _ in range(count):
            data = bytearray(whole[:random.randrange(1, len(whole))] if random.random() < 0.5 else whole)
            for _ in range(random.randrange(0, 200)):
                data[random.randrange(len(data))] = random.randrange(256)
            files.append(bytes(data))
    statuses, unclear = {}, 0
    for number, data in enumerate(files):
        body, headers = form(f"hostile-{number}", data)
        path = "/predict_image" if number % 2 else "/predict_video"
        status, text = await request("POST", path, body, headers)
        statuses[status] = statuses.get(status, 0) + 1
        if status != 200:
            try:
                unclear += not json.loads(text)["error"]["message"]
            except (ValueError, KeyError):
                unclear += 1
    held = all(status in (200, 400, 422) for status in statuses) and not unclear
    status, _ = await request("GET", "/healthz")
    tell(held and status == 200, f"{len(files)} hostile files: statuses {statuses}, {unclear} without a sentence; "
         f"/healthz {status}")


async def main():
    global HOST, PORT
    address = urllib.parse.urlparse(sys.argv[1])
    HOST, PORT = address.hostname, address.port
    pid, clip, picture = int(sys.argv[2]), pathlib.Path(sys.argv[3]).read_bytes(), pathlib.Path(sys.argv[4]).read_bytes()
    count = int(sys.argv[sys.argv.index("--uploads") + 1]) if "--uploads" in sys.argv else 64
    await uploads(pid, clip, count)
    await oversized()
    await hostile(clip, picture, 3 if "--quick" in sys.argv else 40)
    if "--quick" not in sys.argv:
        await slow()
    else:
        host = f"Host: {HOST}:{PORT}\r\n".encode()
        await cut_off("head that never ends (slow-loris)", b"GET / HTTP/1.1\r\n" + host, b"X-A: b\r\n", 30)
    print(f"load-test: {'failed: ' + str(len(failed)) if failed else 'all held'}")
    sys.exit(1 if failed else 0)


asyncio.run(main())
