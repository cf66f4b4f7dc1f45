"""A log in several files."""

import shutil

from tampering.sample import part, run, sample, tampering


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
