"""The log's name, its pictures and its schema."""


from tampering.sample import part, run, simple, tampering

# The log's name.

simple(1, "more than one name", "force", "INSERT INTO log VALUES (2, 'x', 'y')")("a_second_name")
simple(1, "more than one name", "force", "UPDATE log SET id = 5")("a_name_in_another_place")
simple(3, "no name", "force", "DELETE FROM log")("no_name")
for what, value in [("null", "NULL"), ("a_number", "5"), ("a_blob", "CAST(origin AS BLOB)"), ("empty", "''"),
                    ("with_a_nul", "origin || char(0)"), ("with_a_newline", "origin || char(10)")]:
    simple(1, "name", "force", f"UPDATE log SET origin = {value}")(f"the_name_is_{what}")
simple(1, "", "edit", "UPDATE log SET origin = origin || 'x'")("another_name")
simple(1, "first key", "edit", "UPDATE log SET first_key = 'other+00000000+AQ=='")("another_first_key")
simple(1, "first key", "edit", "UPDATE log SET first_key = substr(first_key, 1, length(first_key) - 4) || 'AAA='")(
    "a_first_key_that_is_almost_the_same")

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
