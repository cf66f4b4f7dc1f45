"""A network of longrun.py as one member of the forgery score: its own logit, and region statistics of its tuned blocks.

    python -m vigil_training.tuned --weights FILE --crops DIR... --data DATA --looks FILE.npz --made DIR... --out DIR

What frozen blocks say is known from looks.py and made.py; here the same crops and views (PART.rgb of `made --views`) go through
the tuned blocks. Output: DIR/looks.npz (the table with the columns `tuned` and `logit:longrun`) and DIR/made/PART.npz, which
familyheads.py reads with `--variant tuned`. Parts that are there are left alone.
"""

import argparse
import time
from pathlib import Path

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from .crops import Crops
from .degrade import view
from .longrun import VARIANT, network
from .looks import LOOKED, SIDES, WIDTH, seen
from .made import SIDE
from .nets import scaled
from .regions import RegionFeatures, face_regions


class Tuned(nn.Module):
    """N x 3 x S x S to N x (D + 1): region statistics of the tuned blocks, and last the logit."""

    def __init__(self, net):
        super().__init__()
        self.features = RegionFeatures(face_regions(SIDES[VARIANT][0]), None, LOOKED[VARIANT], variant=VARIANT)
        self.features.stem.load_state_dict(net.stem.state_dict())
        self.features.blocks.load_state_dict(net.blocks[: len(self.features.blocks)].state_dict())
        self.head, self.last = net.head, net.last

    def forward(self, x):
        statistics, maps = self.features.with_maps(x)
        pooled = F.adaptive_avg_pool2d(self.head(maps), 1).flatten(1)
        return torch.cat([statistics, self.last(pooled)], 1)


def of_weights(file):
    """The network whose averaged weights longrun.py wrote to `file`."""
    net = network()
    net.load_state_dict(torch.load(file, map_location="cpu", weights_only=True))
    return Tuned(net.eval()).eval()


def said(net, views):
    """N x (D + 1) of views, uint8."""
    x = scaled(torch.from_numpy(np.stack([seen(v, VARIANT) for v in views])).permute(0, 3, 1, 2))
    with torch.inference_mode():
        return net(x.contiguous(memory_format=torch.channels_last)).numpy()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weights", required=True)
    parser.add_argument("--crops", nargs="+", required=True)
    parser.add_argument("--data", required=True)
    parser.add_argument("--looks", required=True)
    parser.add_argument("--made", nargs="*", default=[], type=Path)
    parser.add_argument("--most", type=int, default=10**9, help="crops of a file")
    parser.add_argument("--out", required=True, type=Path)
    options = parser.parse_args()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    (options.out / "made").mkdir(parents=True, exist_ok=True)
    net, start = of_weights(options.weights), time.time()
    if not (options.out / "looks.npz").exists():
        table = dict(np.load(options.looks))
        crops = Crops(options.crops, "forgery-large", 288, options.data)
        at, seen_of = {(i.path, i.frame): i for i in crops.items}, {}
        rows = []
        for row, key in enumerate(zip(table["path"], table["frame"])):
            seen_of[key[0]] = seen_of.get(key[0], 0) + (key in at)
            if key in at and seen_of[key[0]] <= options.most:
                rows.append(row)
        found = np.full((len(table["path"]), WIDTH[VARIANT] + 1), np.nan, np.float32)
        for first in range(0, len(rows), 24):
            some = rows[first : first + 24]
            found[some] = said(net, [view(crops.pixels(at[table["path"][r], table["frame"][r]]), SIDE) for r in some])
            if first % 480 == 0:
                print(f"{first} of {len(rows)} crops, {time.time() - start:.0f} s", flush=True)
        kept = {name: column[rows] for name, column in table.items() if name not in ("lite0", "lite2")}
        np.savez(options.out / "looks.npz", **kept, tuned=found[rows, :-1].astype(np.float16), **{"logit:longrun": found[rows, -1]})
    for part in sorted(file for folder in options.made for file in folder.glob("*.rgb")):
        file = options.out / "made" / f"{part.parent.name}-{part.stem}.npz"
        if file.exists() or not part.with_suffix(".npz").exists():
            continue
        about = np.load(part.with_suffix(".npz"))
        views = np.memmap(part, np.uint8, "r").reshape(-1, SIDE, SIDE, 3)
        found = np.concatenate([said(net, views[k : k + 24]) for k in range(0, len(views), 24)])
        np.savez(file, **{name: about[name] for name in ("kind", "path", "group", "fake")}, tuned=found[:, :-1].astype(np.float16),
                 longrun=found[:, -1])
        print(f"{file.name}: {time.time() - start:.0f} s", flush=True)


if __name__ == "__main__":
    main()
