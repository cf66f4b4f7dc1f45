"""Leaves every room out once and keeps what the heads then say of it: DIR/scores.tsv; heads of all rooms to ship.

    python -m vigil_training.attacks.folds --statistics DIR --data DIR... --folds FILE --out DIR

Each fold of the table (rooms that are left out together, with everything of their people) has its own heads of both
views; heads that are there already are not trained again. scores.tsv has one row a file: the mean over its faces'
logits, nothing of its room learnt.
"""

import argparse
from pathlib import Path

import numpy as np
import torch

from ..metrics import robust_mean
from . import heads
from .items import VIEWS
from .statistics import ATTACK, CUES, LIVE, read


def trained(data, view, held, file, **settings):
    """Heads of a view without the rooms of fold `held` (None: with all), from `file` or trained and saved there."""
    if file.exists():
        return heads.loaded(file)
    rows = data.rows(data.fold >= 0, data.fold != (-1 if held is None else held))
    net = heads.fit(data, view, rows, seed=0 if held is None else held + 1, **settings)
    heads.saved(net, file)
    return net


def of_files(data, rows, logits):
    """[(path, {view: robust mean of its faces' logits}, cues)] of rows of untouched faces."""
    place = {}
    for number, row in enumerate(rows):
        place.setdefault(data.path[row], []).append(number)
    return [(path, {view: robust_mean(values[part]) for view, values in logits.items()},
             data.cues[rows[part]].mean(0), rows[part[0]]) for path, part in place.items()]


def room_shares(data, view, tight):
    """{room: how much it counts} while training: rooms of cut-out faces less where the surroundings are looked at."""
    return dict.fromkeys(np.unique(data.room[~data.whole]), tight) if view == "around" else {}


def left_out(data, out, tight=1.0, **settings):
    """Lines of scores.tsv of all folds."""
    lines = []
    for held in sorted(set(data.fold[data.fold >= 0])):
        rows = np.flatnonzero((data.fold == held) & (data.kind == "plain"))
        logits = {}
        for view in data.x:
            net = trained(data, view, held, out / "heads" / f"{view}-{held}.pt",
                          share=room_shares(data, view, tight), **settings)
            logits[view] = heads.say(net, data.x[view][rows])
        lines += [line(data, held, *one) for one in of_files(data, rows, logits)]
        print(f"fold {held}: {len(rows)} faces", flush=True)
    return lines


def strangers(data, nets):
    """Lines of files that are in no fold (live faces that nobody learns from), by the heads of all rooms."""
    rows = np.flatnonzero((data.fold < 0) & (data.kind == "plain"))
    return [line(data, -1, *one)
            for one in of_files(data, rows, {view: heads.say(net, data.x[view][rows]) for view, net in nets.items()})]


def line(data, held, path, logits, cues, row):
    label = {LIVE: "real", ATTACK: "attack"}.get(data.label[row], "doubtful")
    return [path, data.room[row], held, data.attack_kind[row], "whole" if data.whole[row] else "tight", label,
            *(f"{logits[view]:.4f}" for view in data.x), *(f"{v:.4f}" for v in cues)]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--statistics", required=True, type=Path)
    parser.add_argument("--data", required=True, nargs="+")
    parser.add_argument("--folds", required=True, type=Path)
    parser.add_argument("--out", required=True, type=Path)
    parser.add_argument("--views", nargs="+", default=list(VIEWS))
    parser.add_argument("--tight", type=float, default=1.0, help="weight of a room of cut-out faces in the view `around`")
    parser.add_argument("--steps", type=int, default=heads.STEPS)
    options = parser.parse_args()
    torch.set_num_threads(1)
    data = read(options.statistics, options.data, options.folds)
    data.x = {view: data.x[view] for view in options.views}
    options.out.mkdir(parents=True, exist_ok=True)
    settings = dict(steps=options.steps)
    lines = left_out(data, options.out, options.tight, **settings)
    nets = {view: trained(data, view, None, options.out / "heads" / f"{view}-all.pt",
                          share=room_shares(data, view, options.tight), **settings) for view in data.x}
    lines += strangers(data, nets)
    with open(options.out / "scores.tsv", "w") as file:
        print("path", "room", "fold", "kind", "frames", "label", *(f"logit:{view}" for view in data.x), *CUES, sep="\t",
              file=file)
        for one in lines:
            print(*one, sep="\t", file=file)


if __name__ == "__main__":
    main()
