"""How a forgery network holds under changed pictures and a white-box attack, on clips it was not trained on.

    python -m vigil_training.robust --crops DIR... --data DATA --weights FILE.pt --limit Z --out FILE.json

`--limit`: the logit above which a clip counts as forged. Clips: the live swaps and their originals, and all other real
ones. PGD (Madry et al. 2018): steps along the sign of the gradient in the crop's own pixels, within `eps` bytes, to make
a swap look real.
"""

import argparse
import json
from pathlib import Path

import cv2
import numpy as np
import torch

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


def pgd(net, crops, items, side, limit, steps=10):
    """Shares of swap crops above `limit`, before and after attacks of several strengths."""
    pictures = np.stack([view(crops.pixels(item), side) for item in items])
    out = {}
    for eps in (0, 1, 2, 4):
        moved = np.concatenate([attacked(net, pictures[i : i + 16], eps, steps) if eps else pictures[i : i + 16]
                                for i in range(0, len(pictures), 16)])
        with torch.inference_mode():
            z = torch.cat([net(scaled(torch.from_numpy(moved[i : i + 32]).permute(0, 3, 1, 2)))
                           for i in range(0, len(moved), 32)]).numpy()
        out[eps] = dict(crops=len(z), above=int((z > limit).sum()), mean=round(float(z.mean()), 3))
    return out


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--crops", nargs="+", required=True)
    parser.add_argument("--data", required=True)
    parser.add_argument("--net", default="lite")
    parser.add_argument("--side", type=int, default=176)
    parser.add_argument("--weights", required=True)
    parser.add_argument("--limit", type=float, required=True)
    parser.add_argument("--most", type=int, default=6)
    parser.add_argument("--out", required=True, type=Path)
    options = parser.parse_args()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    net = build(options.net, options.side)
    net.load_state_dict(torch.load(options.weights, map_location="cpu", weights_only=True))
    net.eval().to(memory_format=torch.channels_last)
    crops = Crops(options.crops, "forgery-wide", 208, options.data)
    clips = [i for i in crops.items if i.path.startswith("clips/") and (i.label == "real" or origin(i) == "DeepFaceLive")]
    items, report = spaced(clips, options.most), {}
    for name, change in CHANGES.items():
        rng = np.random.default_rng(1)
        logits = scores(net, crops, items, options.side, change=lambda p: change(p, rng))[0]
        report[name] = figures(items, logits, options.limit)
        print(name, json.dumps(report[name]), flush=True)
    swaps = spaced([i for i in clips if i.label == "fake"], 4)
    report["PGD, 10 steps"] = pgd(net, crops, swaps, options.side, options.limit)
    print(json.dumps(report["PGD, 10 steps"]))
    options.out.write_text(json.dumps(report, indent=1) + "\n")


if __name__ == "__main__":
    main()
