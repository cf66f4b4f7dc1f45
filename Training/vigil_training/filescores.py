"""Scores of files, the folds that hold them back, and how much each file weighs."""

import csv
from pathlib import Path

import numpy as np

from . import folds as fold_table
from .metrics import robust_mean

# Origins of one generator's fakes.
KINDS = {"jphdotam-DFDC": "DFDC", "DeepFake-Detect": "DFDC", "dfdc_crops": "DFDC"}


class Files:
    """One row a file of a table of score.py: label, group, origin, kind (generator) and sharpness."""

    def __init__(self, table):
        self.paths, at, self.place = np.unique(table["path"], return_index=True, return_inverse=True)
        self.label, self.group, self.origin = (table[k][at] for k in ("label", "group", "origin"))
        self.kind = np.array([KINDS.get(name, name) for name in self.origin])
        self.sharpness = -self.means(table["sharpness"])
        self.clip = np.array([p.startswith("clips/") for p in self.paths])

    def of(self, paths, logits):
        """Robust means of crops of other tables, in the order of these files; nan where there are none."""
        names, place = np.unique(paths, return_inverse=True)
        found = dict(zip(names, grouped(place, logits)))
        return np.array([found.get(p, np.nan) for p in self.paths])

    def means(self, values):
        """The robust mean of each file's crops."""
        return grouped(self.place, values)


def grouped(place, values):
    """The robust mean of the values at each place 0, 1, ..."""
    order = np.argsort(place, kind="stable")
    return np.array([robust_mean(part) for part in np.split(values[order], np.cumsum(np.bincount(place))[:-1])])


def fold_scores(folder):
    """{fold: (paths, logits) of crops} that foldtune.py (FOLD.npz) or heads.py (scores.tsv) wrote."""
    out = {f.stem: (t["path"], t["logit"]) for f in sorted(folder.glob("*.npz")) for t in [np.load(f)]}
    if (folder / "scores.tsv").exists():
        rows = {}
        with open(folder / "scores.tsv", newline="") as file:
            for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
                rows.setdefault(row["fold"], []).append((row["path"], float(row["logit"])))
        out.update({fold: (np.array([p for p, _ in r]), np.array([z for _, z in r])) for fold, r in rows.items()})
    return out


def column(files, place):
    """{fold: scores of files} of one folder or file; "" stands for any fold."""
    place = Path(place)
    if place.is_dir():
        return {fold: files.of(*found) for fold, found in fold_scores(place).items()}
    table = np.load(place)
    return {"": files.of(table["path"], table["logit"])}


class Folds:
    """Files that each fold holds back from fitting, and those it tests on."""

    def __init__(self, files):
        rules = fold_table.read()
        held = {n: np.array([fold_table.holds(r, g, o) for g, o in zip(files.group, files.origin)])
                for n, r in rules.items()}
        self.held, self.test = {}, {}
        for name in rules:
            if name == "panel":
                continue
            self.held[name] = held[name] | held["panel"] if name.startswith("out-") else held[name]
            self.test[name] = self.held[name] & (held[name] | (files.label == 0))


def source_weight(files, rows):
    """Weights of files: both classes alike, and in a class each generator by the root of its number of files."""
    out = np.zeros(len(files.paths))
    for label in (0, 1):
        kinds, sizes = np.unique(files.kind[rows & (files.label == label)], return_counts=True)
        for name, size in zip(kinds, sizes):
            some = rows & (files.label == label) & (files.kind == name)
            out[some] = 0.5 * size**-0.5 / np.sqrt(sizes).sum()
    return out


def even_weight(files, some):
    """Weights of the files `some`: classes alike, and in a class every generator or origin alike."""
    out = np.zeros(len(some))
    for label in (0, 1):
        mine = files.label[some] == label
        kinds, sizes = np.unique(files.kind[some][mine], return_counts=True)
        for kind, size in zip(kinds, sizes):
            out[mine & (files.kind[some] == kind)] = 0.5 / len(kinds) / size
    return out


def expand(among, rows):
    """Rows counted among those where `among` is true, as rows of all."""
    out = np.zeros(len(among), bool)
    out[np.flatnonzero(among)[rows]] = True
    return out
