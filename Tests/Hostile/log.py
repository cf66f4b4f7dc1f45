"""Tamperings of a session log against both verifiers: vigil-verify and vigil log verify must give the right answer, and
the same one.

Each tampering is a line of a table: what somebody with the file and without the key does to it, and the exit code that
must come of it: 0 good (nothing that is proved was changed), 1 does not verify, 3 no readable log. Where a word is given,
the answer must have it. Editing is done with SQLite itself, its guards taken out and put back afterwards.
"""

import shutil

from tampering import files, notes, postgres, records, schema, segments  # noqa: F401 (each fills the table)
from tampering.sample import HERE, TABLE, Log, answers, part, run, sample


def check(name, change, wanted, word, count, path):
    log = Log(sample(count), name)
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


try:
    part.run()
finally:
    shutil.rmtree(HERE, ignore_errors=True)
