"""Which groups and origins each fold holds back: folds.tsv."""

import csv
from pathlib import Path

TABLE = Path(__file__).parent.parent / "folds.tsv"


def read(table=TABLE):
    """{fold: [(holds, name)]}."""
    folds = {}
    with open(table, newline="") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            folds.setdefault(row["fold"], []).append((row["holds"], row["name"]))
    return folds


def holds(rules, group, origin):
    """Whether a fold with these rules holds a crop back from training."""
    return any(name == (group if what == "group" else origin) for what, name in rules)
