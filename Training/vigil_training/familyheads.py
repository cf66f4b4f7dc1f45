"""Heads on frozen statistics, trained on made pairs and on known forgeries, each family left out with all its people.

    python -m vigil_training.familyheads --looks FILE.npz --made DIR --variant lite2 --out DIR [--seeds 4]

Two heads: `made` learns from made pairs alone (made.py; no clip, so one training serves every family), `known` also from
every clip that a fold does not hold back. Output: DIR/made.pt, DIR/known.pt (nothing held back: what is shipped) and
DIR/scores.npz: of every row of looks.py a logit of a head that saw neither its family nor its people.
"""

import argparse
import json
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

from . import families
from .familystudy import Clips, summary, words
from .regions import Head


class Made:
    """Rows of made pairs: statistics, kind, whether forged."""

    def __init__(self, folder, variant):
        parts = [np.load(f) for f in sorted(Path(folder).glob("*.npz"))]
        self.x = np.concatenate([p[variant] for p in parts])
        self.kind = np.concatenate([p["kind"] for p in parts])
        self.fake = np.concatenate([p["fake"] for p in parts]).astype(np.float32)

    def weights(self, kinds):
        """Weights of rows, kinds alike, that sum to one."""
        out = np.zeros(len(self.x))
        for kind in kinds:
            out[self.kind == kind] = 1 / (self.kind == kind).sum()
        return out / out.sum()


def moments(x, weight):
    """Weighted mean and spread of columns."""
    mean = weight @ x
    return mean, np.sqrt(np.maximum(weight @ (x * x) - mean * mean, 0)) + 1e-3


def head(x, y, weight, seed, hidden=48, steps=500, decay=0.3, dropout=0.5, paired=None):
    """One head on rows `x` (float16 or 32), drawn by `weight`. `paired`: rows 2 k and 2 k + 1 up to this one are pairs."""
    torch.manual_seed(seed)
    generator = torch.Generator().manual_seed(seed)
    some = np.random.default_rng(seed).choice(len(x), min(6000, len(x)), False)
    share = weight[some] / weight[some].sum()
    net = Head(*moments(np.float32(x[some]), share.astype(np.float32)), hidden, dropout)
    optimizer = torch.optim.AdamW(net.parameters(), lr=1e-3, weight_decay=decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 2e-3, total_steps=steps)
    order = torch.multinomial(torch.from_numpy(weight), 256 * steps, True, generator=generator).view(steps, 256).numpy()
    net.train()
    for step in range(steps):
        rows = order[step]
        logits = net(torch.from_numpy(np.float32(x[rows])))
        loss = F.binary_cross_entropy_with_logits(logits, torch.from_numpy(np.float32(y[rows])) * 0.9 + 0.05)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    return net.eval()


def said(heads, x):
    """The mean logit of several heads."""
    with torch.inference_mode():
        x = torch.from_numpy(np.float32(x))
        return torch.stack([net(x) for net in heads]).mean(0).numpy()


def clip_weights(clips, files, roots=True):
    """Weights of files: classes alike, and in a class each line (family, or origin of real ones) by the root of its size."""
    lines = np.where(clips.label == 1, clips.line(), np.char.add("real ", clips.origin))
    out = np.zeros(len(files))
    for label in (0, 1):
        names, size = np.unique(lines[files & (clips.label == label)], return_counts=True)
        for name, count in zip(names, size):
            mine = files & (lines == name) & (clips.label == label)
            out[mine] = (count**0.5 if roots else 1) / count
        part = clips.label == label
        out[part] /= max(out[part].sum(), 1e-9)
    return out


def known_rows(table, clips, files, kinds):
    """(rows of the table, labels, weights) of the files a fold may learn from; `kinds`: types of forgeries, with real ones."""
    files = files & ((clips.label == 0) | np.isin(clips.type, kinds))
    share = clip_weights(clips, files)
    count = np.bincount(clips.place)
    weight = (share / count)[clips.place]
    use = weight > 0
    return clips.rows[use], clips.label[clips.place][use].astype(np.float32), weight[use]


def fold_logits(table, clips, variant, made, share, kinds, made_kinds, seeds, note=print):
    """A logit of every clip row by heads that saw neither its family nor its people.

    Each family's fold is trained twice, each time without one half of the real people; real clips of a half are judged by
    the fold `` (no family held back but those of its people), forgeries by the mean of both.
    """
    out = np.full(len(table["path"]), np.nan)
    x = table[variant]
    folds = sorted(set(clips.line()[clips.label == 1])) + [""]
    halves = np.array([families.half(g) for g in clips.group])
    start = time.time()
    for fold in folds:
        own = clips.line() == fold if fold else np.zeros(len(clips.path), bool)
        people = np.isin(clips.group, clips.group[own])
        gathered = []
        for part in (0, 1):
            out_real = (clips.label == 0) & (halves == part)
            strangers = np.isin(clips.group, clips.group[out_real])
            allowed = ~own & ~people & ~strangers
            rows, y, weight = known_rows(table, clips, allowed, kinds)
            xs, ys, ws = [x[rows]], [y], [weight / weight.sum() * (1 - share)]
            if share > 0:
                mine = made.weights(made_kinds)
                use = mine > 0
                xs.append(made.x[use]), ys.append(made.fake[use]), ws.append(mine[use] * share)
            heads = [head(np.concatenate(xs), np.concatenate(ys), np.concatenate(ws), seed) for seed in seeds]
            if fold:
                mine = own[clips.place]
                gathered.append(said(heads, x[clips.rows[mine]]))
            else:
                mine = out_real[clips.place]
                out[clips.rows[mine]] = said(heads, x[clips.rows[mine]])
        if fold:
            out[clips.rows[own[clips.place]]] = np.mean(gathered, 0)
        note(f"{fold or 'real'}: {time.time() - start:.0f} s", flush=True)
    return out


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--looks", required=True)
    parser.add_argument("--made", required=True)
    parser.add_argument("--variant", default="lite2")
    parser.add_argument("--kinds", nargs="*", help="kinds of made pairs; all unless given")
    parser.add_argument("--types", nargs="*", default=["swap", "talker"], help="of known forgeries, for the head `known`")
    parser.add_argument("--share", type=float, default=0.4, help="of made pairs in what the head `known` sees")
    parser.add_argument("--seeds", type=int, default=4)
    parser.add_argument("--out", required=True, type=Path)
    options = parser.parse_args()
    torch.set_num_threads(1)
    options.out.mkdir(parents=True, exist_ok=True)
    table, made = dict(np.load(options.looks)), Made(options.made, options.variant)
    clips, kinds = Clips.of(table), options.kinds or sorted(set(made.kind))
    everyone, seeds = np.ones(len(clips.path), bool), range(options.seeds)
    weight = made.weights(kinds)
    use = weight > 0
    heads = [head(made.x[use], made.fake[use], weight[use], seed) for seed in seeds]
    for seed, net in zip(seeds, heads):
        print(f"made, seed {seed}:", words(summary(clips, clips.mean(said([net], table[options.variant])), everyone, rounds=1)), flush=True)
    keep(options.out / "made.pt", heads)
    scores = dict(made=said(heads, table[options.variant]))
    scores["known"] = fold_logits(table, clips, options.variant, made, options.share, options.types, kinds, seeds)
    rows, y, known_weight = known_rows(table, clips, everyone, options.types)
    xs = np.concatenate([table[options.variant][rows], made.x[use]])
    ws = np.concatenate([known_weight / known_weight.sum() * (1 - options.share), weight[use] * options.share])
    keep(options.out / "known.pt", [head(xs, np.concatenate([y, made.fake[use]]), ws, seed) for seed in seeds])
    np.savez(options.out / "scores.npz", **scores)
    report = {name: summary(clips, clips.mean(values), everyone) for name, values in scores.items()}
    for name, found in report.items():
        print(name, words(found))
    (options.out / "report.json").write_text(json.dumps(report, indent=1) + "\n")


def keep(file, heads):
    """Writes heads as ship.py reads them."""
    torch.save(dict(hidden=heads[0].layers[1].out_features, states=[net.state_dict() for net in heads]), file)


if __name__ == "__main__":
    main()
