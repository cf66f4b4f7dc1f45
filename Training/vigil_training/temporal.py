"""A small recurrent network over what `forgery-spatial` sees in up to 20 crops of a face, once for each fold.

    python -m vigil_training.temporal --crops DIR... --data DATA --spatial DIR --out DIR

It learns from known clips, and from made ones: frames of a real clip whose face is forged with parameters that stay,
jump or drift, beside the same frames as they were. Each fold reads the features of its own spatial network
(foldtune.py) and trains without what the fold holds back; settings are chosen inside by leaving groups out.
Output: FOLD.pt, FOLD.npz (scores of the fold's clips, every crop from the eighth on), folds.json.
"""

import argparse
import json
import time
from pathlib import Path

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from . import folds as fold_table
from .blend import self_blended
from .crops import Crops
from .degrade import degraded, view
from .foldtune import barrier, kind
from .metrics import auc, robust_mean
from .nets import build
from .score import answers, spaced
from .swaps import replaced

LENGTH, LEAST = 20, 8
MOST = 24  # crops of a clip: some 0.3 s apart in most, as the program takes them
SETTINGS = [dict(steps=60, made=made) for made in (0.0, 0.5)]


class TimeNet(nn.Module):
    """N x LENGTH x features to N logits: each step to a few numbers, a GRU, the mean of its answers."""

    def __init__(self, mean, spread, units=16, dropout=0.3):
        super().__init__()
        self.register_buffer("mean", torch.as_tensor(mean, dtype=torch.float32))
        self.register_buffer("gain", 1 / torch.as_tensor(spread, dtype=torch.float32))
        self.narrow = nn.Linear(len(mean), units)
        self.over = nn.GRU(units, units, batch_first=True)
        self.last = nn.Linear(units, 1)
        self.dropout = nn.Dropout(dropout)

    def forward(self, steps):
        x = torch.clamp((steps - self.mean) * self.gain, -4, 4)
        said, _ = self.over(self.narrow(self.dropout(x)))
        return self.last(self.dropout(said.mean(1)))[:, 0]


class Several(nn.Module):
    """The mean of networks trained from different seeds; N x 1."""

    def __init__(self, nets):
        super().__init__()
        self.nets = nn.ModuleList(nets)

    def forward(self, steps):
        return torch.stack([net(steps) for net in self.nets]).mean(0)[:, None]


def made_clip(crops, items, rng):
    """(as they were, forged): pictures of one real clip, alike in all but the forgery."""
    seeds, quality = rng.integers(1 << 62, size=2), int(rng.integers(1 << 62))
    how, blend = rng.choice(["stay", "jump", "drift"]), rng.random() < 0.5
    share, real, fake = float(rng.random()), [], []
    for item in items:
        picture = crops.pixels(item)
        if how == "jump" and rng.random() < 0.15:
            seeds = seeds[::-1]
        share = float(np.clip(share + rng.normal(0, 0.25), 0, 1)) if how == "drift" else 0.0
        forged = [_forged(picture, item.points, blend, int(seed)) for seed in (seeds if how == "drift" else seeds[:1])]
        mixed = forged[0] if len(forged) == 1 else cv2.addWeighted(forged[0], 1 - share, forged[1], share, 0)
        for kept, one in ((real, picture), (fake, mixed)):
            same = np.random.default_rng(quality)
            one = degraded(one, same) if same.random() < 0.6 else one
            kept.append(view(one, 176, same))
    return real, fake


def _forged(picture, points, blend, seed):
    """One frame; the same seed draws the same kind of forgery."""
    rng = np.random.default_rng(seed)
    if blend:
        return self_blended(picture, points, rng)[1]
    return replaced(picture, points, picture, rng)[1]


class Clips:
    """Known and made clips: pictures, and for one spatial network their features."""

    def __init__(self, crops, made, seed):
        self.crops, rng = crops, np.random.default_rng(seed)
        self.items = {}
        known = [item for item in crops.items if item.path.startswith("clips/") and item.label in ("real", "fake")]
        for item in spaced(known, MOST):
            self.items.setdefault(item.path, []).append(item)
        self.made = []  # (item that stands for the group, label, pictures)
        for _, items in sorted(self.items.items()):
            if items[0].label != "real" or len(items) < LEAST:
                continue
            for _ in range(made):
                step = int(rng.integers(1, 3))
                start = int(rng.integers(max(len(items) - LENGTH * step, 0) + 1))
                for label, pictures in enumerate(made_clip(crops, items[start :: step][:LENGTH], rng)):
                    self.made.append((items[0], label, pictures))

    def read(self, net):
        """[(item, label, made, steps x features)] by `net`."""
        rows = [(items[0], int(items[0].label == "fake"), False,
                 features(net, [view(self.crops.pixels(i), 176) for i in items])) for items in self.items.values()]
        return rows + [(item, label, True, features(net, pictures)) for item, label, pictures in self.made]


def features(net, pictures):
    """Pooled features of pictures, N x 224."""
    parts = [answers(net, np.stack(pictures[i : i + 32]))[1] for i in range(0, len(pictures), 32)]
    return np.concatenate(parts)


def window(steps, end):
    """The LENGTH crops before `end`, the oldest repeated in front where there are fewer, as the program does it."""
    part = steps[max(end - LENGTH, 0) : end]
    return np.concatenate([np.repeat(part[:1], LENGTH - len(part), 0), part])


def drawn(rows, rng):
    """A window of one clip, its crops one to three apart."""
    steps = rows[int(rng.integers(len(rows)))][3]
    step = int(rng.integers(1, 4))
    steps = steps[int(rng.integers(step)) :: step] if len(steps) >= LEAST * step else steps
    return window(steps, int(rng.integers(min(LEAST, len(steps)), len(steps) + 1)))


def trained(rows, setting, seed, rate=3e-3, batch=32):
    """One network. Half of each batch is real; kinds alike by the root of their number of clips."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    every = np.concatenate([r[3] for r in rows])
    net = TimeNet(every.mean(0), every.std(0) + 1e-3)
    pools = {}
    for row in rows:
        pools.setdefault((row[1], "made" if row[2] else kind(row[0])), []).append(row)
    keys, share = list(pools), []
    for label, name in keys:
        others = sum(len(pools[k]) ** 0.5 for k in keys if k[0] == label and k[1] != "made")
        share.append(setting["made"] if name == "made" else (1 - setting["made"]) * len(pools[label, name]) ** 0.5 / others)
    share = np.array(share) / np.sum(share)
    optimizer = torch.optim.AdamW(net.parameters(), lr=rate, weight_decay=0.1)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rate, total_steps=setting["steps"])
    for _ in range(setting["steps"]):
        chosen = [keys[i] for i in rng.choice(len(keys), batch, p=share)]
        x = torch.from_numpy(np.stack([drawn(pools[key], rng) for key in chosen]))
        y = torch.tensor([float(key[0]) for key in chosen])
        loss = F.binary_cross_entropy_with_logits(net(x + 0.05 * torch.randn_like(x) / net.gain), y * 0.9 + 0.05)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    return net.eval()


def clip_logits(net, steps):
    """The network's answer at every crop from the eighth on."""
    ends = range(min(LEAST, len(steps)), len(steps) + 1)
    with torch.inference_mode():
        return net(torch.from_numpy(np.stack([window(steps, e) for e in ends]))).numpy().ravel()


def choose(rows, parts=2):
    """The setting with the best mean AUC over known clips of groups left out in turn."""
    groups = sorted({r[0].group for r in rows})
    order, found = np.random.default_rng(1).permutation(len(groups)), []
    for setting in SETTINGS:
        values = []
        for part in range(parts):
            out = {groups[i] for i in order[part::parts]}
            net = trained([r for r in rows if r[0].group not in out], setting, 1)
            test = [r for r in rows if r[0].group in out and not r[2]]
            values.append(auc([r[1] for r in test], [robust_mean(clip_logits(net, r[3])) for r in test]))
        found.append(float(np.nanmean(values)))
    return SETTINGS[int(np.argmax(found))], found


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--crops", nargs="+", required=True)
    parser.add_argument("--data", required=True)
    parser.add_argument("--spatial", required=True, type=Path)
    parser.add_argument("--out", required=True, type=Path)
    parser.add_argument("--made", type=int, default=2, help="made clips of each real one")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--folds", nargs="*", help="only these")
    options = parser.parse_args()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    options.out.mkdir(parents=True, exist_ok=True)
    clips = Clips(Crops(options.crops, "forgery-wide", 208, options.data), options.made, 11)
    names = [n for n in fold_table.read() if n.startswith(("swap-", "out-"))] + ["all"]
    told = options.out / "folds.json"
    report = json.loads(told.read_text()) if told.exists() else {}
    for fold in options.folds or names:
        if not (options.spatial / f"{fold}.pt").exists() or (options.out / f"{fold}.pt").exists():
            continue
        start = time.time()
        barred = barrier([] if fold == "all" else [fold, "panel"] if fold.startswith("out-") else [fold])
        net = build("lite", 176)
        net.load_state_dict(torch.load(options.spatial / f"{fold}.pt", map_location="cpu", weights_only=True))
        rows = clips.read(net.eval().to(memory_format=torch.channels_last))
        learnt = [r for r in rows if not barred(r[0])]
        setting, inner = choose(learnt)
        over = Several([trained(learnt, setting, seed) for seed in range(options.seeds)]).eval()
        torch.save(over.state_dict(), options.out / f"{fold}.pt")
        test = [r for r in rows if barred(r[0]) and not r[2]]
        if test:
            said = [clip_logits(over, r[3]) for r in test]
            np.savez(options.out / f"{fold}.npz", path=np.concatenate([[r[0].path] * len(z) for r, z in zip(test, said)]),
                     logit=np.concatenate(said))
        report[fold] = dict(setting=setting, inner_auc=inner, clips=sum(not r[2] for r in learnt),
                            made=sum(r[2] for r in learnt), seconds=round(time.time() - start))
        print(fold, json.dumps(report[fold]), flush=True)
        told.write_text(json.dumps(report, indent=1) + "\n")


if __name__ == "__main__":
    main()
