"""Presentation attacks: leave one source out, choose inside, join the views; scores, figures and heads.

    python -m vigil_training.pad --face FILE.npz [--around FILE.npz] --out DIR

For each source: the settings and the threshold come from its training sources alone, each of them left out in turn
(an attack source that is left out twice over is never seen by what chooses). Output: scores.tsv (one row a file: path,
label, group, source, logit of each view, sharpness, brightness), report.json, a head of each view trained on everything
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
from .calibrate import platt, shrunk
from .heads import Table, scores, weights
from .metrics import auc, robust_mean, share_interval

WANTED = [("residual", 2), ("residual", 2, 4)]
RIDGES = [0.2, 1.0]
# Share of the weight that labelled pictures get beside simulated recaptures.
KNOWN = [0.1, 0.3]
SETTINGS = list(itertools.product(WANTED, RIDGES, KNOWN))
# A class of a source with fewer files than this weighs less than others, in proportion.
FEW = 20
REGIONS = 4
LIVE = "live clips"


class View:
    """One view's statistics; sources with attacks, sources without, and the live clips as one source."""

    def __init__(self, file):
        self.table = Table([file])
        clip = np.array([path.startswith("clips") for path in self.table.path])
        self.source = np.where(clip, LIVE, self.table.origin)
        self.cache = {}

    def head(self, out, setting):
        """The head trained without the sources `out`."""
        key = (frozenset(out), setting)
        if key not in self.cache:
            rows = np.flatnonzero(~np.isin(self.source, list(out)) & (self.table.kind != "doubtful"))
            self.cache[key] = linear.fit(self.table.x[rows], self.table.label[rows],
                                         weights(self.table, rows, setting[2]),
                                         linear.columns(REGIONS, setting[0]), setting[1])
        return self.cache[key]

    def files(self, source, head, kind="plain"):
        """{path: robust mean of the logits of its untouched crops}."""
        rows = np.flatnonzero((self.source == source) & (self.table.kind == kind))
        values = scores([head], self.table.x[rows])
        return {path: robust_mean(values[self.table.path[rows] == path]) for path in np.unique(self.table.path[rows])}

    def about(self):
        """{path: (label, source, sharpness, brightness)} of the files that are tests."""
        found = {}
        sharp = self.table.sharpness(REGIONS)
        light = self.table.x[:, 6 * REGIONS : 9 * REGIONS].mean(1)
        for row in np.flatnonzero(self.table.kind == "plain"):
            found.setdefault(self.table.path[row], (int(self.table.label[row]), self.source[row], [], []))
            found[self.table.path[row]][2].append(sharp[row])
            found[self.table.path[row]][3].append(light[row])
        return {path: (a, b, float(np.mean(c)), float(np.mean(d))) for path, (a, b, c, d) in found.items()}


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


def log_loss(found, about):
    """Of scores of left-out sources, under one calibration for all of them, sources and classes alike."""
    paths = sorted(found)
    labels = np.array([about[p][0] for p in paths])
    weight = source_weights([about[p][1] for p in paths], labels)
    z = np.array([found[p] for p in paths])
    slope, bias = platt(z, labels, weight)
    said = 1 / (1 + np.exp(-(slope * z + bias)))
    return float(-(weight * np.log(np.where(labels == 1, said, 1 - said))).sum() / weight.sum())


def inside(view, about, held, sources):
    """The setting of the smallest log loss when training sources are left out in turn, and all files' scores under it."""
    best = None
    for setting in SETTINGS:
        found = {}
        for source in [s for s in sources if s != held]:
            found.update(view.files(source, view.head([s for s in (held, source) if s], setting)))
        loss = log_loss(found, about)
        if best is None or loss < best[0]:
            best = (loss, setting, found)
    return best


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


def shares(found, about):
    """Slope, bias and the share to believe of a Platt fit on left-out scores."""
    paths = sorted(found)
    labels, sources = np.array([about[p][0] for p in paths]), [about[p][1] for p in paths]
    z = np.array([found[p] for p in paths])
    slope, bias = platt(z, labels, source_weights(sources, labels))
    return slope, bias, shrunk(z, labels, sources, source_weights)


def left_out(views, about, held, sources, attacks, out):
    """(report, [(path, scores)]) of one source: everything chosen without it, its heads kept in `out`."""
    chosen = {name: inside(view, about, held, sources) for name, view in views.items()}
    entry = dict(settings={n: c[1] for n, c in chosen.items()}, inner_loss={n: c[0] for n, c in chosen.items()})
    scored = {}
    for name, view in views.items():
        head = view.head([held], chosen[name][1])
        torch.save(head.state_dict(), out / f"{name}-{held.replace(' ', '-')}.pt")
        scored[name] = view.files(held, head)
        slope, bias, share = shares(chosen[name][2], about)
        truth = [about[p][0] for p in scored[name]]
        values = slope * np.array(list(scored[name].values())) + bias
        entry[name] = dict(auc=auc(truth, values), **rates(truth, values), slope=slope, bias=bias, share=share)
        doubtful = view.files(held, head, "doubtful")
        if doubtful:
            refused = [slope * z + bias > 0 for z in doubtful.values()]
            entry[name]["doubtful"] = dict(refused=int(sum(refused)), of=len(refused))
    if len(views) > 1:
        slopes, bias = joined([c[2] for c in chosen.values()], about)
        paths = sorted(set.intersection(*(set(f) for f in scored.values())))
        both = [bias + sum(s * f[p] for s, f in zip(slopes, scored.values())) for p in paths]
        truth = [about[p][0] for p in paths]
        entry["joined"] = dict(auc=auc(truth, both), **rates(truth, both), weights=slopes, bias=bias)
    entry.update(plain_cues(about, held, attacks))
    first = next(iter(scored.values()))
    return entry, [(p, [found.get(p, float("nan")) for found in scored.values()]) for p in first]


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
    have = {s: {v[0] for v in about.values() if v[1] == s} for s in {v[1] for v in about.values()}}
    sources, attacks = sorted(have), sorted(s for s in have if have[s] == {0, 1})
    report, lines = {}, []
    for held in sources:
        report[held], scored = left_out(views, about, held, sources, attacks, options.out)
        print(held, json.dumps({k: report[held][k] for k in report[held] if k != "inner_loss"}), flush=True)
        for path, values in scored:
            lines.append((path, "attack" if about[path][0] else "real", held, held, *(f"{v:.4f}" for v in values),
                          f"{about[path][2]:.4f}", f"{about[path][3]:.4f}"))
    final = {}
    for name, view in views.items():
        loss, setting, _ = inside(view, about, None, sources)
        final[name] = dict(setting=setting, loss=loss)
        torch.save(view.head([], setting).state_dict(), options.out / f"{name}.pt")
    report["final"] = final
    print("final", json.dumps(final))
    with open(options.out / "scores.tsv", "w") as file:
        print("path", "label", "group", "source", *(f"logit:{n}" for n in views), "sharpness", "brightness", sep="\t",
              file=file)
        for line in lines:
            print(*line, sep="\t", file=file)
    (options.out / "report.json").write_text(json.dumps(report, indent=1) + "\n")


if __name__ == "__main__":
    main()
