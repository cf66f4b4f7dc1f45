"""Under a path behind nginx: page, links, cookie, origin; a port that is taken; HEAD."""

import contextlib
import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time

from checks.running import HERE, ROOT, Client, check, cut, free_port, run, server

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
