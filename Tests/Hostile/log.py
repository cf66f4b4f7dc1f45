"""Tamperings of a session log against both verifiers: vigil-verify and vigil log verify must give the right answer, and
the same one.

Each tampering is a line of a table: what somebody with the file and without the key does to it, and the exit code that
must come of it: 0 good (nothing that is proved was changed), 1 does not verify, 3 no readable log. Where a word is given,
the answer must have it. Editing is done with SQLite itself, its guards taken out and put back afterwards.
"""

import hashlib
import os
import pathlib
import shutil
import socket
import sqlite3
import struct
import subprocess
import tempfile
import threading

from attacks import Part, Succeeded

part = Part(__doc__)
HERE = pathlib.Path(tempfile.mkdtemp(prefix="vigil-hostile-log-"))
LIMIT = 60
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
        for name, sql in was:
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


# Nothing was done.

@tampering(0, "verified: every signed record")
def nothing(log):
    log.extra = ["--checkpoint", f"{log.path}.checkpoint"]


# Records.

LIVE = "UPDATE record SET body = replace(body, '\"to\":\"fake\"', '\"to\":\"live\"')"
simple(1, "BAD: record 6", "edit", LIVE + " WHERE number = 6")("a_verdict_is_changed")
simple(1, "BAD: record 4: missing", "edit", "DELETE FROM record WHERE number = 4")("a_record_is_deleted")
simple(1, "BAD: records 4 to 6: missing", "edit", "DELETE FROM record WHERE number IN (4, 5, 6)")("three_are_deleted")
simple(1, "BAD: record 0: missing", "edit", "DELETE FROM record WHERE number = 0")("the_first_is_deleted")
simple(1, "missing: the log ends here", "edit",
       "DELETE FROM record WHERE number = (SELECT max(number) FROM record)")("the_last_is_deleted")
simple(1, "", "edit", "DELETE FROM record")("all_are_deleted")
simple(1, "moved", "edit", "UPDATE record SET number = 100000 WHERE number = 5",
       "UPDATE record SET number = 5 WHERE number = 6", "UPDATE record SET number = 6 WHERE number = 100000")(
           "two_are_swapped")
simple(1, "moved", "edit", "UPDATE record SET number = number + 100000 WHERE number > 6",
       "UPDATE record SET number = number - 99999 WHERE number > 100000",
       "INSERT INTO record (number, leaf, body) SELECT 7, leaf, body FROM record WHERE number = 5")("one_is_inserted")
simple(1, "moved", "edit", "DELETE FROM record WHERE number = 5",
       "UPDATE record SET number = number + 100000 WHERE number > 5",
       "UPDATE record SET number = number - 100001 WHERE number > 100000")("one_is_deleted_and_the_rest_moved_up")
simple(1, "numbered -5", "force", "INSERT INTO record (number, leaf, body) SELECT -5, leaf, body FROM record"
       " WHERE number = 3")("a_record_has_a_negative_number")
simple(1, "numbered -1", "force", "UPDATE record SET number = -1 WHERE number = 0")("the_first_is_numbered_minus_one")
simple(1, "missing", "force", "UPDATE record SET number = 9223372036854775807 WHERE number = 9")("the_largest_number")
for what, value in [("null", "NULL"), ("a_number", "7"), ("a_fraction", "0.5"), ("empty_text", "''"),
                    ("the_same_bytes_as_a_blob", "CAST(body AS BLOB)"), ("with_a_nul_behind", "body || char(0)"),
                    ("not_utf8", "CAST(x'7bff7d' AS TEXT)"), ("an_empty_blob", "x''")]:
    simple(1, "BAD: record 6", "force", f"UPDATE record SET body = {value} WHERE number = 6")(f"a_body_is_{what}")
for what, value in [("null", "NULL"), ("a_number", "7"), ("empty", "x''"), ("short", "substr(leaf, 1, 31)"),
                    ("long", "leaf || x'00'"), ("the_same_bytes_as_text", "CAST(leaf AS TEXT)"),
                    ("another", "zeroblob(32)")]:
    simple(1, "", "force", f"UPDATE record SET leaf = {value} WHERE number = 6")(f"a_leaf_is_{what}")


@tampering(1, "the tree differs")
def a_record_is_changed_with_its_hash(log):
    log.consistent(6, lambda body: body.replace(b"live", b"dead"))


@tampering(1)
def a_nul_behind_a_record_with_its_hash(log):
    log.consistent(6, lambda body: body + b"\0")


@tampering(1)
def a_record_is_nested_deeply_with_its_hash(log):
    log.consistent(6, lambda body: b"[" * 100_000)


@tampering(1)
def a_record_names_its_kind_twice_with_its_hash(log):
    log.consistent(6, lambda body: body[:-1] + b',"kind":"summary"}')


@tampering(1, "longer than any")
def a_record_of_65_megabytes(log):
    log.force("UPDATE record SET body = CAST(zeroblob(68157441) AS TEXT) WHERE number = 6")


@tampering(0, "no checkpoint covers")
def a_record_that_nobody_signed_is_named_as_such(log):
    log.append("erasure", '{"reason":"operator","snapshot":999}')


@tampering(1)
def a_key_change_that_nobody_signed_brings_no_trust(log):
    log.append("key_rotation", '{"new":"x","old":"y"}')
    size = log.one("SELECT max(number) + 1 FROM record")
    log.edit(("INSERT INTO checkpoint SELECT ?, replace(note, char(10) || size || char(10), char(10) || ? || char(10)),"
              " peaks FROM checkpoint ORDER BY size DESC LIMIT 1", (size, size)))


@tampering(1, "no record tells of its erasure")
def an_erasure_that_nobody_signed_erases_nothing(log):
    number = log.one("SELECT max(number) FROM snapshot")
    log.append("erasure", f'{{"reason":"retention","snapshot":{number}}}')
    log.edit(f"UPDATE snapshot SET sealed = NULL WHERE number = {number}")


@tampering(1, "the file after it, x, is missing")
def an_end_that_nobody_signed_is_no_end(log):
    log.append("segment_end", '{"next":"x","reason":"age"}')


@tampering(0, "not checked: whether records are missing at the end")
def a_tail_cut_with_its_checkpoints_is_not_seen_from_inside(log):
    cut_tail(log)


@tampering(1, "the outside checkpoint covers")
def a_tail_cut_with_its_checkpoints_is_seen_from_outside(log):
    cut_tail(log)
    log.extra = ["--checkpoint", f"{log.path}.checkpoint"]


def cut_tail(log):
    """Back to the state at a checkpoint before the first picture."""
    size = log.one("SELECT max(size) FROM checkpoint WHERE size < 11")
    log.edit(f"DELETE FROM record WHERE number >= {size}", f"DELETE FROM cosignature WHERE size > {size}",
             f"DELETE FROM checkpoint WHERE size > {size}", "DELETE FROM snapshot")


# Checkpoints.

START = "instr(note, char(10) || size || char(10)) + length(size) + 2"
ROOT = (f"substr(note, 1, {START} - 1) || CASE substr(note, {START}, 1) WHEN 'B' THEN 'C' ELSE 'B' END"
        f" || substr(note, {START} + 1)")
simple(1, "checkpoint of 0 records", "edit", f"UPDATE checkpoint SET note = {ROOT} WHERE size = 0")(
    "the_empty_checkpoint_is_edited")
simple(1, "", "edit", f"UPDATE checkpoint SET note = {ROOT} WHERE size = (SELECT max(size) FROM checkpoint)")(
    "the_newest_checkpoint_is_edited")
for what, value in [("null", "NULL"), ("a_number", "5"), ("the_same_bytes_as_a_blob", "CAST(note AS BLOB)"),
                    ("empty", "''"), ("with_a_nul_behind", "note || char(0)"), ("with_a_nul_and_more", "note || char(0) || 'x'"),
                    ("with_a_line_behind", "note || 'x' || char(10)"), ("with_carriage_returns", "replace(note, char(10), char(13) || char(10))"),
                    ("without_signature", "substr(note, 1, instr(note, char(10) || char(10)) + 1)"),
                    ("with_half_a_signature", "substr(note, 1, length(note) - 20) || char(10)"),
                    ("with_another_size", "replace(note, char(10) || size || char(10), char(10) || (size + 1) || char(10))"),
                    ("of_another_log", "'x' || note"), ("of_two_megabytes", "note || CAST(zeroblob(2000000) AS TEXT)"),
                    ("not_utf8", "CAST(CAST(note AS BLOB) || x'ff0a' AS TEXT)"),
                    ("with_an_extension_line", "replace(note, char(10) || char(10), char(10) || 'more' || char(10) || char(10))")]:
    simple(1, "", "force", f"UPDATE checkpoint SET note = {value} WHERE size = (SELECT max(size) FROM checkpoint)")(
        f"a_checkpoint_is_{what}")
simple(1, "there is no such log", "force", "INSERT INTO checkpoint SELECT -3, note, peaks FROM checkpoint WHERE size = 0")(
    "a_checkpoint_of_minus_three_records")
simple(1, "", "force", "INSERT INTO checkpoint SELECT 9223372036854775807, note, peaks FROM checkpoint WHERE size = 0")(
    "a_checkpoint_of_all_records_there_can_be")
simple(1, "", "edit", "DELETE FROM cosignature", "DELETE FROM checkpoint")("all_checkpoints_are_deleted")
simple(1, "only the empty log is signed", "edit", "DELETE FROM cosignature", "DELETE FROM checkpoint WHERE size > 0")(
    "only_the_empty_checkpoint_is_left")
for what, value in [("null", "NULL"), ("a_text", "'x'"), ("empty", "x''"), ("wrong", "zeroblob(32)")]:
    simple(0, "", "force", f"UPDATE checkpoint SET peaks = {value}")(f"the_subtrees_which_prove_nothing_are_{what}")


@tampering(0, "1 cosignatures")
def a_stranger_signs_a_good_checkpoint_too(log):
    log.edit("UPDATE checkpoint SET note = note || '\u2014 stranger AAAAAAAAAAAAAAAAAAAAAAAA' || char(10)")


# Cosignatures.

@tampering(0, "1 cosignatures")
def a_thousand_junk_cosignatures(log):
    size = log.one("SELECT max(size) FROM cosignature")
    log.edit(*[("INSERT INTO cosignature VALUES (?, ?)", (size, f"\u2014 junk{n} AAAAAAAAAAAA")) for n in range(1000)])


@tampering(0, "1 cosignatures")
def junk_in_the_name_of_the_witness(log):
    size, line = log.one("SELECT max(size) FROM cosignature"), log.one("SELECT line FROM cosignature")
    dash, name, code = line.split(" ")
    log.edit(*[("INSERT INTO cosignature VALUES (?, ?)", (size, f"{dash} {name} {code[:8]}{'A' * n}{code[8 + n:]}"))
               for n in (4, 8, 12, 16)])


for what, value in [("null", "NULL"), ("a_number", "5"), ("a_blob", "x'00ff'"), ("with_a_nul", "line || char(0)"),
                    ("empty", "''")]:
    simple(0, "0 cosignatures", "force", f"UPDATE cosignature SET line = {value}")(f"the_cosignature_is_{what}")
for what, value in [("null", "NULL"), ("a_text", "'x'"), ("negative", "-1"), ("of_no_checkpoint", "3")]:
    simple(0, "0 cosignatures", "force", f"UPDATE cosignature SET size = {value}")(f"the_cosignature_has_a_size_that_is_{what}")

# The log's name.

simple(1, "more than one name", "force", "INSERT INTO log VALUES (2, 'x', 'y')")("a_second_name")
simple(1, "more than one name", "force", "UPDATE log SET id = 5")("a_name_in_another_place")
simple(3, "no name", "force", "DELETE FROM log")("no_name")
for what, value in [("null", "NULL"), ("a_number", "5"), ("a_blob", "CAST(origin AS BLOB)"), ("empty", "''"),
                    ("with_a_nul", "origin || char(0)"), ("with_a_newline", "origin || char(10)")]:
    simple(1, "name", "force", f"UPDATE log SET origin = {value}")(f"the_name_is_{what}")
simple(1, "", "edit", "UPDATE log SET origin = origin || 'x'")("another_name")

# Pictures.

simple(1, "is not the picture", "edit", "UPDATE snapshot SET sealed = x'00' WHERE sealed IS NOT NULL")("a_picture_is_changed")
simple(1, "no record tells", "edit", "UPDATE snapshot SET sealed = NULL")("pictures_are_erased_without_a_record")
simple(1, "is missing from the file", "edit", "DELETE FROM snapshot WHERE number = 4")("a_picture_is_taken_out")
simple(1, "no record tells of it", "edit", "INSERT INTO snapshot VALUES (99, 0, x'00')")("a_picture_is_put_in")
simple(1, "", "force", "UPDATE snapshot SET sealed = 'text' WHERE number = 4")("a_picture_is_text")
simple(1, "", "force", "UPDATE snapshot SET number = -4 WHERE number = 4")("a_picture_of_a_negative_number")
simple(1, "", "force", "UPDATE snapshot SET number = 9223372036854775807 WHERE number = 4")("a_picture_of_the_largest_number")
simple(0, "", "edit", "UPDATE snapshot SET taken = 4000000000")("the_unsigned_time_of_pictures")
simple(1, "", "edit", "UPDATE snapshot SET sealed = (SELECT sealed FROM snapshot WHERE number = 5) WHERE number = 4")(
    "one_picture_for_another")

# The schema.

for column in ("kind", "session"):
    simple(1, "`record` is not as Vigil makes it", "schema",
           f"UPDATE sqlite_master SET sql = replace(sql, '''$.{column}''', '''$.wall''') WHERE name = 'record'")(
               f"the_generated_column_{column}_is_redefined")
simple(1, "record", "schema", "UPDATE sqlite_master SET name = 'truth', tbl_name = 'truth', sql = replace(sql,"
       " 'TABLE record', 'TABLE truth') WHERE name = 'record'", "INSERT INTO sqlite_master VALUES ('view', 'record',"
       " 'record', 0, 'CREATE VIEW record AS SELECT number, leaf, body, session, kind FROM truth WHERE kind <> ''verdict''')")(
           "a_view_stands_in_the_place_of_records")
ENDLESS = ("CREATE VIEW record AS WITH RECURSIVE n(number) AS (SELECT 0 UNION ALL SELECT number + 1 FROM n)"
           " SELECT number, x'''' AS leaf, '''' AS body, '''' AS session, '''' AS kind FROM n")
simple(1, "`record`", "schema", "DELETE FROM sqlite_master WHERE tbl_name = 'record'",
       f"INSERT INTO sqlite_master VALUES ('view', 'record', 'record', 0, '{ENDLESS}')")("a_view_without_end")
simple(1, "", "schema", "DELETE FROM sqlite_master WHERE tbl_name = 'checkpoint'",
       "INSERT INTO sqlite_master VALUES ('view', 'checkpoint', 'checkpoint', 0, 'CREATE VIEW checkpoint AS WITH RECURSIVE"
       " n(size) AS (SELECT 0 UNION ALL SELECT size + 1 FROM n) SELECT size, '''' AS note, x'''' AS peaks FROM n')")(
           "checkpoints_without_end")
simple(1, "none of Vigil's", "edit", "CREATE TABLE more (a)")("another_table")
simple(1, "none of Vigil's", "edit", "CREATE VIEW more AS SELECT 1")("another_view")
simple(1, "none of Vigil's", "edit", "CREATE INDEX more ON record (leaf)")("another_index")
simple(1, "none of Vigil's", "edit", "CREATE TRIGGER more AFTER INSERT ON record BEGIN DELETE FROM snapshot; END")(
    "another_trigger")
simple(1, "sqlite_stat1", "edit", "ANALYZE")("statistics_that_mislead_the_planner")
simple(1, "`record_is_never_changed` is missing", "schema",
       "DELETE FROM sqlite_master WHERE name = 'record_is_never_changed'")("a_guard_is_taken_out")
simple(1, "`record_by_session` is missing", "schema", "DELETE FROM sqlite_master WHERE name = 'record_by_session'")(
    "an_index_is_taken_out")
simple(1, "not as Vigil makes it", "schema",
       "UPDATE sqlite_master SET sql = replace(sql, 'STRICT', '') WHERE name = 'checkpoint'")("a_table_is_not_strict")
simple(1, "", "schema", "UPDATE sqlite_master SET sql = replace(sql, 'CHECK (number >= 0)', '') WHERE name = 'record'")(
    "a_check_is_taken_out")
simple(1, "", "schema", "UPDATE sqlite_master SET sql = sql || ' ' WHERE name = 'log'")("one_blank_in_the_schema")
simple(1, "", "schema", "INSERT INTO sqlite_master VALUES ('view', 'sqlite_schema', 'sqlite_schema', 0,"
       " 'CREATE VIEW sqlite_schema AS SELECT 1')")("a_view_named_as_the_schema")
simple(1, "", "schema", "UPDATE sqlite_master SET name = x'00ff' WHERE name = 'record_by_session'")("a_name_that_is_no_text")


@tampering(1)
def the_tables_of_records_and_pictures_are_exchanged(log):
    pages = {name: log.one(f"SELECT rootpage FROM sqlite_master WHERE name = '{name}'") for name in ("record", "snapshot")}
    log.schema(*[("UPDATE sqlite_master SET rootpage = ? WHERE name = ?", (pages[other], name))
                 for name, other in (("record", "snapshot"), ("snapshot", "record"))])


@tampering(0)
def an_index_that_hides_rows_hides_nothing(log):
    base = log.connect()
    base.execute("PRAGMA writable_schema = ON")
    sql = base.execute("SELECT sql FROM sqlite_master WHERE name = 'record_by_session'").fetchone()[0]
    base.execute("DELETE FROM sqlite_master WHERE name = 'record_by_session'")
    base.execute("PRAGMA writable_schema = RESET")
    base.execute("CREATE INDEX record_by_session ON record (session, kind) WHERE number < 0")
    base.execute("PRAGMA writable_schema = ON")
    base.execute("UPDATE sqlite_master SET sql = ? WHERE name = 'record_by_session'", (sql,))
    base.close()
    listed = run([part.program(), "log", "list", "--log", log.path])
    part.demand(listed[0] == 0 and listed[1].count("records ") == 3, f"sessions vanished: {listed}")


simple(3, "of another program", "schema", "PRAGMA application_id = 7")("another_mark")
simple(3, "version 9 is newer", "schema", "PRAGMA user_version = 9")("a_future_version")
simple(1, "no log of version 0", "schema", "PRAGMA user_version = 0")("version_0")
simple(1, "no log of version -1", "schema", "PRAGMA user_version = -1")("version_minus_one")


# The file and what lies beside it.

@tampering(1)
def the_encoding_is_another(log):
    log.bytes(lambda data: data.__setitem__(slice(56, 60), (2).to_bytes(4, "big")))


@tampering(3)
def the_file_is_cut(log):
    log.bytes(lambda data: data.__delitem__(slice(len(data) // 2, None)))


@tampering(3, "not a Vigil session log")
def the_file_is_text(log):
    log.path.write_text("no database at all, only words and words and words\n" * 100)


@tampering(3, "empty")
def the_file_is_empty(log):
    log.path.write_bytes(b"")


@tampering(3, "not a file")
def the_file_is_a_folder(log):
    log.path.unlink()
    log.path.mkdir()


@tampering(3, "not a file")
def the_file_is_a_pipe(log):
    log.path.unlink()
    os.mkfifo(log.path)


@tampering(3, "no such file")
def the_file_is_gone(log):
    log.path.unlink()


@tampering(1, "rollback journal")
def a_rollback_journal_lies_beside(log):
    pathlib.Path(f"{log.path}-journal").write_bytes(b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7" + bytes(600))


def forged_in_the_journal(log):
    """A change that stands in the write-ahead log only."""
    writer = log.connect()
    writer.execute("PRAGMA journal_mode = WAL")
    writer.execute("PRAGMA wal_autocheckpoint = 0")
    for name, in writer.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        writer.execute(f"DROP TRIGGER {name}")
    writer.execute(LIVE + " WHERE number = 6")
    keep = HERE / f"{log.folder.name}-kept"
    keep.mkdir()
    for end in ("", "-wal"):
        shutil.copy(f"{log.path}{end}", keep / f"log.sqlite{end}")
    writer.close()
    for end in ("", "-wal"):
        shutil.copy(keep / f"log.sqlite{end}", f"{log.path}{end}")


@tampering(1, "BAD: record 6")
def a_forgery_in_the_journal(log):
    forged_in_the_journal(log)


@tampering(1, "BAD: record 6", path="elsewhere/link")
def a_forgery_in_the_journal_seen_through_a_link(log):
    forged_in_the_journal(log)
    (log.folder / "elsewhere").mkdir()
    (log.folder / "elsewhere" / "link").symlink_to(log.path)


@tampering(3, "damaged")
def pages_that_lead_in_a_circle(log):
    """An interior page whose children are itself."""
    start, size = log.page("record")

    def bend(data):
        if data[start] == 5:
            own = (start // size + 1).to_bytes(4, "big")
            data[start + 8:start + 12] = own
        else:
            data[start] = 5
            data[start + 8:start + 12] = (start // size + 1).to_bytes(4, "big")
    log.bytes(bend)


@tampering(3)
def a_page_of_records_is_noise(log):
    start, size = log.page("record")
    log.bytes(lambda data: data.__setitem__(slice(start, start + size), bytes(range(256)) * (size // 256)))


# Several files.

@tampering(0, "in 5 files", files=3)
def several_files_as_they_were_written(log):
    log.extra = ["--checkpoint", f"{log.path}.checkpoint"]


@tampering(1, "file 2 is missing", files=3)
def a_file_in_the_middle_is_gone(log):
    log.ended(2).unlink()


@tampering(1, "file 1 is missing", files=3)
def the_first_file_is_gone(log):
    log.ended(1).unlink()


@tampering(1, "files 1 to 2 are missing", files=3)
def the_first_two_files_are_gone(log):
    log.ended(1).unlink()
    log.ended(2).unlink()


@tampering(3, "no such file", files=3)
def the_newest_file_is_gone(log):
    log.path.unlink()


@tampering(1, "is missing", files=3)
def an_ended_file_is_put_in_the_place_of_the_newest(log):
    log.ended(4).rename(log.path)


@tampering(1, files=3)
def two_files_change_places(log):
    log.ended(1).rename(log.folder / "x")
    log.ended(2).rename(log.ended(1))
    (log.folder / "x").rename(log.ended(2))


@tampering(1, files=3)
def a_file_of_another_log_is_put_in(log):
    shutil.copy(sample(1), log.ended(2))


@tampering(1, files=3)
def a_copy_of_a_file_is_put_behind_the_last_ended_one(log):
    shutil.copy(log.ended(4), log.ended(5))


@tampering(1, "file 2: record 5", files=3)
def a_record_of_an_ended_file_is_changed(log):
    log.edit("UPDATE record SET body = replace(body, 'undecided', 'live') WHERE number = 5", path=log.ended(2))


@tampering(1, "does not go on", files=3)
def the_end_of_an_ended_file_is_cut_with_its_checkpoints(log):
    size = log.one("SELECT max(size) FROM checkpoint WHERE size < 11", path=log.ended(1))
    log.edit(f"DELETE FROM record WHERE number >= {size}", f"DELETE FROM checkpoint WHERE size > {size}",
             "DELETE FROM snapshot", path=log.ended(1))


@tampering(1, "is missing", files=3)
def a_removal_that_nobody_signed_removes_nothing(log):
    end = log.one("SELECT json_extract(body, '$.data.previous') FROM record WHERE number = 0", path=log.ended(2))
    log.append("segment_removed", f'{{"last":{end},"reason":"age","segment":1}}')
    log.ended(1).unlink()


@tampering(0, "files 1 to 4 were taken away on purpose", files=3)
def files_taken_away_on_purpose(log):
    prune = [part.program(), "log", "prune", "--log", log.path, "--older-than", "0"]
    code, out, errors = run([*prune, "--archive", "/nowhere"])
    part.demand(code == 3 and log.ended(1).exists(), f"an archive that is not there: {code} {out} {errors}")
    code, out, errors = run(prune)
    part.demand(code == 0 and not log.ended(1).exists(), f"{code} {out} {errors}")


@tampering(1, "BAD: file 1", files=3)
def a_changed_file_is_not_taken_away(log):
    log.edit("UPDATE record SET body = replace(body, 'undecided', 'live') WHERE number = 4", path=log.ended(1))
    code, out, errors = run([part.program(), "log", "prune", "--log", log.path, "--older-than", "0"])
    part.demand(code == 1 and log.ended(1).exists(), f"{code} {out} {errors}")


@tampering(0, "not checked: the files before and after", files=3, path="log.sqlite.000002")
def an_ended_file_alone(log):
    pass


@tampering(1, "BAD", files=3, path="log.sqlite.000002")
def an_ended_file_alone_and_changed(log):
    log.edit("UPDATE record SET body = replace(body, 'undecided', 'live') WHERE number = 5", path=log.ended(2))


def check(name, change, wanted, word, files, path):
    log = Log(sample(files), name)
    change(log)
    one, other = answers(log, log.folder / path if path else None)
    for program, (code, out, errors) in (("vigil-verify", one), ("vigil log verify", other)):
        part.demand(code == wanted, f"{program} ended with {code} and not {wanted}: {out}{errors}")
        part.demand(word in out + errors, f"{program} does not say `{word}`: {out}{errors}")
        if code == 3:
            part.demand(len(errors.strip().splitlines()) == 1, f"{program} says more than one line: {errors}")
    part.demand(one[1] == other[1], f"the verifiers differ:\n{one[1]}---\n{other[1]}")
    shutil.rmtree(log.folder)


for entry in TABLE:
    def attack(entry=entry):
        check(*entry)
    attack.__name__ = entry[0]
    part.attack(attack)


@part.attack
def shown_records_that_were_changed_are_reported():
    log = Log(sample(1), "shown")
    log.edit("UPDATE record SET body = replace(body, '\"kind\":\"verdict\"', '\"kind\":\"nothing\"') WHERE number = 6")
    for words in (["list"], ["show"], ["show", "--kind", "verdict"], ["export"], ["export", "--format", "csv"],
                  ["report"], ["report", "--all"]):
        code, out, errors = run([part.program(), "log", *words, "--log", log.path])
        part.demand(code == 1 and "DOES NOT VERIFY" in errors and "record 6" in errors, f"{words}: {code} {out} {errors}")


@part.attack
def names_from_outside_move_no_cursor():
    log = Log(sample(1), "cursor")
    log.edit("UPDATE record SET body = replace(body, 'Sample camera', '\\u001b[2J\\u009bX') WHERE number = 0")
    for words in (["list"], ["show"]):
        out = run([part.program(), "log", *words, "--log", log.path])[1]
        part.demand("\x1b" not in out and "\x9b" not in out, f"{words}: {out!r}")


# A server of PostgreSQL that is none.

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


try:
    part.run()
finally:
    shutil.rmtree(HERE, ignore_errors=True)
