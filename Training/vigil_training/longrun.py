"""A larger network, trained end to end on made pairs for as long as it is let: stopped and continued at will.

    python -m vigil_training.longrun --crops DIR... --data DATA --generators DIR --imagenet FILE --out DIR --minutes 60
    python -m vigil_training.longrun --judge FILE.npz --crops DIR... --data DATA --out DIR

EfficientNet-Lite2 up to stride 16 at 240 pixels. Pairs are those of made.py, drawn anew at every step; kinds whose pairs are
still wrong come more often. Early blocks learn slowly. Every ten minutes DIR/state.pt (everything needed to go on) and
DIR/average-STEP.pt (weights averaged over steps). `--judge` scores the newest average on the clips of a table of looks.py:
no clip is learnt from, so every family and person is unseen. Output: DIR/judged.npz (column `longrun`) and its summary.
"""

import argparse
import math
import time
from pathlib import Path

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from .crops import Crops
from .degrade import view
from .familystudy import Clips, summary, words
from .finetune import SMOOTHING, Average
from .generators import Drawn
from .looks import seen
from .made import pair
from .nets import LiteNet, scaled
from .real import Reals

VARIANT = "lite2"
SLOW = 0.15  # the learning rate's share in the stem and the first block, rising to 1 at the head


def network(imagenet=None):
    net = LiteNet(depth=15, variant=VARIANT)
    if imagenet:
        net.load_imagenet(imagenet)
    return net.to(memory_format=torch.channels_last)


def grouped(net, rate):
    """Optimizer groups: early blocks slower."""
    parts = [net.stem, *net.blocks, nn.ModuleList([net.head, net.last])]
    return [dict(params=list(part.parameters()), lr=rate * (SLOW + (1 - SLOW) * k / (len(parts) - 1)), weight_decay=0.02)
            for k, part in enumerate(parts)]


def batch(kinds, share, count, reals, generators, rng):
    """(2 x count views, reals first; the kinds of the pairs)."""
    names = [str(k) for k in rng.choice(kinds, count, p=share)]
    drawn = [pair(name, reals, generators, rng)[0] for name in names]
    views = [seen(real, VARIANT) for real, _ in drawn] + [seen(fake, VARIANT) for _, fake in drawn]
    return scaled(torch.from_numpy(np.stack(views)).permute(0, 3, 1, 2)).contiguous(memory_format=torch.channels_last), names


def train(options):
    reals = Reals(Crops(options.crops, "forgery-large", 288, options.data))
    generators = Drawn(options.generators)
    kinds = ["blend", "replace", *generators.nets]
    net = network(options.imagenet)
    optimizer = torch.optim.AdamW(grouped(net, options.rate), lr=options.rate)
    average, step, wrong = Average(net, 0.999), 0, {k: 0.5 for k in kinds}
    state = options.out / "state.pt"
    if state.exists():
        kept = torch.load(state, map_location="cpu", weights_only=True)
        net.load_state_dict(kept["net"])
        average.net.load_state_dict(kept["average"])
        optimizer.load_state_dict(kept["optimizer"])
        step, average.steps, wrong = kept["step"], kept["step"], {**wrong, **kept["wrong"]}

    def save():
        torch.save(dict(net=net.state_dict(), average=average.net.state_dict(), optimizer=optimizer.state_dict(), step=step,
                        wrong=wrong), state.with_suffix(".part"))
        state.with_suffix(".part").rename(state)
        torch.save(average.net.state_dict(), options.out / f"average-{step:06}.pt")

    start, saved, recent = time.time(), time.time(), []
    net.train()
    while time.time() - start < options.minutes * 60 and step < options.steps:
        share = np.array([wrong[k] for k in kinds])
        rng = np.random.default_rng([options.seed, step])
        x, names = batch(kinds, share / share.sum(), options.pairs, reals, generators, rng)
        for group, base in zip(optimizer.param_groups, grouped(net, options.rate)):
            group["lr"] = base["lr"] * min(1, (step + 1) / 100) * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * min(step / options.steps, 1))))
        logits, count = net(x), options.pairs
        target = torch.cat([torch.full((count,), SMOOTHING), torch.full((count,), 1 - SMOOTHING)])
        loss = F.binary_cross_entropy_with_logits(logits, target) + 0.3 * F.softplus(logits[:count] - logits[count:]).mean()
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 2.0)
        optimizer.step()
        average.update(net)
        step += 1
        miss = ((logits[:count] > 0).float() + (logits[count:] < 0).float()).detach() / 2
        for name, value in zip(names, miss):
            wrong[name] = max(0.98 * wrong[name] + 0.02 * float(value), 0.05)
        recent.append((float(loss.detach()), float(miss.mean())))
        if step % 25 == 0:
            print(step, "loss {:.4f}, wrong {:.4f}".format(*np.mean(recent[-25:], 0)), f"{time.time() - start:.0f} s",
                  {k: round(v, 2) for k, v in wrong.items()}, flush=True)
        if time.time() - saved > 600:
            save()
            saved = time.time()
    save()


def judge(options):
    """The newest average's logits of the rows of a table of looks.py (`--each` crops a clip)."""
    table = dict(np.load(options.judge))
    net = network()
    weights = sorted(options.out.glob("average-*.pt"))[-1]
    net.load_state_dict(torch.load(weights, map_location="cpu", weights_only=True))
    net.eval()
    crops = Crops(options.crops, "forgery-large", 288, options.data)
    at = {(i.path, i.frame): i for i in crops.items}
    found, count = np.full(len(table["path"]), np.nan), {}
    order = np.random.default_rng(0).permutation(len(table["path"]))
    rows = [r for r in order if (count.setdefault(table["path"][r], []).append(r) or len(count[table["path"][r]]) <= options.each)
            and (table["path"][r], table["frame"][r]) in at]
    for first in range(0, len(rows), 24):
        some = rows[first : first + 24]
        x = np.stack([seen(view(crops.pixels(at[table["path"][r], table["frame"][r]]), 244), VARIANT) for r in some])
        with torch.inference_mode():
            found[some] = net(scaled(torch.from_numpy(x).permute(0, 3, 1, 2)).contiguous(memory_format=torch.channels_last)).numpy()
    np.savez(options.out / "judged.npz", longrun=found)
    here = ~np.isnan(found)
    clips = Clips.of({k: v[here] for k, v in table.items() if v.ndim == 1})
    print(weights.name, words(summary(clips, clips.mean(found[here]), ~clips.before)))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--crops", nargs="+", required=True)
    parser.add_argument("--data", required=True)
    parser.add_argument("--generators", default="", help="folder of generators.py, to draw their pairs too")
    parser.add_argument("--imagenet")
    parser.add_argument("--out", required=True, type=Path)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--steps", type=int, default=30000, help="the length of the cosine; keep it when going on")
    parser.add_argument("--pairs", type=int, default=8)
    parser.add_argument("--rate", type=float, default=3e-4)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--judge", help="a table of looks.py")
    parser.add_argument("--each", type=int, default=4)
    options = parser.parse_args()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    options.out.mkdir(parents=True, exist_ok=True)
    if options.judge:
        judge(options)
    else:
        train(options)


if __name__ == "__main__":
    main()
