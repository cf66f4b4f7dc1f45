"""A sample log that may be spoiled, what both verifiers say of it, and the table of tamperings."""

import hashlib
import pathlib
import shutil
import sqlite3
import subprocess
import tempfile

from attacks import Part, Succeeded

part = Part("Tamperings of a session log against both verifiers.")
HERE = pathlib.Path(tempfile.mkdtemp(prefix="vigil-hostile-log-"))
# Seconds that only end a program that hangs.
LIMIT = 600
LOOSE = {
    "log": "CREATE TABLE log (id INTEGER PRIMARY KEY, origin, first_key)",
    "record": "CREATE TABLE record (number INTEGER PRIMARY KEY, leaf, body, session GENERATED ALWAYS AS (1) VIRTUAL,"
              " kind GENERATED ALWAYS AS (1) VIRTUAL)",
    "checkpoint": "CREATE TABLE checkpoint (size INTEGER PRIMARY KEY, note, peaks)",
    "cosignature": "CREATE TABLE cosignature (size, line, PRIMARY KEY (size, line))",
    "snapshot": "CREATE TABLE snapshot (number INTEGER PRIMARY KEY, taken, sealed)",
}


class Log:
    """A copy of the sample log that may be spoiled."""

    def __init__(self, sample, name):
        self.folder = HERE / name
        self.folder.mkdir()
        for file in sample.parent.iterdir():
            shutil.copy(file, self.folder / file.name)
        self.path = self.folder / sample.name
        self.extra = []

    def connect(self, path=None):
        return sqlite3.connect(path or self.path, isolation_level=None)

    def edit(self, *statements, path=None):
        """As somebody with SQLite at hand: guards out, change, guards back."""
        base = self.connect(path)
        guards = base.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _ in guards:
            base.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            base.execute(*(statement if isinstance(statement, tuple) else (statement,)))
        for _, sql in guards:
            base.execute(sql)
        base.close()

    def force(self, *statements):
        """The same under definitions that let everything in; afterwards the schema is as it was."""
        base = self.connect()
        was = base.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall()
        base.execute("PRAGMA writable_schema = ON")
        for name, _ in was:
            if name in LOOSE:
                base.execute("UPDATE sqlite_master SET sql = ? WHERE name = ?", (LOOSE[name], name))
        aside = "WHERE type = 'trigger' OR name = 'record_by_session'"
        guards = base.execute(f"SELECT * FROM sqlite_master {aside}").fetchall()
        base.execute(f"DELETE FROM sqlite_master {aside}")
        base.execute("PRAGMA writable_schema = RESET")
        base.execute("PRAGMA ignore_check_constraints = ON")
        for statement in statements:
            base.execute(*(statement if isinstance(statement, tuple) else (statement,)))
        base.execute("PRAGMA writable_schema = ON")
        for name, sql in was:
            base.execute("UPDATE sqlite_master SET sql = ? WHERE name = ?", (sql, name))
        for row in guards:
            base.execute("INSERT INTO sqlite_master VALUES (?, ?, ?, ?, ?)", row)
        base.close()

    def schema(self, *statements):
        """Changes the schema's own table."""
        base = self.connect()
        base.execute("PRAGMA writable_schema = ON")
        for statement in statements:
            base.execute(*(statement if isinstance(statement, tuple) else (statement,)))
        base.close()

    def one(self, sql, path=None):
        base = self.connect(path)
        row = base.execute(sql).fetchone()
        base.close()
        return row[0]

    def consistent(self, number, change):
        """A record changed together with its leaf hash."""
        body = change(self.one(f"SELECT CAST(body AS BLOB) FROM record WHERE number = {number}"))
        leaf = hashlib.sha256(b"\0" + body).digest()
        self.force(("UPDATE record SET body = CAST(? AS TEXT), leaf = ? WHERE number = ?", (body, leaf, number)))

    def append(self, kind, data):
        """A record after the newest checkpoint, as nobody signed it."""
        number = self.one("SELECT max(number) + 1 FROM record")
        body = (f'{{"data":{data},"kind":"{kind}","monotonic_us":99999999999999,"record":{number},"schema":1,'
                f'"session":"log","wall":"2026-11-30T00:00:00.000000Z"}}').encode()
        leaf = hashlib.sha256(b"\0" + body).digest()
        self.edit(("INSERT INTO record (number, leaf, body) VALUES (?, ?, ?)", (number, leaf, body.decode())))

    def ended(self, number):
        return pathlib.Path(f"{self.path}.{number:06}")

    def bytes(self, change, path=None):
        path = path or self.path
        data = bytearray(path.read_bytes())
        change(data)
        path.write_bytes(data)

    def page(self, table):
        """Where a table's root page begins in the file, and the size of a page."""
        size = self.one("PRAGMA page_size")
        return (self.one(f"SELECT rootpage FROM sqlite_master WHERE name = '{table}'") - 1) * size, size


def run(command):
    try:
        done = subprocess.run([str(word) for word in command], capture_output=True, timeout=LIMIT)
    except subprocess.TimeoutExpired:
        raise Succeeded(f"{command[0]} did not end in {LIMIT} s") from None
    return done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace")


def answers(log, path=None):
    """What both verifiers say: exit code, and the lines."""
    path = path or log.path
    options = ["--key", f"{log.path}.pub", "--witness", f"{log.path}.witness", *log.extra]
    return (run([part.program("vigil-verify"), path, *options]),
            run([part.program(), "log", "verify", "--log", path, *options]))


SAMPLES = {}


def sample(files):
    """A log of so many files, made once by the program itself."""
    if files not in SAMPLES:
        folder = HERE / f"sample{files}"
        folder.mkdir()
        code, _, errors = run([part.program("vigil-lab"), "log", "sample", folder / "log.sqlite", files])
        if code:
            raise RuntimeError(f"no sample: {errors}")
        SAMPLES[files] = folder / "log.sqlite"
    return SAMPLES[files]


TABLE = []


def tampering(wanted, word="", files=1, path=None):
    """Puts a tampering into the table: its exit code, a word that the answer must have, the sample's files."""
    def keep(function):
        TABLE.append((function.__name__, function, wanted, word, files, path))
        return function
    return keep


def simple(wanted, word, way, *statements):
    """A tampering that is nothing but SQL; `way` is edit, force or schema."""
    def keep(name):
        def change(log):
            getattr(log, way)(*statements)
        TABLE.append((name, change, wanted, word, 1, None))
    return keep
