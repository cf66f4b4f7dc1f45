"""What uploads and analyses leave behind."""

import contextlib

from web.server import DISK_MB, STUB, TAKEN, Server, json_of, main, part, refused, status


@part.attack
def fifty_uploads_that_break_off_leave_nothing():
    head = main.head("POST", "/api/v1/analyses", "Content-Type: application/octet-stream", "Content-Length: 5000000")
    for _ in range(50):
        with main.connect() as one, contextlib.suppress(ConnectionError):
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
