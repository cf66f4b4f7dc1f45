"""How the network against presentation attacks holds under changed pictures, each source by the head without it.

    python -m vigil_training.padrobust --crops DIR... --data DATA --pad DIR --imagenet FILE --out FILE.json

`--pad`: what pad.py wrote. Changes are made to the crop before the network's view is cut, as a worse camera or call would.
Errors are counted at probability 0.5 of the calibration that the other sources gave. At most `--most` files of a class
and source, `--frames` crops of a clip; both evenly spaced.
"""

import argparse
import json
from pathlib import Path

import cv2
import numpy as np
import torch

from .crops import Crops
from .degrade import view
from .metrics import auc, robust_mean
from .nets import scaled
from .pad import LIVE, rates
from .robust import CHANGES
from .score import spaced
from .ship import load
from .statistics import VIEWS, features_of


def source_of(path):
    """The source as pad.py names it."""
    return LIVE if path.startswith("clips") else path.split("/")[1]


def chosen(items, most):
    """At most `most` files of each class and source, evenly spaced by name."""
    groups = {}
    for item in items:
        groups.setdefault((source_of(item.path), item.label), set()).add(item.path)
    keep = set()
    for names in groups.values():
        names = sorted(names)
        places = np.unique(np.linspace(0, len(names) - 1, min(most, len(names))).astype(int))
        keep |= {names[i] for i in places}
    return [item for item in items if item.path in keep]


def logits(net, heads, pictures, sources):
    """Each picture's logit by the head that left its source out."""
    values = []
    for start in range(0, len(pictures), 32):
        x = torch.from_numpy(np.stack(pictures[start : start + 32])).permute(0, 3, 1, 2)
        with torch.inference_mode():
            statistics = net(scaled(x).contiguous(memory_format=torch.channels_last))
            for row, source in zip(statistics, sources[start : start + 32]):
                head, slope, bias = heads[source]
                values.append(slope * float(head(row[None])[0]) + bias)
    return np.array(values)


def figures(items, values):
    """By source and over all: AUC, rates, and the mean of both rates over sources that have enough of both classes."""
    files = {}
    for item, value in zip(items, values):
        files.setdefault((source_of(item.path), item.path, item.label == "attack"), []).append(value)
    rows = [(source, int(attack), robust_mean(v)) for (source, _, attack), v in files.items()]
    out = {}
    for source in sorted({r[0] for r in rows}):
        labels, z = zip(*((a, v) for s, a, v in rows if s == source))
        out[source] = dict(auc=auc(labels, z), **rates(labels, z))
    labels, z = zip(*((a, v) for _, a, v in rows))
    out["all"] = dict(auc=auc(labels, z), **rates(labels, z))
    return out


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--crops", nargs="+", required=True)
    for name in ("data", "imagenet"):
        parser.add_argument(f"--{name}", required=True)
    for name in ("pad", "out"):
        parser.add_argument(f"--{name}", required=True, type=Path)
    parser.add_argument("--most", type=int, default=60)
    parser.add_argument("--frames", type=int, default=4)
    options = parser.parse_args()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    rule, cut, part, side = VIEWS["spoof-face"]
    crops = Crops(options.crops, rule, cut, options.data)
    items = [i for i in crops.items if (i.path.startswith("pad") and i.label in ("real", "attack")) or
             (i.path.startswith("clips") and i.label == "real")]
    items = spaced(chosen(items, options.most), options.frames)
    told = json.loads((options.pad / "report.json").read_text())
    heads = {}
    for source in {source_of(i.path) for i in items}:
        entry = told[source]["spoof-face"]
        heads[source] = (load(options.pad / f"spoof-face-{source.replace(' ', '-')}.pt")[0].eval(), entry["slope"],
                         entry["bias"])
    net = features_of("spoof-face", options.imagenet).to(memory_format=torch.channels_last)
    report = {}
    for name, change in CHANGES.items():
        rng, pictures = np.random.default_rng(1), []
        for item in items:
            changed = np.ascontiguousarray(change(crops.pixels(item), rng))
            pictures.append(cv2.resize(view(changed, part), (side, side), interpolation=cv2.INTER_AREA))
        report[name] = figures(items, logits(net, heads, pictures, [source_of(i.path) for i in items]))
        print(name, json.dumps(report[name]["all"]), flush=True)
    options.out.write_text(json.dumps(report, indent=1) + "\n")


if __name__ == "__main__":
    main()
