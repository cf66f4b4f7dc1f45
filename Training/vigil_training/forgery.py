"""Forgeries: folds by driver group and by generator, settings chosen inside, scores of what each fold held back.

    python -m vigil_training.forgery --statistics FILE.npz... --out DIR

For each fold of folds.tsv the settings come from its training part alone: every other fold is left out in turn.
Output: scores.tsv (one row a file and fold), report.json, head.pt (trained on everything).
"""

import argparse
import json
from pathlib import Path

import numpy as np
import torch

from . import folds as fold_table
from .calibrate import balanced, platt
from .heads import Table
from .metrics import auc, auc_interval, robust_mean
from .moments import Moments

WANTED = [("residual",), ("residual", 2), ("residual", 2, 4), ("residual", 2, 4, 7)]
RIDGES = [0.03, 0.3, 3.0]
REFERENCE = ("mixed", "webmorph", "youtube_faces")  # no test holds these: they set the scale of the statistics


class Folds:
    """Rows each fold holds back and tests on."""

    def __init__(self, table):
        rules = fold_table.read()
        self.table, plain = table, table.kind == "plain"
        panel = table.held(rules["panel"])
        self.held, self.test = {}, {}
        for name, rule in rules.items():
            if name == "panel" or name.startswith("pad-"):
                continue
            held = table.held(rule)
            if name.startswith("out-"):
                self.test[name] = plain & (held | (panel & (table.label == 0)))
                held = held | panel
            else:
                self.test[name] = plain & held
            self.held[name] = held


def file_scores(table, rows, values):
    """[(path, label, robust mean)] of the rows."""
    paths, first, place = np.unique(table.path[rows], return_index=True, return_inverse=True)
    order = np.argsort(place, kind="stable")
    parts = np.split(values[order], np.cumsum(np.bincount(place))[:-1])
    return [(p, int(table.label[rows[f]]), robust_mean(part)) for p, f, part in zip(paths, first, parts)]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--statistics", nargs="+", required=True)
    parser.add_argument("--out", required=True, type=Path)
    options = parser.parse_args()
    torch.set_num_threads(1)
    table = Table(options.statistics)
    moments = Moments(table, 5, np.isin(table.origin, REFERENCE), WANTED[-1])
    print("sums made", len(moments.cells), flush=True)
    folds, solved = Folds(table), {}

    def solutions(*names):
        key = frozenset(names)
        if key not in solved:
            out = set(np.unique(moments.bucket[np.any([folds.held[n] for n in key], 0)])) if key else set()
            solved[key] = moments.solve(out, WANTED, RIDGES)
        return solved[key]

    def chosen(fold):
        """The best setting by the other folds, each left out beside this one; with the scores it gave there."""
        values, held = {}, folds.held[fold] if fold else np.zeros(len(table.label), bool)
        every = {}
        for other in folds.held:
            if other == fold:
                continue
            rows = np.flatnonzero(folds.test[other] & ~held)
            if len(set(table.label[rows])) < 2:
                continue
            for setting, solution in solutions(*[n for n in (fold, other) if n], ).items():
                scored = file_scores(table, rows, moments.score(solution, rows))
                values.setdefault(setting, []).append(auc([s[1] for s in scored], [s[2] for s in scored]))
                every.setdefault(setting, []).extend(scored)
        best = max(values, key=lambda s: np.mean(values[s]))
        return best, float(np.mean(values[best])), every[best], {str(k): round(float(np.mean(v)), 4) for k, v in values.items()}

    report, lines = {}, []
    sharpness = table.sharpness(5)
    for fold in folds.held:
        setting, inner, apart, _ = chosen(fold)
        clips = [s for s in apart if s[0].startswith("clips")]
        slope, bias = platt([s[2] for s in clips], [s[1] for s in clips], balanced([s[1] for s in clips]))
        rows = np.flatnonzero(folds.test[fold])
        scored = file_scores(table, rows, moments.score(solutions(fold)[setting], rows) * slope + bias)
        sharp = dict((p, v) for p, _, v in file_scores(table, rows, sharpness[rows]))
        groups = dict(zip(table.path[rows], table.group[rows]))
        origins = dict(zip(table.path[rows], table.origin[rows]))
        labels, values = [s[1] for s in scored], [s[2] for s in scored]
        entry = dict(setting=setting, inner_auc=inner, files=len(labels), fake=int(sum(labels)),
                     auc=auc(labels, values), interval=auc_interval(labels, values, [groups[s[0]] for s in scored]),
                     sharpness=auc(labels, [sharp[s[0]] for s in scored]),
                     false_alarms=int(sum(v > 0 for v, y in zip(values, labels) if y == 0)))
        entry["pairs"] = pairs(scored)
        report[fold] = entry
        print(fold, json.dumps(entry), flush=True)
        for path, label, value in scored:
            lines.append((fold, path, "fake" if label else "real", groups[path],
                          origins[path], f"{value:.4f}", f"{sharp[path]:.4f}"))
    setting, inner, apart, every = chosen(None)
    clips = [s for s in apart if s[0].startswith("clips")]
    slope, bias = platt([s[2] for s in clips], [s[1] for s in clips], balanced([s[1] for s in clips]))
    report["final"] = dict(setting=setting, inner_auc=inner, slope=slope, bias=bias, settings=every)
    print("final", json.dumps(report["final"]))
    options.out.mkdir(parents=True, exist_ok=True)
    torch.save(moments.head(solutions()[setting]).state_dict(), options.out / "head.pt")
    with open(options.out / "scores.tsv", "w") as file:
        print("fold", "path", "label", "group", "source", "logit:forgery-spatial", "sharpness", sep="\t", file=file)
        for line in lines:
            print(*line, sep="\t", file=file)
    (options.out / "report.json").write_text(json.dumps(report, indent=1) + "\n")


def pairs(scored):
    """Of the pairs of a fake and its own original: how many there are, and in how many the fake scores higher."""
    value = {path: v for path, _, v in scored}
    both = [(value[p], value[p.replace("/fake/", "/real/")]) for p in value
            if "/fake/" in p and p.replace("/fake/", "/real/") in value]
    return dict(count=len(both), above=sum(a > b for a, b in both))


if __name__ == "__main__":
    main()
