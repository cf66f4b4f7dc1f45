"""How a forgery network holds under changed pictures and a white-box attack, on clips it was not trained on.

    python -m vigil_training.robust --crops DIR... --data DATA --folds DIR --limit Z --out FILE.json

`--folds`: what foldtune.py wrote; every clip is scored by the network of the fold that holds it back. `--limit`: the logit
above which a clip counts as forged. Clips: the live swaps and their originals, and the other real ones that a fold holds.
PGD (Madry et al. 2018): steps along the sign of the gradient in the crop's own pixels, within `eps` bytes, to make a swap look real.
"""

import argparse
import json
from pathlib import Path

import cv2
import numpy as np
import torch

from . import folds as fold_table
from .crops import Crops, origin
from .degrade import h264, jpeg, view
from .metrics import auc, auc_interval, robust_mean
from .nets import build, scaled
from .score import scores, spaced


def smaller(picture, factor):
    """Fewer pixels, and back to size."""
    side = picture.shape[0]
    small = cv2.resize(picture, (int(side * factor),) * 2, interpolation=cv2.INTER_AREA)
    return cv2.resize(small, (side, side), interpolation=cv2.INTER_LINEAR)


def hidden(picture, rng):
    """A grey square over 15 % of the crop's area."""
    side = picture.shape[0]
    edge = int(side * 0.15**0.5)
    x, y = rng.integers(0, side - edge, 2)
    out = picture.copy()
    out[y : y + edge, x : x + edge] = 128
    return out


def gamma(picture, value):
    """Brighter (below 1) or darker middle tones."""
    return (np.clip((np.arange(256) / 255) ** value, 0, 1) * 255).astype(np.uint8)[picture]


def noise(picture, rng, sigma):
    """Independent Gaussian noise."""
    return np.clip(picture + rng.normal(0, sigma, picture.shape), 0, 255).astype(np.uint8)


CHANGES = {
    "as it is": lambda p, r: p,
    "JPEG 90": lambda p, r: jpeg(p, 90),
    "JPEG 50": lambda p, r: jpeg(p, 50),
    "JPEG 30": lambda p, r: jpeg(p, 30),
    "H.264 crf 23": lambda p, r: h264(p, 23),
    "H.264 crf 35": lambda p, r: h264(p, 35),
    "half the pixels a side": lambda p, r: smaller(p, 0.5),
    "blur, sigma 1": lambda p, r: cv2.GaussianBlur(p, (0, 0), 1.0),
    "noise, sigma 5": lambda p, r: noise(p, r, 5),
    "gamma 0.7": lambda p, r: gamma(p, 0.7),
    "gamma 1.4": lambda p, r: gamma(p, 1.4),
    "15 % hidden": hidden,
}


def figures(items, logits, limit):
    """AUC of the swaps against their originals, pairs in order, swaps found and real clips called fake at `limit`."""
    paths = np.array([item.path for item in items])
    value = {p: robust_mean(logits[paths == p]) for p in np.unique(paths)}
    first = {item.path: item for item in items}
    swaps = [p for p in value if origin(first[p]) == "DeepFaceLive" and "/fake/" in p]
    originals = [p.replace("/fake/", "/real/") for p in swaps]
    real = [p for p in value if first[p].label == "real"]
    labels, both = [1] * len(swaps) + [0] * len(originals), [value[p] for p in swaps + originals]
    low, high = auc_interval(labels, both, [first[p].group for p in swaps + originals])
    return dict(auc=round(auc(labels, both), 4), low=round(low, 3), high=round(high, 3),
                pairs=sum(value[a] > value[b] for a, b in zip(swaps, originals)), of=len(swaps),
                found=sum(value[p] > limit for p in swaps), alarms=sum(value[p] > limit for p in real), real=len(real))


def attacked(net, pictures, eps, steps):
    """`pictures` (N x S x S x 3, uint8) moved by at most `eps` bytes towards "real"; uint8."""
    start = torch.from_numpy(pictures).permute(0, 3, 1, 2).float()
    x = start.clone()
    for _ in range(steps):
        x.requires_grad_(True)
        gradient = torch.autograd.grad(net(scaled(x)).sum(), x)[0]
        x = (x.detach() - max(eps / 4, 0.5) * gradient.sign()).clamp(0, 255)
        x = start + (x - start).clamp(-eps, eps)
    return x.detach().round().clamp(0, 255).byte().permute(0, 2, 3, 1).numpy()


def pgd(nets, crops, items, side, limit, steps=10):
    """Shares of swap crops above `limit`, before and after attacks of several strengths."""
    out = {}
    for eps in (0, 1, 2, 4):
        z = []
        for fold, net in nets.items():
            mine = [item for item, name in items if name == fold]
            if not mine:
                continue
            pictures = np.stack([view(crops.pixels(item), side) for item in mine])
            moved = attacked(net, pictures, eps, steps) if eps else pictures
            with torch.inference_mode():
                z.append(net(scaled(torch.from_numpy(moved).permute(0, 3, 1, 2))).numpy())
        z = np.concatenate(z)
        out[eps] = dict(crops=len(z), above=int((z > limit).sum()), mean=round(float(z.mean()), 3))
    return out


def owners(items):
    """[(item, fold)]: the first swap fold that holds an item back, else the first generator's; others are left out."""
    rules = fold_table.read()
    names = [n for n in rules if n.startswith("swap-")]
    names += [n for n in rules if n.startswith("out-") and n != "out-DeepFaceLive"]
    out = []
    for item in items:
        name = next((n for n in names if fold_table.holds(rules[n], item.group, origin(item))), None)
        if name:
            out.append((item, name))
    return out


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--crops", nargs="+", required=True)
    parser.add_argument("--data", required=True)
    parser.add_argument("--side", type=int, default=176)
    parser.add_argument("--folds", required=True, type=Path)
    parser.add_argument("--limit", type=float, required=True)
    parser.add_argument("--most", type=int, default=6)
    parser.add_argument("--out", required=True, type=Path)
    options = parser.parse_args()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    crops = Crops(options.crops, "forgery-wide", 208, options.data)
    clips = [i for i in crops.items if i.path.startswith("clips/") and (i.label == "real" or origin(i) == "DeepFaceLive")]
    items, report, nets = owners(spaced(clips, options.most)), {}, {}
    for fold in sorted({name for _, name in items}):
        nets[fold] = build("lite", options.side).eval().to(memory_format=torch.channels_last)
        nets[fold].load_state_dict(torch.load(options.folds / f"{fold}.pt", map_location="cpu", weights_only=True))
    for name, change in CHANGES.items():
        found, logits = [], []
        for fold, net in nets.items():
            rng, mine = np.random.default_rng(1), [item for item, owner in items if owner == fold]
            found += mine
            logits.append(scores(net, crops, mine, options.side, change=lambda p: change(p, rng))[0])
        report[name] = figures(found, np.concatenate(logits), options.limit)
        print(name, json.dumps(report[name]), flush=True)
    swaps = owners(spaced([i for i in clips if i.label == "fake"], 4))
    report["PGD, 10 steps"] = pgd(nets, crops, swaps, options.side, options.limit)
    print(json.dumps(report["PGD, 10 steps"]))
    options.out.write_text(json.dumps(report, indent=1) + "\n")


if __name__ == "__main__":
    main()
