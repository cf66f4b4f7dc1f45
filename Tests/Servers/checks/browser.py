"""The page in headless Chromium, beside a running monitor."""

import contextlib
import http.client
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

from checks.running import HERE, Client, check, cut, run, server


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
    # A monitor answers between two frames, at the lowest priority: on a busy machine not always at once.
    end, sessions = time.monotonic() + 300, []
    while not sessions and time.monotonic() < end:
        sessions = json.loads(Client(address).ask("GET", "/api/v1/sessions")[2])["sessions"]
    check(len(sessions) == 1 and sessions[0]["preview"], f"sessions: {sessions}")
    connection = http.client.HTTPConnection(address.split("://")[1], timeout=300)
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
