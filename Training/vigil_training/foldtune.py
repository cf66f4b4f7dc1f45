"""Shows a network of finetune.py some known forgeries, once for each fold without what the fold holds back.

    python -m vigil_training.foldtune --crops DIR... --data DATA --weights FILE.pt --pool FILE --out DIR --steps 120

Half of each batch are pairs of `finetune.py` (its pool), so that seams stay what is looked for; half are known forgeries
beside their own originals, or other real clips of the same origin. Early blocks stay as they are and the training is
short: longer ones learn the sources. Output: FOLD.pt and FOLD.npz (scores of the fold's tests), all.pt (nothing held back).
"""

import argparse
import time
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import nn

from . import folds as fold_table
from .crops import Crops, origin
from .degrade import degraded, view
from .filescores import KINDS
from .finetune import Average, Front, losses, rate
from .nets import build, scaled
from .pairs import Pairs
from .score import save, scores, spaced, tested

SHARES = {"DeepFaceLive": 0.5, "ghost": 0.12, "DFDC": 0.28, "EDTalk": 0.1}


def kind(item):
    """The generator a crop counts to."""
    return KINDS.get(origin(item), origin(item))


class Known:
    """Draws (real, fake) views of known forgeries; what `barred(item)` says is left out."""

    def __init__(self, crops, side, seed, barred):
        self.crops, self.side, self.rng = crops, side, np.random.default_rng(seed)
        items = [item for item in crops.items if kind(item) in SHARES and not barred(item)]
        self.reals, self.fakes = {}, {}
        for item in items:
            if item.label == "real":
                self.reals.setdefault(kind(item), {}).setdefault(item.path, []).append(item)
            elif item.label == "fake":
                self.fakes.setdefault(kind(item), {}).setdefault(item.path, []).append(item)
        self.kinds = [k for k in self.fakes if k in self.reals]
        share = np.array([SHARES[k] for k in self.kinds])
        self.share = share / share.sum()

    def _pick(self, values):
        return values[int(self.rng.integers(len(values)))]

    def _original(self, fake):
        """The same frame of the fake's original; otherwise some real frame of the same kind."""
        reals = self.reals[kind(fake)]
        own = reals.get(fake.path.replace("/fake/", "/real/"))
        if own:
            return min(own, key=lambda item: abs(item.frame - fake.frame))
        return self._pick(reals[self._pick(sorted(reals))])

    def draw(self):
        """(real, fake), both side x side x 3, uint8, degraded alike."""
        name = str(self.rng.choice(self.kinds, p=self.share))
        fake = self._pick(self.fakes[name][self._pick(sorted(self.fakes[name]))])
        seed = int(self.rng.integers(1 << 62))
        return tuple(self._seen(self.crops.pixels(item), seed) for item in (self._original(fake), fake))

    def _seen(self, picture, seed):
        rng = np.random.default_rng(seed)
        out = degraded(picture, rng) if rng.random() < 0.6 else picture
        return view(out, self.side, rng)

    def batch(self, count):
        """2 x count views, reals first."""
        drawn = [self.draw() for _ in range(count)]
        return np.stack([d[0] for d in drawn] + [d[1] for d in drawn])


def tuned(options, known, pool, people, seed):
    """Averaged weights after `steps` batches of half made pairs (a half of these of `people`), half known."""
    torch.manual_seed(seed)
    net = build(options.net, options.side).to(memory_format=torch.channels_last)
    net.load_state_dict(torch.load(options.weights, map_location="cpu", weights_only=True))
    net.train()
    for part in net.modules():  # running statistics stay: batches of few clips would spoil them
        if isinstance(part, nn.BatchNorm2d):
            part.eval()
    front = Front(net, options.freeze)
    local = nn.Conv2d(net.last.in_features, 1, 1)
    parts = [p for p in net.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(parts, lr=options.rate, weight_decay=0.05)
    average, rng, half = Average(net, 0.98), np.random.default_rng(seed), pool.shape[1] // 2
    count, recent = options.pairs // 2, []
    for step in range(options.steps):
        for group in optimizer.param_groups:
            group["lr"] = options.rate * rate(step, step / options.steps, 10)
        drawn = pool[int(rng.integers(len(pool)))]
        some = rng.choice(half, count, False)
        made, found = np.array(drawn[np.concatenate([some, some + half])]), known.batch(count)
        if people is not None:
            more = people.batch(count // 2)[0]
            made[: count // 2], made[count : count + count // 2] = more[: count // 2], more[count // 2 :]
        pictures = np.concatenate([made[:count], found[:count], made[count:], found[count:]])
        x = scaled(torch.from_numpy(pictures).permute(0, 3, 1, 2)).contiguous(memory_format=torch.channels_last)
        loss, logits = losses(net, local, front, x, torch.zeros(len(x) // 2, options.side, options.side), where=0.0)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(parts, 2.0)
        optimizer.step()
        average.update(net)
        recent.append(float(loss.detach()))
    return average.net, float(np.mean(recent[:20])), float(np.mean(recent[-20:]))


def barrier(names):
    """Whether a crop is held back by any of the folds `names`."""
    rules = fold_table.read()
    rules = [rules[name] for name in names]
    return lambda item: any(fold_table.holds(rule, item.group, origin(item)) for rule in rules)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--crops", nargs="+", required=True)
    parser.add_argument("--data", required=True)
    parser.add_argument("--net", default="lite")
    parser.add_argument("--weights", required=True)
    parser.add_argument("--pool", required=True, type=Path)
    parser.add_argument("--pool-pairs", type=int, default=16)
    parser.add_argument("--out", required=True, type=Path)
    parser.add_argument("--side", type=int, default=176)
    parser.add_argument("--pairs", type=int, default=12)
    parser.add_argument("--steps", type=int, default=120)
    parser.add_argument("--rate", type=float, default=1.5e-4)
    parser.add_argument("--people", nargs="*", help="crops of still more people, to make pairs of")
    parser.add_argument("--freeze", type=int, default=4)
    parser.add_argument("--most", type=int, default=20)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--folds", nargs="*", help="only these")
    options = parser.parse_args()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    options.out.mkdir(parents=True, exist_ok=True)
    crops = Crops(options.crops, "forgery-wide", 208, options.data)
    shape = (options.pool_pairs * 2, options.side, options.side, 3)
    pool = np.memmap(options.pool, np.uint8, "r")
    pool = pool[: len(pool) // np.prod(shape) * np.prod(shape)].reshape(-1, *shape)
    items = spaced([i for i in crops.items if tested(i) and i.label in ("real", "fake")], options.most)
    people = None
    if options.people:
        people = Pairs(Crops(options.people, "forgery-wide", 208, options.data), options.side, options.seed)
    names = [n for n in fold_table.read() if n.startswith(("swap-", "out-"))] + ["all"]
    for fold in options.folds or names:
        if (options.out / f"{fold}.pt").exists():
            continue
        start = time.time()
        held = [] if fold == "all" else [fold, "panel"] if fold.startswith("out-") else [fold]
        barred = barrier(held)
        net, before, after = tuned(options, Known(crops, options.side, options.seed, barred), pool, people, options.seed)
        net.eval()
        mine = [i for i in items if barred(i)] if held else []
        if mine:
            save(options.out / f"{fold}.npz", mine, *scores(net, crops, mine, options.side))
        torch.save(net.state_dict(), options.out / f"{fold}.pt")
        print(fold, f"loss {before:.3f} to {after:.3f}, {time.time() - start:.0f} s", flush=True)


if __name__ == "__main__":
    main()
