"""Presentation attacks: leave one source out, calibrate inside, join the views; scores, figures and heads.

    python -m vigil_training.pad --face FILE.npz [--around FILE.npz] --out DIR

A head is the mean of the linear heads of all SETTINGS: three sources are too few to choose among them. For each source
the calibration and with it the threshold come from its training sources alone, each of them left out in turn; their live
faces shown on simulated displays count there as further sources of attacks. Output: scores.tsv (one row a
file: path, label, group, source, logit of each view, sharpness, brightness, probability), report.json, a head of each view trained on everything
(VIEW.pt) and without each source (VIEW-SOURCE.pt). Files whose label is not believed (corrections.tsv) are in no
training and no average; how many of them would be refused is reported apart.
"""

import argparse
import itertools
import json
from pathlib import Path

import numpy as np
import torch

from . import linear
from .calibrate import platt
from .heads import Table, scores, weights
from .metrics import auc, robust_mean, share_interval
from .statistics import SPOOF

WANTED = [("residual", 2, 4, "tone")]
RIDGES = [0.2, 1.0]
# Share of the weight that labelled pictures get beside simulated recaptures.
KNOWN = [0.1, 0.3]
SETTINGS = list(itertools.product(WANTED, RIDGES, KNOWN))
# A class of a source with fewer files than this weighs less than others, in proportion.
FEW = 20
REGIONS = 4
LIVE = "live clips"
SIMULATED = ", simulated"


class View:
    """One view's statistics; sources with attacks, sources without, and the live clips as one source."""

    def __init__(self, file):
        self.table = Table([file])
        clip = np.array([path.startswith("clips") for path in self.table.path])
        self.source = np.where(clip, LIVE, self.table.origin)
        self.cache = {}

    def head(self, out):
        """The mean of the heads of all settings, trained without the sources `out`."""
        key = frozenset(out)
        if key not in self.cache:
            rows = np.flatnonzero(~np.isin(self.source, list(out)) & (self.table.kind != "doubtful"))
            x, label = self.table.x[rows], self.table.label[rows]
            self.cache[key] = linear.mean(
                [linear.fit(x, label, weights(self.table, rows, known), linear.columns(REGIONS, wanted, **SPOOF), ridge)
                 for wanted, ridge, known in SETTINGS])
        return self.cache[key]

    def files(self, source, head, kind="plain"):
        """{path: robust mean of the logits of its untouched crops}."""
        rows = np.flatnonzero((self.source == source) & (self.table.kind == kind))
        values = scores([head], self.table.x[rows])
        return {path: robust_mean(values[self.table.path[rows] == path]) for path in np.unique(self.table.path[rows])}

    def simulated(self, source, head):
        """The same of the source's live faces on simulated displays."""
        rows = np.flatnonzero((self.source == source) & (self.table.kind == "blended") & (self.table.label == 1))
        values = scores([head], self.table.x[rows])
        return {path + SIMULATED: robust_mean(values[self.table.path[rows] == path])
                for path in np.unique(self.table.path[rows])}

    def about(self):
        """{path: (label, source, sharpness, brightness)} of the files that are tests, and of simulated attacks."""
        found = {}
        sharp = self.table.sharpness(REGIONS)
        light = self.table.x[:, 6 * REGIONS : 9 * REGIONS].mean(1)
        for row in np.flatnonzero(self.table.kind == "plain"):
            found.setdefault(self.table.path[row], (int(self.table.label[row]), self.source[row], [], []))
            found[self.table.path[row]][2].append(sharp[row])
            found[self.table.path[row]][3].append(light[row])
        told = {path: (a, b, float(np.mean(c)), float(np.mean(d))) for path, (a, b, c, d) in found.items()}
        return {**told, **{path + SIMULATED: (1, b + SIMULATED, float("nan"), float("nan"))
                           for path, (a, b, _, _) in told.items() if a == 0}}


def rates(labels, values):
    """APCER and BPCER at 0 with counts and 95 % intervals."""
    labels, values = np.asarray(labels), np.asarray(values)
    found = {}
    for name, wrong, label in (("apcer", values <= 0, 1), ("bpcer", values > 0, 0)):
        count, hits = int((labels == label).sum()), int(wrong[labels == label].sum())
        if count:
            found[name] = dict(share=round(hits / count, 4), wrong=hits, of=count,
                               interval=[round(v, 3) for v in share_interval(hits, count)])
    return found


def source_weights(sources, labels):
    """Sources alike, and in each both classes alike, but for classes of fewer than FEW files."""
    sources, labels = np.asarray(sources), np.asarray(labels)
    weight = np.zeros(len(labels))
    for source in set(sources):
        for label in (0, 1):
            part = (sources == source) & (labels == label)
            if part.any():
                weight[part] = 1 / max(part.sum(), FEW)
    return weight / weight.sum() * len(weight) * balanced_share(labels, weight)


def balanced_share(labels, weight):
    share = np.ones(len(labels))
    for label in (0, 1):
        share[labels == label] = weight.sum() / max(2 * weight[labels == label].sum(), 1e-9)
    return share


def inside(view, held, sources):
    """All files' scores when training sources are left out in turn; `held` is in none of it."""
    found = {}
    for source in [s for s in sources if s != held]:
        head = view.head([s for s in (held, source) if s])
        found.update(view.files(source, head))
        found.update(view.simulated(source, head))
    return found


def joined(found, about):
    """Weights of the views and bias, from scores of left-out sources: the smaller of the classes' errors at 0."""
    paths = sorted(set.intersection(*(set(f) for f in found)))
    labels = np.array([about[p][0] for p in paths])
    weight = source_weights([about[p][1] for p in paths], labels)
    slopes = [platt([f[p] for p in paths], labels, weight) for f in found]
    z = sum(max(slope, 0) * np.array([f[p] for p in paths]) for (slope, _), f in zip(slopes, found))
    scale, bias = platt(z, labels, weight)
    return [max(slope, 0) * scale for slope, _ in slopes], bias


def baseline(about, column, held, sources):
    """A trivial cue with direction and threshold from the other sources, on the one left out."""
    train = [v for v in about.values() if v[1] != held and v[1] in sources]
    weight = source_weights([v[1] for v in train], np.array([v[0] for v in train]))
    slope, bias = platt([v[column] for v in train], [v[0] for v in train], weight)
    test = [v for v in about.values() if v[1] == held]
    return [v[0] for v in test], [slope * v[column] + bias for v in test]


def plain_cues(about, held, attacks):
    """What the trivial cues reach on a source."""
    out = {}
    for column, name in ((2, "sharpness"), (3, "brightness")):
        truth, values = baseline(about, column, held, attacks)
        out[name] = dict(auc=auc(truth, values), **rates(truth, values))
    return out


def calibration(found, about):
    """Slope and bias of a Platt fit on left-out scores, sources and classes alike."""
    paths = sorted(found)
    labels, sources = np.array([about[p][0] for p in paths]), [about[p][1] for p in paths]
    return platt([found[p] for p in paths], labels, source_weights(sources, labels))


def left_out(views, about, held, sources, attacks, out):
    """(report, [(path, scores, probability by the first view)]) of one source; its heads are kept in `out`.

    Simulated attacks come last among the rows; they count in no rate.
    """
    inner = {name: inside(view, held, sources) for name, view in views.items()}
    entry, scored, said = {}, {}, None
    for name, view in views.items():
        head = view.head([held])
        torch.save(head.state_dict(), out / f"{name}-{held.replace(' ', '-')}.pt")
        scored[name] = view.files(held, head)
        slope, bias = calibration(inner[name], about)
        truth = [about[p][0] for p in scored[name]]
        values = slope * np.array(list(scored[name].values())) + bias
        said = 1 / (1 + np.exp(-values)) if said is None else said
        entry[name] = dict(auc=auc(truth, values), **rates(truth, values), slope=slope, bias=bias)
        doubtful = view.files(held, head, "doubtful")
        if doubtful:
            refused = [slope * z + bias > 0 for z in doubtful.values()]
            entry[name]["doubtful"] = dict(refused=int(sum(refused)), of=len(refused))
    if len(views) > 1:
        slopes, bias = joined(list(inner.values()), about)
        paths = sorted(set.intersection(*(set(f) for f in scored.values())))
        both = [bias + sum(s * f[p] for s, f in zip(slopes, scored.values())) for p in paths]
        truth = [about[p][0] for p in paths]
        entry["joined"] = dict(auc=auc(truth, both), **rates(truth, both), weights=slopes, bias=bias)
    entry.update(plain_cues(about, held, attacks))
    first = next(iter(scored.values()))
    rows = [(p, [f.get(p, float("nan")) for f in scored.values()], q) for p, q in zip(first, said)]
    again = [view.simulated(held, view.head([held])) for view in views.values()]
    slope, bias = (entry[next(iter(views))][k] for k in ("slope", "bias"))
    return entry, rows + [(p, [f.get(p, float("nan")) for f in again], 1 / (1 + np.exp(-(slope * z + bias))))
                          for p, z in again[0].items()]


def summary(lines):
    """Over the sources with enough of both classes: the mean error; over all files: the calibration error."""
    lines = [line for line in lines if SIMULATED not in line[3]]
    labels = np.array([line[1] == "attack" for line in lines], int)
    sources, said = np.array([line[3] for line in lines]), np.array([line[-1] for line in lines], float)
    means = {}
    for source in sorted(set(sources)):
        part = sources == source
        if min((labels[part] == c).sum() for c in (0, 1)) >= FEW:
            means[source] = float(np.mean([(said[part & (labels == 1)] <= 0.5).mean(),
                                           (said[part & (labels == 0)] > 0.5).mean()]))
    alike = source_weights(sources, labels)
    return dict(mean_error=float(np.mean(list(means.values()))), sources=means, files=len(lines),
                ece_files=expected_error(said, labels, np.ones(len(lines))), ece_alike=expected_error(said, labels, alike))


def expected_error(said, labels, weight, bins=10):
    """Expected calibration error of probabilities `said` in equal bins."""
    place = np.minimum((said * bins).astype(int), bins - 1)
    return float(sum(abs((weight * (said - labels))[place == b].sum()) for b in range(bins)) / weight.sum())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--face", required=True, type=Path)
    parser.add_argument("--around", type=Path)
    parser.add_argument("--out", required=True, type=Path)
    options = parser.parse_args()
    torch.set_num_threads(1)
    options.out.mkdir(parents=True, exist_ok=True)
    views = {"spoof-face": View(options.face)}
    if options.around:
        views["spoof-around"] = View(options.around)
    about = next(iter(views.values())).about()
    sources = {v[1] for v in about.values() if SIMULATED not in v[1]}
    have = {s: {v[0] for v in about.values() if v[1] == s} for s in sources}
    sources, attacks = sorted(have), sorted(s for s in have if have[s] == {0, 1})
    report, lines = {}, []
    for held in sources:
        report[held], scored = left_out(views, about, held, sources, attacks, options.out)
        print(held, json.dumps(report[held]), flush=True)
        for path, values, said in scored:
            lines.append((path, "attack" if about[path][0] else "real", held, about[path][1], *(f"{v:.4f}" for v in values),
                          f"{about[path][2]:.4f}", f"{about[path][3]:.4f}", f"{said:.4f}"))
    for name, view in views.items():
        torch.save(view.head([]).state_dict(), options.out / f"{name}.pt")
    report["summary"] = summary(lines)
    print("summary", json.dumps(report["summary"]))
    with open(options.out / "scores.tsv", "w") as file:
        print("path", "label", "group", "source", *(f"logit:{n}" for n in views), "sharpness", "brightness",
              "probability", sep="\t", file=file)
        for line in lines:
            print(*line, sep="\t", file=file)
    (options.out / "report.json").write_text(json.dumps(report, indent=1) + "\n")


if __name__ == "__main__":
    main()
