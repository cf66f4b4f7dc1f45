"""What frozen networks say of crops: shipped networks' logits and region statistics, once for all heads.

    python -m vigil_training.looks --crops DIR... --data DATA --imagenet lite0=FILE lite2=FILE --models DIR --out FILE.npz

Reads `forgery-wide` (208 pixels) and `forgery-large` (288 pixels) crops of the same faces; only clips and the stills that
tests need. Output: one row a crop: path, frame, label, kind, group, scale, sharpness, `logit:NAME`, `lite0`, `lite2`.
"""

import argparse
import time
from pathlib import Path

import cv2
import numpy as np
import torch

from .crops import Crops, origin
from .degrade import view
from .nets import scaled
from .real import learnable
from .regions import RegionFeatures, face_regions
from .score import sharpness, spaced

# Side that each variant sees, and the side of the middle of a 288 pixel crop that shows the same part of the face.
SIDES = {"lite0": (176, 244), "lite2": (240, 244)}
# After which blocks a variant is looked at. The last stage of Lite2 won nothing on unseen families and costs a third.
LOOKED = {"lite0": None, "lite2": (3, 6, 10)}
WIDTH = {"lite0": 2605, "lite2": 1645, "tuned": 1645}  # statistics; tuned: tuned.py


def features(variant, imagenet):
    """Region statistics of a variant."""
    net = RegionFeatures(face_regions(SIDES[variant][0]), imagenet, LOOKED[variant], variant=variant)
    return net.eval().to(memory_format=torch.channels_last)


def seen(picture, variant):
    """A view of 244 pixels (or a crop of 288) as a variant sees it."""
    side, part = SIDES[variant]
    piece = view(picture, part) if picture.shape[0] > part else picture
    return cv2.resize(piece, (side, side), interpolation=cv2.INTER_AREA)


def statistics(net, pictures, coarse=False):
    """N x D of N pictures, uint8."""
    x = scaled(torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2)).contiguous(memory_format=torch.channels_last)
    with torch.inference_mode():
        return net(x, coarse).float().numpy()


def tested(item):
    """Every clip, and stills that nothing is learnt from."""
    if item.label not in ("real", "fake") or item.path.startswith("pad"):
        return False
    return item.path.startswith("clips/") or not learnable(item)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--crops", nargs="+", required=True)
    parser.add_argument("--data", required=True)
    parser.add_argument("--imagenet", nargs="+", required=True)
    parser.add_argument("--models", type=Path, required=True)
    parser.add_argument("--most", type=int, default=16)
    parser.add_argument("--out", required=True, type=Path)
    options = parser.parse_args()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    import onnxruntime

    setting = onnxruntime.SessionOptions()
    setting.intra_op_num_threads = setting.inter_op_num_threads = 1
    shipped = {f.name: onnxruntime.InferenceSession(str(f / f"{f.name}.onnx"), setting) for f in sorted(options.models.glob("forgery-*"))}
    nets = {name: features(name, file) for name, file in (given.split("=") for given in options.imagenet)}
    wide = Crops(options.crops, "forgery-wide", 208, options.data)
    large = Crops(options.crops, "forgery-large", 288, options.data)
    twin = {(i.path, i.frame, i.track): i for i in large.items}
    items = [i for i in spaced([i for i in wide.items if tested(i)], options.most) if (i.path, i.frame, i.track) in twin]
    found, start = {}, time.time()
    for first in range(0, len(items), 24):
        some = items[first : first + 24]
        small = [view(wide.pixels(i), 176) for i in some]
        big = [large.pixels(twin[i.path, i.frame, i.track]) for i in some]
        found.setdefault("sharpness", []).append([sharpness(np.ascontiguousarray(p)) for p in small])
        x = scaled(torch.from_numpy(np.stack(small)).permute(0, 3, 1, 2)).contiguous().numpy()
        for name, session in shipped.items():
            found.setdefault(f"logit:{name}", []).append(
                [session.run(None, {"picture": x[k : k + 1]})[0].ravel()[0] for k in range(len(x))])
        for name, net in nets.items():
            found.setdefault(name, []).append(
                statistics(net, small if name == "lite0" else [seen(p, name) for p in big]).astype(np.float16))
        if first % 960 == 0:
            print(f"{first} of {len(items)}, {time.time() - start:.0f} s", flush=True)
    about = {name: np.array([getattr(i, name) for i in items]) for name in ("path", "frame", "label", "kind", "group", "scale")}
    np.savez(options.out, origin=np.array([origin(i) for i in items]), **about, **{k: np.concatenate(v) for k, v in found.items()})


if __name__ == "__main__":
    main()
