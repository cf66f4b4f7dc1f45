"""A Motion JPEG server over HTTP for tests: gives the pictures of a raw Motion JPEG file again and again, 25 a second.

usage: picture-server.py FILE [--break-after N]

Prints "ready PORT" once it listens on 127.0.0.1. With --break-after the first connection ends after N pictures, as a
camera that is unplugged; later connections go on for ever.
"""
import socket
import sys
import threading
import time

HEAD = b"HTTP/1.0 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=frame\r\n\r\n"


def serve(connection, pictures, limit):
    """Sends pictures until the client goes or `limit` of them are sent (None: for ever)."""
    with connection:
        try:
            connection.recv(4096)
            connection.sendall(HEAD)
            sent = 0
            while limit is None or sent < limit:
                picture = pictures[sent % len(pictures)]
                connection.sendall(b"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n" % len(picture))
                connection.sendall(picture + b"\r\n")
                sent += 1
                time.sleep(0.04)
        except OSError:
            pass


def main():
    with open(sys.argv[1], "rb") as file:
        pictures = [b"\xff\xd8\xff" + part for part in file.read().split(b"\xff\xd8\xff")[1:]]
    limit = int(sys.argv[sys.argv.index("--break-after") + 1]) if "--break-after" in sys.argv else None
    listener = socket.create_server(("127.0.0.1", 0))
    print(f"ready {listener.getsockname()[1]}", flush=True)
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=serve, args=(connection, pictures, limit), daemon=True).start()
        limit = None


main()
