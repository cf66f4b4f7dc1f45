"""Trains a network end to end on pairs made of real faces (pairs.py): no deepfake, no clip is learnt from.

    python -m vigil_training.finetune --crops DIR... --data DATA --imagenet FILE --out DIR --steps 2400

So one training serves all folds: whatever a fold tests on was not in it. Output: step-N.pt (averaged weights), log.tsv.
"""

import argparse
import copy
import math
import time
from pathlib import Path

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from .crops import Crops
from .nets import build, scaled
from .pairs import Pairs

SMOOTHING = 0.04
MAP = 22  # cells a side of what was changed where, in a pool


class Average:
    """Exponentially averaged weights; running statistics too."""

    def __init__(self, net, keep):
        self.net, self.keep, self.steps = copy.deepcopy(net).eval(), keep, 0

    @torch.no_grad()
    def update(self, net):
        self.steps += 1
        keep = min(self.keep, self.steps / (self.steps + 10))
        for mine, theirs in zip(self.net.state_dict().values(), net.state_dict().values()):
            if mine.dtype.is_floating_point:
                mine.mul_(keep).add_(theirs, alpha=1 - keep)
            else:
                mine.copy_(theirs)


def rate(step, done, warm=60):
    """The learning rate's share at `step`, when a share `done` of the training is over: a rise, then half a cosine."""
    return min(1, (step + 1) / warm) * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * min(done, 1))))


class Front:
    """The stem and first blocks of a network as they are: no gradients, norms folded into the convolutions."""

    def __init__(self, net, blocks):
        self.blocks = blocks
        parts = [net.residual] if hasattr(net, "residual") else []
        parts += [net.stem, *net.blocks[:blocks]]
        for part in parts:
            part.eval()
            for weight in part.parameters():
                weight.requires_grad = False
        self.part = folded(copy.deepcopy(nn.Sequential(*parts))).eval()

    def maps(self, net, pictures):
        """What `net.maps` gives, the last blocks with gradients."""
        with torch.no_grad():
            x = self.part(pictures)
        return net.head(net.blocks[self.blocks :](x))


def folded(module):
    """`module` with every batch norm folded into the convolution before it."""
    for child in module.children():
        folded(child)
    layers = list(module._modules.items())
    for (name, layer), (after, norm) in zip(layers, layers[1:]):
        if isinstance(layer, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d):
            setattr(module, name, fuse_conv_bn_eval(layer.eval(), norm.eval()))
            setattr(module, after, nn.Identity())
    return module


def losses(net, local, front, pictures, changed, where=0.4):
    """Classes, order within a pair, and where the picture was changed (networks with maps only)."""
    count = len(pictures) // 2
    target = torch.cat([torch.full((count,), SMOOTHING), torch.full((count,), 1 - SMOOTHING)])
    place = torch.zeros(())
    if local is None:
        logits = net(pictures)
    else:
        maps = front.maps(net, pictures) if front else net.maps(pictures)
        logits = net.decide(maps)
        cells = local(maps)[:, 0]
        wanted = torch.cat([torch.zeros_like(changed), changed])[:, None]
        wanted = F.adaptive_avg_pool2d(wanted, cells.shape[1:])[:, 0]
        place = F.binary_cross_entropy_with_logits(cells, wanted)
    classes = F.binary_cross_entropy_with_logits(logits, target)
    order = F.softplus(logits[:count] - logits[count:]).mean()
    return classes + 0.3 * order + where * place, logits.detach()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--crops", nargs="+", required=True)
    parser.add_argument("--data", required=True)
    parser.add_argument("--imagenet")
    parser.add_argument("--out", required=True, type=Path)
    parser.add_argument("--net", default="lite")
    parser.add_argument("--side", type=int, default=176)
    parser.add_argument("--pairs", type=int, default=16)
    parser.add_argument("--steps", type=int, default=2400)
    parser.add_argument("--rate", type=float, default=4e-4)
    parser.add_argument("--every", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=1e9, help="ends sooner than --steps when these are over")
    parser.add_argument("--stop", type=int, help="end after this many steps of the schedule")
    parser.add_argument("--resume", help="weights to start from")
    parser.add_argument("--freeze", type=int, default=0, help="blocks of lite that stay as they are, with the stem")
    parser.add_argument("--pool", type=Path, help="a file of views: written when absent, else read instead of drawing")
    parser.add_argument("--pool-steps", type=int, default=1200, help="batches that are drawn for an absent pool")
    options = parser.parse_args()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    torch.manual_seed(options.seed)
    options.out.mkdir(parents=True, exist_ok=True)
    drawn = Drawn(options)
    net = build(options.net, options.side, options.imagenet).to(memory_format=torch.channels_last)
    for weight in net.parameters():
        weight.requires_grad = True
    if options.resume:
        net.load_state_dict(torch.load(options.resume, map_location="cpu", weights_only=True))
    local = nn.Conv2d(net.last.in_features, 1, 1) if hasattr(net, "maps") else None
    net.train()
    front = Front(net, options.freeze) if options.freeze else None
    parts = [p for n in (net, local) if n is not None for p in n.parameters() if p.requires_grad]
    plain = [p for p in parts if p.ndim < 2]
    groups = [dict(params=[p for p in parts if p.ndim > 1], weight_decay=0.02), dict(params=plain, weight_decay=0.0)]
    optimizer = torch.optim.AdamW(groups, lr=options.rate)
    average, recent, start = Average(net, 0.995), [], time.time()
    with open(options.out / "log.tsv", "w") as log:
        print("step", "loss", "right", "seconds", sep="\t", file=log, flush=True)
        for step in range(options.steps):
            done = max(step / options.steps, (time.time() - start) / 60 / options.minutes)
            for group in optimizer.param_groups:
                group["lr"] = options.rate * rate(step, done)
            pictures, changed = drawn.batch(step)
            views = scaled(torch.from_numpy(pictures).permute(0, 3, 1, 2)).contiguous(memory_format=torch.channels_last)
            loss, logits = losses(net, local, front, views, torch.from_numpy(changed).float() / 255)
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(parts, 2.0)
            optimizer.step()
            average.update(net)
            half = len(logits) // 2
            recent.append((float(loss.detach()), float(((logits[:half] < 0).float().mean() + (logits[half:] > 0).float().mean()) / 2)))
            if (step + 1) % 25 == 0:
                loss, right = np.mean(recent, 0)
                recent = []
                print(step + 1, f"{loss:.4f}", f"{right:.4f}", f"{time.time() - start:.0f}", sep="\t", file=log, flush=True)
            if (step + 1) % 50 == 0:
                torch.save(average.net.state_dict(), options.out / "last.pt")
            if (step + 1) % options.every == 0 or step + 1 in (options.steps, options.stop) or done >= 1:
                torch.save(average.net.state_dict(), options.out / f"step-{step + 1}.pt")
            if done >= 1 or step + 1 == options.stop:
                break


class Drawn:
    """Batches by step: drawn, or read from a pool of views that this or an earlier training wrote.

    From the pool they come in another order each time round, half of them mirrored. Beside POOL lies POOL.map: what was
    changed where, means over MAP x MAP cells.
    """

    def __init__(self, options):
        self.count, self.side = options.pairs, options.side
        shape = (options.pairs * 2, options.side, options.side, 3)
        self.pairs, self.pool, self.maps, self.shape = None, None, None, shape
        self.rng, self.order = np.random.default_rng(options.seed), []
        self.first = 0  # steps whose pairs are drawn
        if options.pool is None or not options.pool.exists():
            self.first = options.pool_steps if options.pool else options.steps
            self.pairs = Pairs(Crops(options.crops, "forgery-wide", 208, options.data), options.side, options.seed)
        self.place = options.pool
        self.written = ([open(f"{options.pool}.part", "wb"), open(f"{options.pool}.map", "wb")]
                        if options.pool and self.pairs else [])

    def _read(self):
        for file in self.written:
            file.close()
        if self.written:
            Path(f"{self.place}.part").rename(self.place)
        pool, maps = np.memmap(self.place, np.uint8, "r"), np.fromfile(f"{self.place}.map", np.uint8)
        size, places = int(np.prod(self.shape)), self.count * MAP * MAP
        self.pool = pool[: len(pool) // size * size].reshape(-1, *self.shape)
        self.maps = maps[: len(maps) // places * places].reshape(-1, self.count, MAP, MAP)

    def batch(self, step):
        """(2 x count views, reals first, count maps of what was changed)."""
        if step < self.first:
            pictures, changed = self.pairs.batch(self.count)
            if self.written:
                self.written[0].write(pictures.tobytes())
                cell = self.side // MAP
                small = changed[:, : cell * MAP, : cell * MAP].reshape(self.count, MAP, cell, MAP, cell).mean((2, 4))
                self.written[1].write(small.astype(np.uint8).tobytes())
            return pictures, changed
        if self.pool is None:
            self._read()
        if not len(self.order):
            self.order = self.rng.permutation(len(self.pool))
        number, self.order = self.order[0], self.order[1:]
        pictures, changed = np.array(self.pool[number]), np.array(self.maps[number])
        for one in np.flatnonzero(self.rng.random(self.count) < 0.5):
            for half in (one, one + self.count):
                pictures[half] = pictures[half][:, ::-1].copy()
            changed[one] = changed[one][:, ::-1].copy()
        return pictures, changed


if __name__ == "__main__":
    main()
