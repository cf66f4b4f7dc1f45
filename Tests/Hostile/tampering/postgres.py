"""A server of PostgreSQL that is none."""

import hashlib
import socket
import struct
import threading

from tampering.sample import part, run, sample


class Server(threading.Thread):
    """Speaks PostgreSQL's protocol (version 3) as far as vigil-ship listens; `answer` decides what it says."""

    GOOD = {"SHOW": [["UTF8"]], "SELECT 1": [["1"]], "SELECT number FROM vigil.version": [["1"]]}

    def __init__(self, answer):
        super().__init__(daemon=True)
        self.answer = answer
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.target = f"host=127.0.0.1 port={self.listener.getsockname()[1]} dbname=x user=x sslmode=disable"
        self.start()

    def run(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            try:
                self.serve(connection, connection.makefile("rb"))
            except OSError:
                pass
            finally:
                connection.close()

    @staticmethod
    def message(kind, body=b""):
        return kind + struct.pack("!i", len(body) + 4) + body

    @classmethod
    def row(cls, values):
        fields = b"".join(struct.pack("!i", -1) if value is None else
                          struct.pack("!i", len(value.encode())) + value.encode() for value in values)
        return cls.message(b"D", struct.pack("!h", len(values)) + fields)

    @classmethod
    def described(cls, width):
        columns = b"".join(b"c\0" + struct.pack("!ihihih", 0, 0, 25, -1, -1, 0) for _ in range(width))
        return cls.message(b"T", struct.pack("!h", width) + columns)

    READY = b"Z\0\0\0\5I"

    def serve(self, connection, stream):
        length, = struct.unpack("!i", stream.read(4))
        stream.read(length - 4)
        connection.sendall(self.message(b"R", struct.pack("!i", 0))
                           + self.message(b"S", b"client_encoding\0UTF8\0") + self.READY)
        sql, extended = "", False
        while True:
            kind = stream.read(1)
            if kind in (b"", b"X"):
                return
            length, = struct.unpack("!i", stream.read(4))
            body = stream.read(length - 4)
            if kind == b"Q":
                sql, extended = body.rstrip(b"\0").decode(), False
                self.reply(connection, sql, extended)
            elif kind == b"P":
                sql, extended = body.split(b"\0")[1].decode(), True
            elif kind == b"S":
                self.reply(connection, sql, extended)
            elif kind == b"c":
                self.reply(connection, "end of COPY", False)

    def reply(self, connection, sql, extended):
        said = self.answer(self, connection, sql)
        if said is None:
            said = next((rows for word, rows in self.GOOD.items() if sql.startswith(word)), [])
        if isinstance(said, list):
            rows = b"".join(self.row(values) for values in said)
            said = (self.described(len(said[0])) if said else b"") + rows + self.message(b"C", b"OK\0") + self.READY
            if extended:
                said = self.message(b"1") + self.message(b"2") + (b"" if rows else self.message(b"n")) + said
        connection.sendall(said)


def shipped(answer, *options):
    """What vigil-ship does against a server: exit code and words. It must end by itself, with one line."""
    server = Server(answer)
    try:
        code, out, errors = run([part.program("vigil-ship"), "--log", sample(1), "--to", server.target, *options])
    finally:
        server.listener.close()
    part.demand(code in (1, 3), f"vigil-ship ended with {code}: {out}{errors}")
    part.demand(len(errors.strip().splitlines()) <= 1, f"vigil-ship says more than one line: {errors}")
    return code, out + errors


def place(*values):
    """A server that says this of how far the copy has come."""
    return lambda server, connection, sql: [list(values)] if "SELECT records, checkpoint" in sql else None


EMPTY = "\\x" + hashlib.sha256(b"").hexdigest()
for named, values in {"nothing": (None, None, None, None), "too_little": ("1",), "less_than_nothing": ("-5", "-9", "-1", EMPTY),
                      "all_there_can_be": (str(2**63 - 1), str(2**63 - 1), str(2**63 - 1), EMPTY),
                      "more_than_can_be": (str(2**70), "0", "0", EMPTY), "no_root": ("0", "-1", "0", "x"),
                      "another_root": ("5", "-1", "0", EMPTY), "text": ("a", "b", "c", "d")}.items():
    def says_of_the_copy(values=values):
        shipped(place(*values))
    says_of_the_copy.__name__ = f"a_server_says_of_the_copy_{named}"
    part.attack(says_of_the_copy)


@part.attack
def a_server_whose_copy_is_never_where_it_says():
    def answer(server, connection, sql):
        if "SELECT records, checkpoint" in sql:
            return [["1", "0", "0", EMPTY]] if "FOR UPDATE" in sql else [["0", "-1", "0", EMPTY]]
        return None
    part.demand("never where it says" in shipped(answer)[1], "it went on")


@part.attack
def a_server_that_never_ends_a_copy():
    def answer(server, connection, sql):
        if "SELECT records, checkpoint" in sql:
            return [["0", "-1", "0", EMPTY]]
        if sql.startswith("COPY") or sql == "end of COPY":
            return server.message(b"G", b"\0\0\0")
        return None
    shipped(answer)


@part.attack
def a_server_that_answers_a_question_with_a_copy():
    shipped(lambda server, connection, sql: server.message(b"G", b"\0\0\0"))


@part.attack
def a_server_whose_rows_have_no_number():
    def answer(server, connection, sql):
        if "SELECT records, checkpoint" in sql:
            return [["5000", "0", "0", EMPTY]]
        if sql.lstrip().startswith("SELECT number, leaf"):
            return [[None] * 7] * 5000
        return None
    part.demand("out of order" in shipped(answer, "--verify")[1], "it went on")


@part.attack
def a_server_whose_rows_come_again_and_again():
    def answer(server, connection, sql):
        if "SELECT records, checkpoint" in sql:
            return [["5000", "0", "0", EMPTY]]
        if sql.lstrip().startswith("SELECT number, leaf"):
            return [["7", "\\x00", "{}", "s", "k", "w", "{}"]] * 5000
        return None
    part.demand("out of order" in shipped(answer, "--verify")[1], "it went on")


@part.attack
def a_server_that_sends_without_end():
    def answer(server, connection, sql):
        if "SELECT records, checkpoint" in sql:
            return [["5000", "0", "0", EMPTY]]
        if sql.lstrip().startswith("SELECT number, leaf"):
            connection.sendall(server.message(b"1") + server.message(b"2") + server.described(7))
            row = server.row(["7", "\\x00", "x" * 1_000_000, "s", "k", "w", "{}"])
            while True:
                connection.sendall(row)
        return None
    part.demand("more than it was asked for" in shipped(answer, "--verify")[1], "it took all")


@part.attack
def a_server_that_writes_on_the_terminal():
    def answer(server, connection, sql):
        return server.message(b"E", b"SERROR\0C42000\0M\x1b[2J\x1b]0;owned\x07" + b"x" * 5000 + b"\0\0") + server.READY
    words = shipped(answer)[1]
    part.demand("\x1b" not in words and len(words) < 1000, f"{words!r}")
