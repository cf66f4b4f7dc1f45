"""How the replay network holds under changed pictures and a white-box attack, on sources it was not trained on.

    python -m vigil_training.robust --statistics spoof-face.npz --crops DIR... --data DIR --imagenet FILE --out FILE.json

Each source is scored by the head trained without it; the limit is the shipped one (calibration over all left-out scores).
PGD (Madry et al. 2018): steps along the sign of the gradient in the crop's own pixels, within `eps` bytes, to make an
attack look live.
"""

import argparse
import json
from pathlib import Path

import cv2
import numpy as np
import torch

from .crops import Crops, origin
from .degrade import h264, jpeg, view
from .metrics import auc, share_interval
from .nets import scaled
from .pad import LIVE, View
from .regions import RegionFeatures
from .statistics import VIEWS, masks_of


def smaller(picture, factor):
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
    return (np.clip((np.arange(256) / 255) ** value, 0, 1) * 255).astype(np.uint8)[picture]


CHANGES = {
    "as it is": lambda p, r: p,
    "JPEG 90": lambda p, r: jpeg(p, 90),
    "JPEG 60": lambda p, r: jpeg(p, 60),
    "JPEG 30": lambda p, r: jpeg(p, 30),
    "H.264 crf 23": lambda p, r: h264(p, 23),
    "H.264 crf 35": lambda p, r: h264(p, 35),
    "face of 96 px": lambda p, r: smaller(p, 0.55),
    "blur, sigma 1": lambda p, r: cv2.GaussianBlur(p, (0, 0), 1.0),
    "noise, sigma 5": lambda p, r: np.clip(p + r.normal(0, 5, p.shape), 0, 255).astype(np.uint8),
    "gamma 0.7": lambda p, r: gamma(p, 0.7),
    "gamma 1.4": lambda p, r: gamma(p, 1.4),
    "15 % hidden": hidden,
}


def pgd(features, head, x, eps, steps=10):
    """Bytes / 128 moved by at most `eps` bytes to lower the logit."""
    start, size = x.clone(), eps / 128
    for _ in range(steps):
        x = x.detach().requires_grad_(True)
        head(features(x)).sum().backward()
        x = start + torch.clamp(x.detach() - size / 4 * x.grad.sign() - start, -size, size)
    return torch.clamp(x, -127 / 128, 1).detach()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--crops", required=True, nargs="+")
    parser.add_argument("--limit", type=float, required=True, help="the logit above which a face is refused")
    for name in ("statistics", "data", "imagenet", "out"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--most", type=int, default=60, help="crops of a source and label")
    options = parser.parse_args()
    torch.set_num_threads(1)
    rule, cut, part, side = VIEWS["spoof-face"]
    crops, seen = Crops(options.crops, rule, cut, options.data), View(options.statistics)
    setting = (("residual", 2), 0.2)
    short = RegionFeatures(masks_of("spoof-face"), options.imagenet, [2]).eval()
    rng, chosen = np.random.default_rng(7), {}
    for item in crops.items:
        if item.path.startswith(("pad", "clips")) and item.label in ("real", "attack"):
            source = LIVE if item.path.startswith("clips") else origin(item)
            chosen.setdefault((source, item.label), []).append(item)
    chosen = {k: [v[i] for i in rng.permutation(len(v))[: options.most]] for k, v in chosen.items()}
    width, found = short.size, {}

    def heads(source):
        head = seen.head([source], setting)
        return lambda s: (torch.clamp((s - head.mean[:width]) * head.gain[:width], -4, 4)
                          @ head.layers[1].weight[0, :width] + head.layers[1].bias)

    def batch(items, change):
        r = np.random.default_rng(1)
        pictures = [cv2.resize(view(np.ascontiguousarray(change(crops.pixels(i), r)), part), (side, side),
                               interpolation=cv2.INTER_AREA) for i in items]
        return scaled(torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2)).contiguous()

    attacks = sorted({s for s, label in chosen if label == "attack"})

    def row(name, scores):
        live = np.concatenate([v for (s, label), v in scores.items() if label == "real"])
        bad = np.concatenate([v for (s, label), v in scores.items() if label == "attack"])
        aucs = [auc([1] * len(scores[s, "attack"]) + [0] * len(scores[s, "real"]),
                    [*scores[s, "attack"], *scores[s, "real"]]) for s in attacks]
        found[name] = dict(auc=dict(zip(attacks, np.round(aucs, 3).tolist())), mean_auc=float(np.mean(aucs)),
                           refused=[int((live > options.limit).sum()), len(live)],
                           passed=[int((bad <= options.limit).sum()), len(bad)],
                           refused_interval=share_interval(int((live > options.limit).sum()), len(live)),
                           passed_interval=share_interval(int((bad <= options.limit).sum()), len(bad)))
        print(name, json.dumps(found[name]), flush=True)
        Path(options.out).write_text(json.dumps(found, indent=1) + "\n")

    clean = {}
    for name, change in CHANGES.items():
        scores = {}
        for key, items in chosen.items():
            x = batch(items, change)
            with torch.inference_mode():
                scores[key] = heads(key[0])(short(x)).numpy()
            if name == "as it is":
                clean[key] = scores[key]
        row(name, scores)
    for eps in (1, 2, 4):
        scores = dict(clean)
        for source in attacks:
            x = batch(chosen[source, "attack"][:30], CHANGES["as it is"])
            x = pgd(short, heads(source), x, eps)
            with torch.inference_mode():
                scores[source, "attack"] = heads(source)(short(x)).numpy()
        row(f"PGD, {eps} of 255", scores)


if __name__ == "__main__":
    main()
