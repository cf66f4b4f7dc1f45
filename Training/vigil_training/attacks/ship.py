"""Writes Models/spoof-face and Models/spoof-around, and the attack part of Calibration/scores.json.

    python -m vigil_training.attacks.ship --work DIR --imagenet FILE --models DIR --calibration FILE --date DAY [--fold N]

The heads are those of all rooms (or without fold N's, to judge its rooms with the program); weights, limits and
`live_quantiles` come from the scores of left-out rooms, rooms alike.
"""

import argparse
import hashlib
import json
from pathlib import Path

import numpy as np
import torch
from torch import nn

from ..nets import scaled
from ..regions import layout
from ..ship import crop_of, drawn_picture, write
from . import heads
from .features import stem_of
from .items import VIEWS, table
from .limits import ALARMS, alarm_limit, balanced, calibrated, joined, typical_quantiles
from .report import Scores
from .statistics import LIVE

NAMES = {"face": "spoof-face", "around": "spoof-around"}
RULES = {"face": "attack-face", "around": "attack-around"}


class Shipped(nn.Module):
    """The statistics of a view and the mean of its heads: N x 3 x S x S to N x 1."""

    def __init__(self, features, heads):
        super().__init__()
        self.features, self.heads = features, heads
        # One layer for all seeds: their mean is a sum over all hidden units.
        self.last = nn.Linear(heads.seeds * heads.hidden, 1)
        with torch.no_grad():
            self.last.weight.copy_(heads.last.reshape(1, -1) / heads.seeds)
            self.last.bias.fill_(heads.bias.mean())

    def forward(self, x):
        return self.last(torch.relu(self.heads.first(self.heads.standard(self.features(x)))))


def looked_at(view, imagenet, net):
    """A network of a view's heads that measures only the statistics which they look at."""
    used, position, names, kept = net.gain.numpy() != 0, 0, [], []
    for name, size in layout(heads.REGIONS[view], **heads.STATISTICS):
        if used[position : position + size].any():
            names.append(name)
            kept += range(position, position + size)
        position += size
    taps = tuple(name for name in names if name in heads.STATISTICS["taps"])
    return Shipped(stem_of(view, imagenet, taps=taps, tone="tone" in names, colour="colour" in names), net.cut(kept)).eval()


def seen(rule, cut, side):
    """The crop of the middle `side` pixels of a rule that cuts `cut`: the same pixels without the margin."""
    crop = crop_of(rule, side)
    factor = cut / side
    if crop["kind"] == "box":
        return {**crop, "scale": round(crop["scale"] / factor, 6)}
    return {**crop, "points": [[round(0.5 + (v - 0.5) * factor, 6) for v in point] for point in crop["points"]]}


def halved(place, least=1024):
    """Keeps the large weights of the network in folder `place` in 16 bits, and writes its hash and check anew.

    Each is followed by a Cast to 32 bits, which the program folds away when it loads: it computes as before.
    """
    import onnx
    import onnxruntime
    from onnx import TensorProto, helper, numpy_helper

    file = place / f"{place.name}.onnx"
    model = onnx.load(file)
    kept, casts = [], []
    for tensor in model.graph.initializer:
        values = numpy_helper.to_array(tensor)
        if values.dtype != np.float32 or values.size < least or np.abs(values).max() > 6e4:
            kept.append(tensor)
            continue
        kept.append(numpy_helper.from_array(values.astype(np.float16), tensor.name + ".half"))
        casts.append(helper.make_node("Cast", [tensor.name + ".half"], [tensor.name], to=TensorProto.FLOAT))
    nodes = casts + list(model.graph.node)
    del model.graph.initializer[:], model.graph.node[:]
    model.graph.initializer.extend(kept)
    model.graph.node.extend(nodes)
    onnx.checker.check_model(model)
    onnx.save(model, file)
    manifest = json.loads((place / "manifest.json").read_text())
    manifest["sha256"] = hashlib.sha256(file.read_bytes()).hexdigest()
    (place / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")
    picture = scaled(torch.from_numpy(drawn_picture(manifest["crop"]["width"])).permute(2, 0, 1)[None]).numpy()
    before = json.loads((place / "check.json").read_text())["logit"]
    answer = float(onnxruntime.InferenceSession(str(file)).run(None, {"picture": picture})[0].ravel()[0])
    if abs(answer - before) > 0.02:
        raise SystemExit(f"{file}: 16-bit weights give {answer}, 32-bit ones {before}")
    (place / "check.json").write_text(json.dumps(dict(logit=round(answer, 6), tolerance=1e-4)) + "\n")
    print(f"{file.name}: {file.stat().st_size} bytes, {answer:.6f} with 16-bit weights, {before:.6f} before")


def logistic(z):
    return 1 / (1 + np.exp(-z))


def calibration(scores, models):
    """The `spoof` part of scores.json: both views joined, then each alone; limits, quantiles of live faces."""
    part = scores.fold >= 0
    labels, rooms, entries, first = scores.label[part], scores.room[part], [], None
    sets = [list(range(len(scores.views)))] + [[k] for k in range(len(scores.views)) if len(scores.views) > 1]
    for columns in sets:
        x = scores.logits[part][:, columns]
        weights, bias = joined(x, labels, rooms)
        slope, base = calibrated(x @ weights + bias, labels, rooms)
        weights, bias = weights * slope, bias * slope + base
        members = [dict(name=NAMES[scores.views[k].removeprefix("logit:")], weight=round(float(w), 5))
                   for k, w in zip(columns, weights) if w > 0]
        for member in members:
            member["sha256"] = json.loads((models / member["name"] / "manifest.json").read_text())["sha256"]
        entries.append(dict(members=members, bias=round(float(bias), 5)))
        first = x @ weights + bias if first is None else first
    live = labels == LIVE
    limits = {policy: {word: round(float(max(logistic(alarm_limit(first[live], rooms[live], *share)), 0.02)), 4)
                       for word, share in zip(("suspect", "fake"), pair)} for policy, pair in ALARMS.items()}
    quantiles = typical_quantiles(first[live], rooms[live])
    return dict(joined=entries, limits=limits, live_quantiles=quantiles,
                balanced=round(float(logistic(balanced(first, labels, rooms))), 4))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", required=True, type=Path, help="what folds.py wrote")
    parser.add_argument("--imagenet", required=True)
    parser.add_argument("--models", required=True, type=Path)
    parser.add_argument("--calibration", type=Path, help="scores.json; its other questions stay")
    parser.add_argument("--date", required=True)
    parser.add_argument("--fold", default="all", help="heads without this fold's rooms")
    options = parser.parse_args()
    scores = Scores(table(options.work / "scores.tsv"))
    part = scores.fold >= 0
    for column, name in enumerate(scores.views):
        view = name.removeprefix("logit:")
        slope, bias = calibrated(scores.logits[part, column], scores.label[part], scores.room[part])
        net = heads.loaded(options.work / "heads" / f"{view}-{options.fold}.pt")
        rule, cut, side = VIEWS[view]
        write(looked_at(view, options.imagenet, net), options.models / NAMES[view], "spoof",
              seen(rule, cut, side), (1 / slope, bias))
        halved(options.models / NAMES[view])
    if options.calibration:
        kept = json.loads(options.calibration.read_text())
        found = calibration(scores, options.models)
        print("the limit with the smallest mean error:", found.pop("balanced"))
        kept["spoof"] = found
        kept["origin"] = {**kept["origin"], "date": options.date, "id": f"scores-{options.date}"}
        options.calibration.write_text(json.dumps(kept, indent=2, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
