"""Many clients at once, and clients that neither send nor read."""

import contextlib
import time

from web.server import MEMORY_MB, Server, alive, clip, json_of, main, many, mine, part, refused, serves_ada, status


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
        # Sixty at once, and one more for each second that the asking itself takes.
        begin, codes = time.monotonic(), []
        while 429 not in codes and len(codes) < 3000:
            codes.append(status(small.ask("GET", "/api/v1/limits", owner="eve")))
        allowed = 60 + (time.monotonic() - begin) + 1
        part.demand(set(codes) == {200, 429}, f"codes {set(codes)} of {len(codes)}")
        part.demand(codes.count(200) <= allowed, f"{codes.count(200)} requests of at most {allowed:.0f} were answered")
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
        with small.connect() as one, contextlib.suppress(ConnectionError, TimeoutError):
            one.sendall(head)
            while sent < 64:
                one.sendall(piece)
                sent += 1
        part.demand(sent < 64, "64 MB were taken of 8")
        part.demand(small.settled("vigil_upload_bytes_held") == 0, "bytes of a refused upload are still held")
    finally:
        small.stop()
