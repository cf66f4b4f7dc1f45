"""Checkpoints and the cosignatures of witnesses."""


from tampering.sample import simple, tampering

START = "instr(note, char(10) || size || char(10)) + length(size) + 2"
ROOT = (f"substr(note, 1, {START} - 1) || CASE substr(note, {START}, 1) WHEN 'B' THEN 'C' ELSE 'B' END"
        f" || substr(note, {START} + 1)")
simple(1, "checkpoint of 0 records", "edit", f"UPDATE checkpoint SET note = {ROOT} WHERE size = 0")(
    "the_empty_checkpoint_is_edited")
simple(1, "", "edit", f"UPDATE checkpoint SET note = {ROOT} WHERE size = (SELECT max(size) FROM checkpoint)")(
    "the_newest_checkpoint_is_edited")
for what, value in [("null", "NULL"), ("a_number", "5"), ("the_same_bytes_as_a_blob", "CAST(note AS BLOB)"),
                    ("empty", "''"), ("with_a_nul_behind", "note || char(0)"), ("with_a_nul_and_more", "note || char(0) || 'x'"),
                    ("with_a_line_behind", "note || 'x' || char(10)"),
                    ("with_carriage_returns", "replace(note, char(10), char(13) || char(10))"),
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
