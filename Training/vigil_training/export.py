"""Trains the final heads on everything and writes the network as the program loads it.

    python -m vigil_training.export forgery|spoof --statistics FILE.npz... --imagenet FILE --scores DIR --out Models/NAME

The setting is the one most folds chose. Calibration (temperature and bias) is fitted on the scores of the folds, which
come from networks that had not seen those groups. Output: NAME.onnx, manifest.json, check.json (a drawn picture and
the logit PyTorch gives for it, for the program's own test).
"""

import argparse
import csv
import hashlib
import json
from collections import Counter
from pathlib import Path

import numpy as np
import torch

from .calibrate import fit
from .heads import Table, train
from .nets import scaled
from .regions import RegionFeatures, RegionNet, box_regions, face_regions
from .statistics import SIDES

LICENCE = ("Head: the project's licence. Stem: EfficientNet-Lite0 trained on ImageNet, Apache-2.0. Trained on pictures "
           "of which several sets bar commercial use: see MODEL.md")


def drawn_picture(side):
    """A picture made by a formula, so that a test in another language can draw it too."""
    y, x, c = np.mgrid[0:side, 0:side, 0:3]
    return ((x * 7 + y * 13 + c * 29 + (x * y) % 31 * 3) % 256).astype(np.uint8)


def input_rule():
    return dict(colour="rgb", layout="nchw", scale=[1 / 128] * 3, bias=[-127 / 128] * 3)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("task", choices=SIDES)
    parser.add_argument("--statistics", nargs="+", required=True)
    parser.add_argument("--imagenet", required=True)
    parser.add_argument("--scores", required=True, type=Path, help="what heads.py wrote")
    parser.add_argument("--rules", type=Path, default=Path(__file__).parent.parent / "rules")
    parser.add_argument("--heads", type=int, default=3)
    parser.add_argument("--out", required=True, type=Path)
    options = parser.parse_args()
    side = SIDES[options.task][1]
    table = Table(options.statistics)
    report = json.loads((options.scores / "folds.json").read_text())
    votes = Counter(json.dumps(fold["setting"], sort_keys=True) for fold in report.values())
    setting = json.loads(votes.most_common(1)[0][0])
    rows = np.arange(len(table.label))
    heads = [train(table, rows, setting, seed) for seed in range(options.heads)]
    masks = face_regions(side) if options.task == "forgery" else box_regions(side)
    net = RegionNet(RegionFeatures(masks, options.imagenet), heads).eval()

    options.out.mkdir(parents=True, exist_ok=True)
    name = options.out.name
    place = options.out / f"{name}.onnx"
    picture = scaled(torch.from_numpy(drawn_picture(side)).permute(2, 0, 1)[None])
    torch.onnx.export(net, (picture,), str(place), input_names=["picture"], output_names=["logit"], opset_version=17,
                      dynamo=False, do_constant_folding=False)
    with torch.inference_mode():
        expected = float(net(picture)[0, 0])
    import onnxruntime

    found = float(onnxruntime.InferenceSession(str(place)).run(None, {"picture": picture.numpy()})[0].ravel()[0])
    if abs(found - expected) > 1e-4:
        raise SystemExit(f"ONNX Runtime gives {found}, PyTorch {expected}")

    with open(options.scores / "scores.tsv", newline="") as file:
        scores = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    temperature, bias = fit(scores, options.task)
    crop = json.loads((options.rules / f"{options.task}.json").read_text())["crop"]
    manifest = dict(schema=1, name=name, task=options.task, file=place.name,
                    sha256=hashlib.sha256(place.read_bytes()).hexdigest(), licence=LICENCE, crop=crop,
                    input=input_rule(), output=dict(kind="logit", count=1, positive=[0]),
                    calibration=dict(temperature=round(temperature, 4), bias=round(bias, 4)))
    (options.out / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")
    check = dict(picture="(7 x + 13 y + 29 c + 3 (x y mod 31)) mod 256", logit=round(expected, 6), tolerance=1e-4,
                 torch=torch.__version__)
    (options.out / "check.json").write_text(json.dumps(check, indent=2) + "\n")
    print(f"{place}: {place.stat().st_size} bytes, setting {setting}, PyTorch {expected:.6f}, ONNX Runtime {found:.6f}")


if __name__ == "__main__":
    main()
