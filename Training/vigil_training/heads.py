"""Trains heads on region statistics, fold by fold, and writes the scores of what each fold held back.

    python -m vigil_training.heads --statistics FILE.npz... --out DIR [--folds NAME...]

Each fold chooses its settings by leaving out groups of its own training part in turn, never by what it holds back.
Output: DIR/FOLD.pt, DIR/scores.tsv (fold, path, frame, label, group, origin, kind, logit, sharpness), DIR/folds.json;
with --all DIR/all.pt.
"""

import argparse
import json
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

from . import folds as fold_table
from .metrics import auc, robust_mean
from .pairs import held_half
from .regions import Head
from .statistics import STRANGERS

SETTINGS = [dict(hidden=0, decay=1.0), dict(hidden=32, decay=0.3)]
# Share of the training weight that known fakes get beside self-blended ones.
KNOWN = 0.5


class Table:
    """The statistics with what is known of each row."""

    def __init__(self, files):
        parts = [np.load(file) for file in files]
        self.x = np.concatenate([part["statistics"] for part in parts])
        about = np.concatenate([part["about"] for part in parts])
        self.path, self.frame, self.kind, label, self.group, _, self.origin, self.what = about.T
        self.label = label.astype(int)

    def held(self, rules):
        return np.array([fold_table.holds(rules, g, o) for g, o in zip(self.group, self.origin)])

    def sharpness(self, regions):
        """Log energy of second differences over the face: the trivial baseline."""
        return -self.x[:, 2 * regions : 3 * regions].mean(1)


def learnt(table):
    """Rows of pictures from which pairs of finetune.py are made, when rows of such pairs are there."""
    if not (table.origin == "pool").any():
        return np.zeros(len(table.label), bool)
    return np.array([o == "ffhq_stylegan2" and y == 0 and not held_half(p)
                     for o, y, p in zip(table.origin, table.label, table.path)])


def weights(table, rows, known=KNOWN):
    """Weight of each training row: classes equal; known fakes `known`, blended ones the rest; origins by root of size."""
    weight = np.zeros(len(rows))
    blended = table.kind[rows] == "blended"
    for synthetic in (False, True):
        for label in (0, 1):
            part = np.flatnonzero((blended == synthetic) & (table.label[rows] == label))
            origins, place = np.unique(table.origin[rows[part]], return_inverse=True)
            if len(part) == 0:
                continue
            size = np.bincount(place)
            weight[part] = (size**0.5 / size)[place] / (size**0.5).sum() * (1 - known if synthetic else known)
    for label in (0, 1):
        part = table.label[rows] == label
        weight[part] /= weight[part].sum()
    return weight / weight.sum()


def train(table, rows, setting, seed, steps=400):
    """One head from the rows given."""
    generator = torch.Generator().manual_seed(seed)
    torch.manual_seed(seed)
    x = table.x[rows]
    head = Head(x.mean(0), x.std(0) + 1e-3, setting["hidden"])
    x, y = torch.from_numpy(x), torch.from_numpy(table.label[rows]).float()
    weight = torch.from_numpy(weights(table, rows))
    optimizer = torch.optim.AdamW(head.parameters(), lr=1e-3, weight_decay=setting["decay"])
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 2e-3, total_steps=steps)
    order = torch.multinomial(weight, 256 * steps, True, generator=generator).view(steps, 256)
    head.train()
    for step in range(steps):
        chosen = order[step]
        loss = F.binary_cross_entropy_with_logits(head(x[chosen]), y[chosen] * 0.9 + 0.05)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    return head.eval()


def keep(file, setting, heads):
    """Writes heads as ship.py reads them."""
    torch.save(dict(hidden=setting["hidden"], states=[head.state_dict() for head in heads]), file)


def scores(heads, x):
    with torch.inference_mode():
        return torch.stack([head(torch.from_numpy(x)) for head in heads]).mean(0).numpy()


def clip_auc(table, rows, values):
    """AUC over files, each scored by the robust mean of its crops."""
    names, place = np.unique(table.path[rows], return_inverse=True)
    means = [robust_mean(values[place == i]) for i in range(len(names))]
    first = [np.flatnonzero(place == i)[0] for i in range(len(names))]
    return auc(table.label[rows][first], means)


def choose(table, rows, parts, seed):
    """The setting with the best mean AUC over inner parts of the training rows, each left out in turn."""
    groups = np.unique(table.group[rows][table.kind[rows] != "blended"])
    order = np.random.default_rng(seed).permutation(len(groups))
    found = []
    for setting in SETTINGS:
        values = []
        for part in range(parts):
            out = set(groups[order[part::parts]])
            apart = np.array([g in out for g in table.group[rows]])
            test = rows[apart & (table.kind[rows] == "plain")]
            if len(set(table.label[test])) < 2:
                continue
            head = train(table, rows[~apart], setting, seed, 200)
            values.append(clip_auc(table, test, scores([head], table.x[test])))
        found.append(float(np.mean(values)))
    return SETTINGS[int(np.argmax(found))], found


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--statistics", nargs="+", required=True)
    parser.add_argument("--out", required=True, type=Path)
    parser.add_argument("--folds", nargs="*")
    parser.add_argument("--heads", type=int, default=3)
    parser.add_argument("--all", action="store_true", help="also train on everything: DIR/all.pt")
    options = parser.parse_args()
    torch.set_num_threads(1)
    table = Table(options.statistics)
    sharpness = table.sharpness(5)
    all_folds = fold_table.read()
    wanted = [name for name in all_folds if name != "panel"]
    options.out.mkdir(parents=True, exist_ok=True)
    strangers = np.isin(table.origin, STRANGERS)
    report, lines = {}, []
    for name in [n for n in wanted if not options.folds or n in options.folds]:
        start = time.time()
        held = table.held(all_folds[name])
        panel = table.held(all_folds["panel"]) & (table.label == 0) if name.startswith("out-") else held
        kept = table.held(all_folds["panel"]) if name.startswith("out-") else held
        rows = np.flatnonzero(~held & ~kept & ~strangers)
        setting, inner = choose(table, rows, 2, 1)
        heads = [train(table, rows, setting, seed) for seed in range(options.heads)]
        keep(options.out / f"{name}.pt", setting, heads)
        test = np.flatnonzero((held | panel) & (table.kind == "plain") & ~learnt(table))
        values = scores(heads, table.x[test])
        report[name] = dict(setting=setting, inner_auc=inner, trained_on=len(rows), tested_on=len(test),
                            clip_auc=clip_auc(table, test, values), seconds=round(time.time() - start, 1))
        print(name, json.dumps(report[name]), flush=True)
        for row, value in zip(test, values):
            lines.append((name, table.path[row], table.frame[row], table.label[row], table.group[row],
                          table.origin[row], table.what[row], f"{value:.4f}", f"{sharpness[row]:.4f}"))
    if options.all:
        rows = np.flatnonzero(~strangers)
        setting, inner = choose(table, rows, 2, 1)
        heads = [train(table, rows, setting, seed) for seed in range(options.heads)]
        keep(options.out / "all.pt", setting, heads)
        report["all"] = dict(setting=setting, inner_auc=inner, trained_on=len(rows))
    with open(options.out / "scores.tsv", "w") as file:
        print("fold", "path", "frame", "label", "group", "origin", "kind", "logit", "sharpness", sep="\t", file=file)
        for line in lines:
            print(*line, sep="\t", file=file)
    (options.out / "folds.json").write_text(json.dumps(report, indent=1) + "\n")


if __name__ == "__main__":
    main()
