"""Families of forgeries (families.tsv) and what is left out with each: every clip of the family and of its people.

A family is a generator; of DeepFaceLive each celebrity model is one, named `DeepFaceLive MODEL`. `group` is a person, so a
family's people are the groups of its clips. Real people are cut in two halves by their name: what is trained twice, each
time without one half, gives every real clip an answer of a training that has not seen its person.
"""

import csv
import re
import zlib
from pathlib import Path

TABLE = Path(__file__).parent.parent / "families.tsv"
LIVE = "DeepFaceLive"
_METHOD = re.compile(r"_(\d{3})_\d{3}\.\w+$")
_ACTOR = re.compile(r"(\d\d)_\d\d__(.+)__[A-Z0-9]+\.\w+$")


def read(table=TABLE):
    """{kind of LABELS.tsv: (family, type)}."""
    with open(table, newline="") as file:
        return {row["kind"]: (row["family"], row["type"]) for row in csv.DictReader(file, delimiter="\t")}


def family(table, path, kind, label):
    """(family, type) of a clip; ("", "real") of a real one. Unknown forgeries are a fault of the table: ValueError."""
    if label != "fake":
        return "", "real"
    if kind not in table:
        raise ValueError(f"{path}: kind {kind!r} is not in families.tsv")
    name, sort = table[kind]
    if name == LIVE:
        name = f"{LIVE} {re.sub(r'_[0-9]+$', '', Path(path).stem)}"
    return name, sort


def held(families, groups, name):
    """Which clips (a list of bools) the fold `name` holds back: its own, and all of the same people."""
    people = {g for f, g in zip(families, groups) if f == name}
    return [f == name or g in people for f, g in zip(families, groups)]


def half(group):
    """0 or 1: the half of the real people that a person belongs to."""
    return zlib.crc32(f"person {group}".encode()) % 2


def original(path, reals):
    """The path of a fake's own original among the paths `reals`, or None."""
    same = path.replace("/fake/", "/real/")
    if same in reals:
        return same
    folder = path.split("/")[1]
    found = _METHOD.search(path)
    ending = f"_{found[1]}.mp4" if found else None
    if ending is None and (found := _ACTOR.search(path)):
        ending = f"_{found[1]}__{found[2]}.mp4"
    if ending is None:
        return None
    mine = [real for real in reals if real.split("/")[1] == folder and real.endswith(ending)]
    return mine[0] if mine else None
