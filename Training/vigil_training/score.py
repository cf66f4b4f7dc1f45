"""What a trained network says of every crop that some fold tests on: logits, features and sharpness.

    python -m vigil_training.score --crops DIR... --data DATA --net lite --weights FILE.pt --out FILE.npz
"""

import argparse
from pathlib import Path

import cv2
import numpy as np
import torch

from .crops import Crops, origin
from .degrade import view
from .nets import build, scaled
from .pairs import HALVED, held_half

TESTED = ("dfdc_crops", "yonsei", "mesonet_samples", "celebrity_photos", "ffhq_stylegan2", "no_mask", "utkface")


def tested(item):
    """Whether a crop belongs to the test of some fold; none of these is learnt from end to end."""
    source = origin(item)
    if source in HALVED and item.label == "real":
        return held_half(item.path)
    return item.path.startswith("clips/") or source in TESTED


def sharpness(picture):
    """Variance of the Laplacian of the inner face: the trivial baseline."""
    edge = picture.shape[0] // 4
    grey = cv2.cvtColor(picture[edge:-edge, edge:-edge], cv2.COLOR_RGB2GRAY)
    return float(np.log1p(cv2.Laplacian(grey, cv2.CV_32F).var()))


def answers(net, pictures):
    """(logits, features) of N x S x S x 3 pictures, uint8; networks without maps give no features."""
    x = scaled(torch.from_numpy(pictures).permute(0, 3, 1, 2)).contiguous(memory_format=torch.channels_last)
    with torch.inference_mode():
        if not hasattr(net, "maps"):
            return net(x).numpy(), np.zeros((len(x), 0), np.float32)
        maps = net.maps(x)
        return net.decide(maps).numpy(), maps.mean((2, 3)).numpy()


def scores(net, crops, items, side, batch=32, change=None):
    """Of each item its logit, features and sharpness. `change` alters a picture before its view is cut."""
    logits, features, sharp = [], [], []
    for start in range(0, len(items), batch):
        pictures = []
        for item in items[start : start + batch]:
            picture = crops.pixels(item)
            picture = view(picture if change is None else change(picture), side)
            pictures.append(picture)
            sharp.append(sharpness(np.ascontiguousarray(picture)))
        a, b = answers(net, np.stack(pictures))
        logits.append(a)
        features.append(b)
    return np.concatenate(logits), np.concatenate(features), np.array(sharp, np.float32)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--crops", nargs="+", required=True)
    parser.add_argument("--data", required=True)
    parser.add_argument("--net", default="lite")
    parser.add_argument("--side", type=int, default=176)
    parser.add_argument("--weights", required=True)
    parser.add_argument("--most", type=int, default=100, help="crops of one file, evenly spaced")
    parser.add_argument("--out", required=True, type=Path)
    options = parser.parse_args()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    net = build(options.net, options.side)
    net.load_state_dict(torch.load(options.weights, map_location="cpu", weights_only=True))
    net.eval().to(memory_format=torch.channels_last)
    crops = Crops(options.crops, "forgery-wide", 208, options.data)
    items = spaced([item for item in crops.items if tested(item) and item.label in ("real", "fake")], options.most)
    logits, features, sharp = scores(net, crops, items, options.side)
    save(options.out, items, logits, features, sharp)


def save(file, items, logits, features, sharp):
    """Scores beside what the crops are."""
    np.savez(file, logit=logits, features=features, sharpness=sharp,
             label=np.array([int(item.label == "fake") for item in items]), scale=np.array([i.scale for i in items]),
             path=np.array([i.path for i in items]), frame=np.array([i.frame for i in items]),
             group=np.array([i.group for i in items]), origin=np.array([origin(i) for i in items]))


def spaced(items, most):
    """At most `most` crops of each file, evenly spaced in time."""
    files = {}
    for item in items:
        files.setdefault(item.path, []).append(item)
    out = []
    for members in files.values():
        members.sort(key=lambda item: item.frame)
        step = max(len(members) / most, 1)
        out += [members[int(i * step)] for i in range(min(most, len(members)))]
    return out


if __name__ == "__main__":
    main()
