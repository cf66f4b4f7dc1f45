"""Pairs of a real face and a forgery made of it, kind by kind, with the statistics that heads learn from.

    python -m vigil_training.made --crops DIR... --data DATA --generators DIR --imagenet lite0=FILE lite2=FILE --out DIR --pairs 6000

Kinds: `blend` (self-blended), `replace` (another's or the own face, filtered as a swap is) and the generators of
generators.py. Both halves of a pair go through the same camera and codec. Output: parts of 240 pairs, PART.npz; parts that
are there are left alone, so a stopped run goes on. PART.rgb: the views, when --views is given.
"""

import argparse
import time
from pathlib import Path

import cv2
import numpy as np
import torch

from .blend import _between, mask, self_blended, sharpness
from .crops import Crops
from .degrade import degraded, view
from .generators import KINDS, Drawn
from .looks import features, seen, statistics
from .real import Reals
from .swaps import _joined, matched, replaced, warped

SIDE = 244
PART = 240
MOUTH = [*range(2, 15), *range(31, 36)]


def put_back(frame, points, inner, rng, lower=False):
    """`frame` with `inner` in the place of its face (or lower face), colours matched and the border soft; uint8."""
    height, width = frame.shape[:2]
    outer, inner = np.float32(frame), np.float32(inner)
    if lower:
        weight = np.zeros((height, width), np.float32)
        cv2.fillConvexPoly(weight, cv2.convexHull(np.int32(points[MOUTH])), 1.0)
        weight = cv2.GaussianBlur(weight, (0, 0), _between(rng, 1.5, 8))
    else:
        weight = mask(points, (height, width), rng)
    if rng.random() < 0.8:
        inner = matched(inner, outer, weight, _between(rng, 0.5, 1.0))
    if rng.random() < 0.25:  # tools sharpen what their generators blur
        inner = inner + (inner - cv2.GaussianBlur(inner, (0, 0), _between(rng, 0.7, 2.0))) * _between(rng, 0.3, 1.2)
    elif rng.random() < 0.2:
        inner = np.float32(sharpness(np.float32(np.clip(inner, 0, 255)), rng))
    if rng.random() < 0.3:
        weight = weight * _between(rng, 0.55, 0.95)
    return _joined(np.clip(inner, 0, 255), outer, weight, rng)


def whole(picture, drawn, side, rng):
    """(real, fake) of a picture that a generator drew as a whole; half of the time the real one is as coarse."""
    if rng.random() < 0.5:
        size = picture.shape[:2]
        small = cv2.resize(picture, (side, side), interpolation=cv2.INTER_AREA)
        picture = cv2.resize(small, size[::-1], interpolation=int(rng.choice((cv2.INTER_LINEAR, cv2.INTER_CUBIC))))
    if rng.random() < 0.3:
        drawn = drawn + (drawn - cv2.GaussianBlur(drawn, (0, 0), 1.5)) * _between(rng, 0.2, 1.0)
    return picture, np.clip(drawn, 0, 255).astype(np.uint8)


def pair(kind, reals, generators, rng):
    """(real, fake, item): two views of SIDE pixels, alike in everything but the forgery."""
    number = reals.draw(rng)
    item = reals.items[number]
    picture, points = reals.crops.pixels(item), item.points
    if kind == "blend":
        real, fake = self_blended(picture, points, rng)
    else:
        frame = degraded(picture, rng) if rng.random() < 0.5 else picture
        inner = frame
        if rng.random() < 0.5 and not kind.startswith(("mouth", "talker")):
            donor = reals.donor(number, rng)
            inner = warped(reals.crops.pixels(donor), donor.points, points, rng)
        if kind == "replace":
            real, fake = replaced(frame, points, inner, rng)
        else:
            drawn = generators.redrawn(kind, np.clip(inner, 0, 255).astype(np.uint8), rng)
            if kind.startswith("talker"):
                real, fake = whole(frame, drawn, KINDS[kind][0], rng)
            else:
                real, fake = frame, put_back(frame, points, drawn, rng, kind.startswith("mouth"))
    seed = int(rng.integers(1 << 62))
    return [observed(half, seed) for half in (real, fake)], item


def observed(picture, seed):
    """A picture as a camera, a call or a file shows it, and a view of it; the same for the same seed."""
    rng = np.random.default_rng(seed)
    out = degraded(picture, rng) if rng.random() < 0.75 else picture
    return np.ascontiguousarray(view(out, SIDE, rng))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--crops", nargs="+", required=True)
    parser.add_argument("--data", required=True)
    parser.add_argument("--generators", default="", help="folder of generators.py")
    parser.add_argument("--imagenet", nargs="+", required=True)
    parser.add_argument("--out", required=True, type=Path)
    parser.add_argument("--pairs", type=int, default=6000)
    parser.add_argument("--kinds", nargs="*", help="only these")
    parser.add_argument("--first", type=int, default=0, help="number of the first part")
    parser.add_argument("--views", action="store_true")
    options = parser.parse_args()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    options.out.mkdir(parents=True, exist_ok=True)
    reals = Reals(Crops(options.crops, "forgery-large", 288, options.data))
    generators = Drawn(options.generators)
    kinds = options.kinds or ["blend", "replace", *generators.nets]
    nets = {name: features(name, file) for name, file in (given.split("=") for given in options.imagenet)}
    start = time.time()
    for number in range(options.first, options.first + options.pairs // PART):
        file = options.out / f"{number:04}.npz"
        if file.exists():
            continue
        rng, views, about = np.random.default_rng([number, 7]), [], []
        for step in range(PART):
            kind = kinds[step % len(kinds)]
            halves, item = pair(kind, reals, generators, rng)
            views += halves
            about.append((kind, item.path, item.group))
        if options.views:
            np.stack(views).tofile(file.with_suffix(".rgb"))
        found = {name: np.concatenate([statistics(net, [seen(v, name) for v in views[k : k + 24]], coarse=True)
                                       for k in range(0, len(views), 24)]).astype(np.float16) for name, net in nets.items()}
        kind, path, group = (np.array(column).repeat(2) for column in zip(*about))
        np.savez(file, kind=kind, path=path, group=group, fake=np.arange(len(views)) % 2, **found)
        print(f"{number}: {time.time() - start:.0f} s", flush=True)


if __name__ == "__main__":
    main()
