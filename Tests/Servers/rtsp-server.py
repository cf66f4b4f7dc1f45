"""A small RTSP server for tests: relays the RTP packets that ffmpeg sends to a UDP port to one client at a time,
interleaved in the RTSP connection (RFC 2326, section 10.12).

usage: rtsp-server.py RTSP_PORT RTP_PORT SDP_FILE     prints "ready" once it listens
"""
import select
import socket
import sys


def answer(request, sdp, address):
    """The reply to one request, and whether the stream shall begin."""
    lines = request.split("\r\n")
    method = lines[0].split(" ")[0]
    sequence = next((line.split(":")[1].strip() for line in lines if line.lower().startswith("cseq:")), "0")
    head = f"RTSP/1.0 200 OK\r\nCSeq: {sequence}\r\nSession: 1\r\n"
    if method == "OPTIONS":
        return head + "Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN\r\n\r\n", False
    if method == "DESCRIBE":
        return (head + f"Content-Base: {address}/\r\nContent-Type: application/sdp\r\n"
                f"Content-Length: {len(sdp)}\r\n\r\n{sdp}"), False
    if method == "SETUP":
        return head + "Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n\r\n", False
    return head + "\r\n", method == "PLAY"


def serve(client, packets, sdp, address):
    """Talks to one client until it goes."""
    playing, text = False, b""
    while True:
        ready, _, _ = select.select([client, packets], [], [], 30)
        if not ready:
            return
        if packets in ready:
            packet = packets.recv(65536)
            if playing:
                client.sendall(b"$\0" + len(packet).to_bytes(2, "big") + packet)
        if client in ready:
            new = client.recv(65536)
            if not new:
                return
            # Receiver reports come interleaved as well; they are of no interest here.
            text += new if not new.startswith(b"$") else b""
            while b"\r\n\r\n" in text:
                request, text = text.split(b"\r\n\r\n", 1)
                reply, begins = answer(request.decode(errors="replace"), sdp, address)
                playing = playing or begins
                client.sendall(reply.encode())


def main():
    port, rtp, file = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    lines = open(file).read().splitlines()
    # ffmpeg writes a first line of its own, and the port that it sends to.
    sdp = "\r\n".join(line for line in lines if line[1:2] == "=" and not line.startswith("a=tool")) + "\r\n"
    packets = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    packets.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 21)
    packets.bind(("127.0.0.1", rtp))
    listener = socket.create_server(("127.0.0.1", port))
    print("ready", flush=True)
    while True:
        client, _ = listener.accept()
        try:
            serve(client, packets, sdp, f"rtsp://127.0.0.1:{port}")
        except OSError:
            pass
        client.close()


main()
