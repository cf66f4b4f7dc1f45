"""Requests that are not what they seem."""

import json
import re

from web.server import main, mine, part, refused, status


@part.attack
def a_head_of_200_kb_is_refused():
    refused(main.send(main.head("GET", "/healthz", "X-Long: " + "a" * 200_000)))
    refused(main.send(main.head("GET", "/" + "a" * 200_000)))


@part.attack
def a_thousand_head_fields_are_refused():
    refused(main.send(main.head("GET", "/healthz", *[f"X-{n}: a" for n in range(1000)])))


@part.attack
def two_lengths_are_refused():
    fields = "Content-Type: application/octet-stream"
    refused(main.send(main.head("POST", "/predict_image", fields, "Content-Length: 5", "Content-Length: 50") + b"hello"))


@part.attack
def a_length_beside_chunks_smuggles_nothing():
    hidden = main.head("GET", "/api/v1/limits")
    data = main.head("POST", "/predict_image", "Content-Type: application/octet-stream", "Content-Length: 5",
                     "Transfer-Encoding: chunked") + b"0\r\n\r\n" + hidden
    answer = main.send(data, timeout=20)
    part.demand(answer.count(b"HTTP/1.1 200") == 0, f"answered {answer[:300]!r}")


@part.attack
def chunk_sizes_that_are_none_are_refused():
    head = main.head("POST", "/api/v1/analyses", "Content-Type: application/octet-stream", "Transfer-Encoding: chunked")
    for size in (b"-1", b"ffffffffffffffffff", b"0x10", b"zz", b" "):
        refused(main.send(head + size + b"\r\nhello\r\n0\r\n\r\n", timeout=20))


@part.attack
def hosts_that_are_not_ours_are_refused():
    for host in ("evil.example", f"127.0.0.1:{main.port + 1}", "127.0.0.1", f"localhost:{main.port}:1", f"a@127.0.0.1:{main.port}",
                 f"127.0.0.1:{main.port}/x", "localhost."):
        refused(main.ask("GET", "/api/v1/limits", owner="eve", host=host), 400, 421)
    twice = main.head("GET", "/api/v1/limits", "Host: evil.example", "Connection: close")
    refused(main.send(twice), 400)
    target = main.head("GET", "http://evil.example/api/v1/limits", "Connection: close", host="evil.example")
    refused(main.send(target), 400, 421)


@part.attack
def pages_of_other_origins_change_nothing():
    own = f"127.0.0.1:{main.port}"
    for origin in ("http://evil.example", f"http://127.0.0.1:{main.port + 1}", f"https://{own}", "null", "http://127.0.0.1",
                   f"http://localhost:{main.port}"):
        refused(main.ask("POST", "/api/v1/logout", f"Origin: {origin}", owner="eve"), 403)
    refused(main.ask("POST", "/api/v1/logout", "Sec-Fetch-Site: cross-site", owner="eve"), 403)
    taken = status(main.ask("POST", "/api/v1/logout", f"Origin: http://{own}", owner="eve"))
    part.demand(taken == 204, f"its own page is answered {taken}")


@part.attack
def a_cookie_is_no_token_and_ends_with_its_sign_in():
    login = json.dumps({"token": main.tokens["eve"]}).encode()
    answer = main.ask("POST", "/api/v1/login", body=login)
    cookie = re.search(rb"(?i)set-cookie: ([^;]+)", answer).group(1).decode()
    part.demand(main.tokens["eve"] not in cookie, "the cookie is the token")
    sent = f"Cookie: {cookie}"
    part.demand(status(main.ask("GET", "/api/v1/limits", sent)) == 200, "the cookie does not let in")
    name = cookie.split("=")[0]
    refused(main.ask("GET", "/api/v1/limits", f"Cookie: {name}={main.tokens['eve']}"), 401)
    part.demand(status(main.ask("POST", "/api/v1/logout", sent)) == 204, "signing out failed")
    refused(main.ask("GET", "/api/v1/limits", sent), 401)


@part.attack
def paths_lead_nowhere_else():
    for path in ("/page/../../etc/passwd", "/page/%2e%2e%2f%2e%2e%2fetc%2fpasswd", "/page/..%5cserver.sqlite", "//etc/passwd",
                 f"/api/v1/analyses/..%2f{mine}", f"/api/v1/analyses/{mine}/pictures/../../../server.sqlite",
                 f"/api/v1/analyses/{mine}/pictures/-1", f"/api/v1/analyses/{mine}/pictures/99999999999999999999",
                 "/api/v1/sessions/..%2f..%2fx", "/page/\x00", "/api/v1/analyses?sample=../../../etc/passwd"):
        method = "POST" if "sample" in path else "GET"
        refused(main.ask(method, path.replace("\x00", "%00"), owner="eve"))


@part.attack
def another_owners_analysis_is_not_there():
    for path in ("", "/timeline", "/pictures", "/pictures/0", "/events"):
        refused(main.ask("GET", f"/api/v1/analyses/{mine}{path}", owner="ada"), 404)
    refused(main.ask("DELETE", f"/api/v1/analyses/{mine}", owner="ada"), 404)


@part.attack
def forms_that_are_none_are_refused():
    kind = "Content-Type: multipart/form-data; boundary=x"
    bodies = [b"", b"--x", b"--x--", b"--x\r\n\r\n\r\n--x--", b"--x\r\n" * 5000,
              b"--x\r\nContent-Disposition: form-data; name=file\r\nX: " + b"a" * 100_000 + b"\r\n\r\n1\r\n--x--",
              b"--x\r\nContent-Disposition: form-data; name=n\r\n\r\n1\r\n" * 100 + b"--x--",
              b"--x\r\nContent-Disposition: form-data; name=file; filename=a\r\n\r\n1"]
    for body in bodies:
        refused(main.ask("POST", "/predict_image", kind, body=body, owner="eve"))
    for other in ("multipart/form-data", "multipart/form-data; boundary=", f"multipart/form-data; boundary={'b' * 500}"):
        refused(main.ask("POST", "/predict_image", f"Content-Type: {other}", body=bodies[-1], owner="eve"))


@part.attack
def json_that_is_deep_or_large_is_refused():
    path = f"/api/v1/analyses/{mine}/feedback"
    for body in (b"[" * 10_000, b'{"label":' * 1000, b'{"label":"fake","remark":"' + b"a" * 20_000 + b'"}', b"\xff\xfe",
                 b'{"label":7}', b'{"label":"no such"}'):
        refused(main.ask("POST", path, "Content-Type: application/json", body=body, owner="eve"))
    refused(main.ask("POST", "/api/v1/login", body=b"[" * 4000))


@part.attack
def methods_that_are_none_change_nothing():
    for method in ("TRACE", "CONNECT", "PROPFIND", "PUT", "PATCH", "A" * 200):
        refused(main.ask(method, f"/api/v1/analyses/{mine}", owner="eve"))
    for number in range(50):
        main.ask(f"M{number}", "/healthz")
    text = main.ask("GET", "/metrics", owner="ada").decode()
    part.demand(text.count("method=") < 60 and "M49" not in text, "invented methods have counters of their own")
    refused(main.ask("GET", "/healthz", "Upgrade: websocket", "Sec-WebSocket-Version: 13"), 200, 400, 404)
