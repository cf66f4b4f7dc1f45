"""Forgery folds for networks trained end to end: ranking, pairs, false alarms, calibration and joint weights.

    python -m vigil_training.members --member NAME=SCORES.npz... --out DIR

The networks (score.py) saw no file that a fold tests on. What is fitted here - a head on known fakes, the members'
weights, calibration and limits - is fitted for each fold on what that fold does not hold back.
Output: report.json, scores.tsv (one row a file and fold).
"""

import argparse
import csv
import json
from pathlib import Path

import numpy as np

from . import folds as fold_table
from .join import limit
from .metrics import auc, auc_interval, robust_mean

RIDGE = 1.0
# Origins of one generator's fakes.
KINDS = {"jphdotam-DFDC": "DFDC", "DeepFake-Detect": "DFDC", "dfdc_crops": "DFDC"}
ALARMS = 0.05


class Files:
    """One row a file: label, group, origin and each member's robust mean over its crops."""

    def __init__(self, tables):
        names = list(tables)
        first = tables[names[0]]
        self.paths, at, self.place = np.unique(first["path"], return_index=True, return_inverse=True)
        self.label, self.group, self.origin = (first[k][at] for k in ("label", "group", "origin"))
        self.kind = np.array([KINDS.get(name, name) for name in self.origin])
        self.crop_label, self.features = first["label"], {n: tables[n]["features"] for n in names}
        for name in names[1:]:
            if not (tables[name]["path"] == first["path"]).all():
                raise SystemExit(f"{name}: other crops than {names[0]}; score them with the same --most")
        self.scores = {name: self.means(tables[name]["logit"]) for name in names}
        self.scores["sharpness"] = -self.means(first["sharpness"])
        self.clip = np.array([p.startswith("clips/") for p in self.paths])

    def of(self, paths, logits):
        """Robust means of crops of other files, in the order of these; nan where there are none."""
        found = {p: robust_mean(logits[paths == p]) for p in np.unique(paths)}
        return np.array([found.get(p, np.nan) for p in self.paths])

    def means(self, values):
        """The robust mean of each file's crops."""
        order = np.argsort(self.place, kind="stable")
        parts = np.split(values[order], np.cumsum(np.bincount(self.place))[:-1])
        return np.array([robust_mean(part) for part in parts])


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


class Folds:
    """Files that each fold holds back from fitting, and those it tests on."""

    def __init__(self, files):
        rules = fold_table.read()
        held = {n: np.array([fold_table.holds(r, g, o) for g, o in zip(files.group, files.origin)])
                for n, r in rules.items()}
        self.held, self.test = {}, {}
        for name in rules:
            if name == "panel" or name.startswith("pad-"):
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


def logistic(x, y, weight, ridge, positive=False, steps=400):
    """Weights and bias of a logistic regression; `positive`: weights not below zero (projected Newton)."""
    beta, bias = np.zeros(x.shape[1]), 0.0
    active = np.ones(x.shape[1], bool)
    for _ in range(steps):
        said = 1 / (1 + np.exp(-np.clip(x @ beta + bias, -30, 30)))
        miss, curve = weight * (said - y), weight * said * (1 - said) + 1e-9
        a = x[:, active]
        full = np.column_stack([a, np.ones(len(x))])
        hessian = (full * curve[:, None]).T @ full + np.diag([ridge] * active.sum() + [1e-9])
        gradient = full.T @ miss + np.append(ridge * beta[active], 0)
        step = np.linalg.solve(hessian, gradient)
        step *= min(1, 3 / np.abs(step).max())
        beta[active] -= step[:-1]
        bias -= step[-1]
        if positive and (beta < 0).any():
            active &= beta > 0
            beta[~active] = 0
            continue
        if np.abs(step).max() < 1e-6:
            break
    return beta, bias


def head(files, name, rows, ridge=RIDGE):
    """Scores of all files by a ridge regression on a member's features, fitted on known fakes of `rows`."""
    x = files.features[name]
    crops = rows[files.place]
    counts = np.bincount(files.place)
    weight = (source_weight(files, rows) / counts)[files.place]
    mean, spread = x[crops].mean(0), x[crops].std(0) + 1e-3
    z = np.clip((x - mean) / spread, -4, 4)
    beta, bias = logistic(z[crops], files.crop_label[crops] * 0.9 + 0.05, weight[crops], ridge)
    return files.means(z @ beta + bias), (mean, spread, beta, bias)


def joined(files, columns, rows):
    """Weights of the members and a bias, on `rows`: members alike, in units of their spread over real files.

    Some sixty clips are too few to learn weights from: learnt ones ranked unseen swaps worse than equal ones. Learnt are
    the common factor and the bias.
    """
    x = np.array(columns, float)
    scale = 1 / (x[:, rows & (files.label == 0)].std(1) + 1e-9)
    y, weight = files.label[rows] * 0.96 + 0.02, source_weight(files, rows)[rows]
    factor, bias = logistic((scale @ x[:, rows])[:, None], y, weight, 1e-6, True)
    return factor[0] * scale, bias


def pairs(files, rows, values):
    """(pairs, in how many the fake scores above its own original) among `rows`."""
    value = dict(zip(files.paths[rows], values[rows]))
    both = [(v, value[p.replace("/fake/", "/real/")]) for p, v in value.items()
            if "/fake/" in p and p.replace("/fake/", "/real/") in value]
    return len(both), int(sum(a > b for a, b in both))


def calibration_error(probability, labels, bins=10, weight=None):
    """Expected calibration error, and (files, mean said, share fake) of each bin; `weight`: of files."""
    place = np.minimum((probability * bins).astype(int), bins - 1)
    weight = np.ones(len(labels)) if weight is None else weight
    table = [(int((place == b).sum()), float(np.average(probability[place == b], weights=weight[place == b])),
              float(np.average(labels[place == b], weights=weight[place == b])), float(weight[place == b].sum()))
             for b in range(bins) if (place == b).any()]
    error = sum(w * abs(said - share) for _, said, share, w in table) / weight.sum()
    return error, [row[:3] for row in table]


def judged(files, rows, values):
    """Figures of one score on the files of a test."""
    labels = files.label[rows]
    count, above = pairs(files, rows, values)
    low, high = auc_interval(labels, values[rows], files.group[rows])
    return dict(auc=round(auc(labels, values[rows]), 4), low=round(low, 4), high=round(high, 4), pairs=count, above=above)


class Study:
    """Every fold with the chosen members."""

    def __init__(self, files, members, heads, tuned=None):
        self.files, self.folds, self.members, self.heads = files, Folds(files), members, heads
        self.tuned = tuned or {}
        self.solved = {}

    def column(self, member, out):
        """Scores of all files by `member`, fitted (if it has a head or a network a fold) without the folds `out`.

        A network of a fold answers for that fold's tests alone, so the last of `out` is what it was trained without.
        """
        if member in self.tuned:
            return self.tuned[member].get(out[-1], self.files.scores[member]) if out else self.files.scores[member]
        if member not in self.heads:
            return self.files.scores[member]
        key = (member, frozenset(out))
        if key not in self.solved:
            rows = ~np.any([self.folds.held[n] for n in out], 0) if out else np.ones(len(self.files.paths), bool)
            self.solved[key] = head(self.files, self.heads[member], rows)[0]
        return self.solved[key]

    def apart(self, out):
        """Scores that no fit saw: of each file outside `out`, those of the fold that holds it (members x files)."""
        columns = np.full((len(self.members), len(self.files.paths)), np.nan)
        barred = np.any([self.folds.held[n] for n in out], 0) if out else np.zeros(len(self.files.paths), bool)
        for other in sorted(self.folds.held, key=lambda n: not n.startswith("out-")):
            if other in out or other == "out-DeepFaceLive":
                continue
            rows = self.folds.test[other] & ~barred
            for i, member in enumerate(self.members):
                columns[i, rows] = self.column(member, [*out, other])[rows]
        return columns

    def fit(self, out):
        """(weights, bias, limit at ALARMS of real clips, rows fitted on) for the folds `out` left out."""
        columns = self.apart(out)
        rows = self.files.clip & ~np.isnan(columns).any(0)
        beta, bias = joined(self.files, columns, rows)
        values = beta @ np.nan_to_num(columns) + bias
        real = rows & (self.files.label == 0)
        return beta, bias, limit(values[real], np.ones(real.sum()), ALARMS), rows, values

    def run(self):
        """Report by fold and rows of scores.tsv."""
        report, lines, every = {}, [], []
        for fold in self.folds.held:
            rows = self.folds.test[fold]
            beta, bias, bound, fitted, _ = self.fit([fold])
            columns = np.stack([self.column(m, [fold]) for m in self.members])
            rows = rows & ~np.isnan(columns).any(0)  # files that not every member was asked about
            values = beta @ columns + bias
            real = rows & (self.files.label == 0)
            entry = dict(fake=int((rows & (self.files.label == 1)).sum()), real=int(real.sum()),
                         weights=dict(zip(self.members, beta.round(4).tolist())), bias=round(bias, 4),
                         fitted_on=int(fitted.sum()), limit=round(bound, 4), joined=judged(self.files, rows, values),
                         alarms_half=int((values[real] > 0).sum()), alarms_limit=int((values[real] > bound).sum()),
                         found_limit=int((values[rows & (self.files.label == 1)] > bound).sum()))
            for i, member in enumerate(self.members):
                entry[member] = judged(self.files, rows, columns[i])
            entry["sharpness"] = judged(self.files, rows, self.files.scores["sharpness"])
            report[fold] = entry
            for i in np.flatnonzero(rows):
                lines.append((fold, self.files.paths[i], "fake" if self.files.label[i] else "real", self.files.group[i],
                              self.files.origin[i], *(f"{c[i]:.4f}" for c in columns), f"{values[i]:.4f}"))
            if fold != "out-DeepFaceLive":
                every += [(self.files.paths[i], values[i], self.files.label[i]) for i in np.flatnonzero(rows & self.files.clip)]
        once = {p: (v, y) for p, v, y in every}
        z, y = np.array([v for v, _ in once.values()]), np.array([y for _, y in once.values()])
        place = {p: i for i, p in enumerate(self.files.paths)}
        rows = np.isin(np.arange(len(place)), [place[p] for p in once])
        weight = source_weight(self.files, rows)[[place[p] for p in once]]
        error, bins = calibration_error(1 / (1 + np.exp(-z)), y)
        even, _ = calibration_error(1 / (1 + np.exp(-z)), y, weight=weight)
        report["calibration"] = dict(clips=len(y), fakes=int(y.sum()), error=round(error, 4), even=round(even, 4), bins=bins)
        beta, bias, bound, rows, values = self.fit([])
        real = rows & (self.files.label == 0)
        report["final"] = dict(weights=dict(zip(self.members, beta.round(4).tolist())), bias=round(bias, 4),
                               limit=round(bound, 4), fitted_on=int(rows.sum()),
                               real=sorted(values[real].round(4).tolist()))
        return report, lines


def show(report, members):
    """One line a fold."""
    for fold, e in report.items():
        if "joined" not in e:
            print(fold, json.dumps({k: v for k, v in e.items() if k not in ("bins", "real")}))
            continue
        parts = [f"{m} {e[m]['auc']:.3f} {e[m]['above']}/{e[m]['pairs']}" for m in ["joined", *members, "sharpness"]]
        print(f"{fold:17s} {e['fake']}/{e['real']}", *parts, f"alarms {e['alarms_half']} at half, {e['alarms_limit']} at limit,",
              f"found {e['found_limit']}", sep=" | ")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--member", nargs="+", required=True, help="NAME=FILE.npz")
    parser.add_argument("--head", nargs="*", default=[], help="members that also get a head on known fakes")
    parser.add_argument("--tuned", nargs="*", default=[], help="NAME=DIR of foldtune.py or heads.py")
    parser.add_argument("--join", nargs="*", help="members that are joined (default: all)")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    tables = {}
    for given in options.member:
        name, file = given.split("=", 1)
        tables[name] = dict(np.load(file))
    files = Files(tables)
    tuned = {}
    for given in options.tuned:
        name, folder = given.split("=", 1)
        tuned[name] = {fold: files.of(*found) for fold, found in fold_scores(Path(folder)).items()}
        files.scores[name] = np.full(len(files.paths), np.nan)
    heads = {f"{name}+known": name for name in options.head}
    members = options.join or [*tables, *tuned, *heads]
    report, lines = Study(files, members, heads, tuned).run()
    show(report, members)
    if options.out:
        options.out.mkdir(parents=True, exist_ok=True)
        (options.out / "report.json").write_text(json.dumps(report, indent=1) + "\n")
        with open(options.out / "scores.tsv", "w") as file:
            print("fold", "path", "label", "group", "source", *(f"logit:{m}" for m in members), "joined", sep="\t", file=file)
            for line in lines:
                print(*line, sep="\t", file=file)


if __name__ == "__main__":
    main()
