"""Records: changed, taken out, put in, moved, and those that nobody signed."""


from tampering.sample import simple, tampering

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
