"""The file of a log and what lies beside it."""

import os
import pathlib
import shutil

from tampering.records import LIVE
from tampering.sample import HERE, tampering


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
