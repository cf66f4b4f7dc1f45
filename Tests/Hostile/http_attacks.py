#!/usr/bin/env python3
"""Hostile HTTP clients against a running vigil-server with two tokens: eve attacks, ada is served meanwhile.

    Tests/Hostile/http_attacks.py [--quick] BUILD_FOLDER

While each attack runs, another thread asks /healthz every 20 ms and reads the server's memory and disk; the last two
lines hold the bounds: p99 of /healthz, 300 MB of memory, the disk of results. --quick leaves out what has to wait for
the server's own time limits, and only prints the times of /healthz because other work may have the cores.
Sockets only: what is sent must be exactly what stands here.
"""

import os
import time

from attacks import Skipped
from web import crowds, requests, results  # noqa: F401 (each adds its attacks, in this order)
from web.server import DISK_MB, MEMORY_MB, main, part, serves_ada


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
    # How long it takes on a machine that has other work says nothing of the server.
    part.demand(part.quick or p99 < 100, f"p99 of /healthz is {p99:.1f} ms")


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
