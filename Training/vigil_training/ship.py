"""Writes a network as the program loads it: NAME.onnx, manifest.json, check.json (docs/models-contract.md)."""

import argparse
import hashlib
import json
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from .looks import SIDES
from .looks import features as frozen
from .members import counts
from .nets import build, scaled
from .regions import Head, RegionNet
from .statistics import features_of
from .temporal import LEAST, LENGTH, Several, TimeNet

RULES = Path(__file__).parent.parent / "rules"
LICENCE = ("Trained weights: the project's licence, made with pictures of which several sets bar commercial use, see "
           "MODEL.md. Stem: EfficientNet-Lite0 trained on ImageNet, Apache-2.0")


def drawn_picture(side):
    """A picture made by a formula, so that a test in another language can draw it too."""
    y, x, c = np.mgrid[0:side, 0:side, 0:3]
    return ((x * 7 + y * 13 + c * 29 + (x * y) % 31 * 3) % 256).astype(np.uint8)


class Mapped(nn.Module):
    """A network trained end to end, with the map whose mean (and the bias) is its logit: N x 1 and N x 1 x h x w.

    With `features` also what a network over time reads: N x channels.
    """

    def __init__(self, net, features=False):
        super().__init__()
        self.net, self.features = net, features

    def forward(self, x):
        maps = self.net.maps(x)
        line = self.net.last
        cells = F.conv2d(maps, line.weight[:, :, None, None])
        pooled = maps.mean((2, 3))
        return (line(pooled), cells, pooled) if self.features else (line(pooled), cells)


def exported(net, file, given, outputs):
    """Writes `net` as ONNX and compares ONNX Runtime with PyTorch on `given`; gives PyTorch's answers."""
    file.parent.mkdir(parents=True, exist_ok=True)
    net = net.eval()
    torch.onnx.export(net, (given,), str(file), input_names=["picture"], output_names=list(outputs), opset_version=17,
                      dynamo=False)
    with torch.inference_mode():
        answer = net(given)
    answer = answer if isinstance(answer, tuple) else (answer,)
    expected = float(answer[0][0, 0])
    import onnxruntime

    found = float(onnxruntime.InferenceSession(str(file)).run(None, {"picture": given.numpy()})[0].ravel()[0])
    if abs(found - expected) > 1e-4:
        raise SystemExit(f"ONNX Runtime gives {found}, PyTorch {expected}")
    print(f"{file.name}: {file.stat().st_size} bytes, PyTorch {expected:.6f}, ONNX Runtime {found:.6f}")
    return answer


def described(file, task, **parts):
    """Writes the manifest beside a network."""
    manifest = dict(schema=1, name=file.stem, task=task, file=file.name,
                    sha256=hashlib.sha256(file.read_bytes()).hexdigest(), licence=LICENCE, **parts)
    (file.parent / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")


def write(net, place, task, crop, calibration, outputs=("logit",)):
    """Exports `net` to folder `place`, compares ONNX Runtime with PyTorch, writes manifest and check."""
    file = place / f"{place.name}.onnx"
    picture = scaled(torch.from_numpy(drawn_picture(crop["width"])).permute(2, 0, 1)[None]).contiguous()
    answer = exported(net, file, picture, outputs)
    described(file, task, crop=crop, input=dict(colour="rgb", layout="nchw", scale=[1 / 128] * 3, bias=[-127 / 128] * 3),
              output=dict(kind="logit", count=1, positive=[0], **{name: name for name in outputs[1:]}),
              calibration=dict(temperature=round(calibration[0], 4), bias=round(calibration[1], 4)))
    check = dict(logit=round(float(answer[0][0, 0]), 6), tolerance=1e-4)
    if "map" in outputs:
        check["map_mean"] = round(float(answer[outputs.index("map")].mean()), 6)
    (place / "check.json").write_text(json.dumps(check) + "\n")


def drawn_steps(count):
    """Features of LENGTH steps made by a formula (docs/models-contract.md)."""
    step, feature = np.mgrid[0:LENGTH, 0:count]
    return torch.from_numpy((((7 * step + 13 * feature) % 31) / 31 - 0.5).astype(np.float32))[None]


def over_time(name, of, weights, models):
    """Writes a network over the features of `of` (temporal.py)."""
    state = torch.load(weights, map_location="cpu", weights_only=True)
    count = 1 + max(int(key.split(".")[1]) for key in state)
    net = Several([TimeNet(state["nets.0.mean"], 1 / state["nets.0.gain"]) for _ in range(count)])
    net.load_state_dict(state)
    file = models / name / f"{name}.onnx"
    answer = exported(net, file, drawn_steps(len(state["nets.0.mean"])), ("logit",))
    described(file, "forgery", sequence=dict(of=of, length=LENGTH, least=LEAST),
              output=dict(kind="logit", count=1, positive=[0]), calibration=dict(temperature=1.0, bias=0.0))
    (file.parent / "check.json").write_text(json.dumps(dict(logit=round(float(answer[0][0, 0]), 6), tolerance=1e-4)) + "\n")


def crop_of(rule, side):
    """The crop of a rule in rules/, at another number of pixels."""
    crop = json.loads((RULES / f"{rule}.json").read_text())["crop"]
    return {**crop, "width": side, "height": side}


def middle_of(rule, part, side):
    """The crop that shows the middle `part` pixels of a rule's crop in `side` pixels."""
    crop = json.loads((RULES / f"{rule}.json").read_text())["crop"]
    edge = (crop["width"] - part) / 2
    points = [[round((v * crop["width"] - edge) / part, 7) for v in point] for point in crop["points"]]
    return {**crop, "width": side, "height": side, "points": points}


def main():
    parser = argparse.ArgumentParser(description="Exports forgery networks from what finetune.py, heads.py and familyheads.py wrote.")
    parser.add_argument("--imagenet", required=True)
    parser.add_argument("--forgery", nargs="*", default=[],
                        help="NAME=KIND:PLACE; KIND: lite, noise, heads, lite0-heads, lite2-heads, time-NAME")
    parser.add_argument("--report", type=Path, help="of members.py: what has a weight, and what it picked")
    parser.add_argument("--models", type=Path, default=Path(__file__).parents[2] / "Models")
    options = parser.parse_args()
    given = dict(map(parsed, options.forgery))
    entry = dict(weights=dict.fromkeys(given, 1.0), picked={})
    if options.report:
        entry = json.loads(options.report.read_text())["final"]
    members("all", given, entry, options.imagenet, options.models)


def members(fold, given, entry, imagenet, models):
    """Writes the members `given` ({name: (kind, place)}) that count in an entry of members.py's report, as of `fold`."""
    wanted = {name: (kind, weights(fold, place, entry["picked"].get(name))) for name, (kind, place) in given.items()
              if counts(entry, name)}
    for _, place in wanted.values():
        if not place.exists():
            return print(f"{fold} left out: no {place}")
    fed = {kind.removeprefix("time-") for kind, _ in wanted.values() if kind.startswith("time-")}
    for name, (kind, place) in wanted.items():
        forgery(name, kind, place, imagenet, models, name in fed)
    print(f"{fold}: {', '.join(wanted)}; without a weight: {', '.join(set(given) - set(wanted)) or 'none'}")


def parsed(given):
    """NAME=KIND:PLACE."""
    name, rest = given.split("=", 1)
    kind, place = rest.split(":", 1)
    return name, (kind, Path(place))


def weights(name, place, picked):
    """The file of the network of a fold (or `all`): what members.py picked, else PLACE or PLACE/FOLD.pt."""
    place = Path(picked) if picked else place
    return place / f"{name}.pt" if place.is_dir() else place.with_suffix(".pt")


def forgery(name, kind, weights, imagenet, models, features=False):
    """Writes one member of the forgery score: `heads` (heads.py), a network of nets.py, or `time-NAME` over that one's
    features (temporal.py), which that one then has to give.
    """
    if kind.startswith("time-"):
        return over_time(name, kind.removeprefix("time-"), weights, models)
    if kind == "heads":
        return write(regions(weights, imagenet), models / name, "forgery", crop_of("forgery", 176), (1.0, 0.0))
    if kind.endswith("-heads"):
        variant = kind.removesuffix("-heads")
        net = RegionNet(frozen(variant, imagenet), loaded(weights))
        return write(net, models / name, "forgery", middle_of("forgery-large", SIDES[variant][1], SIDES[variant][0]), (1.0, 0.0))
    net = build(kind, 176)
    net.load_state_dict(torch.load(weights, map_location="cpu", weights_only=True))
    write(Mapped(net, features), models / name, "forgery", crop_of("forgery", 176), (1.0, 0.0),
          ("logit", "map", "features") if features else ("logit", "map"))


def regions(weights, imagenet):
    """Heads of heads.py on their statistics, as one network."""
    return RegionNet(features_of(imagenet), loaded(weights))


def loaded(weights):
    """The heads that heads.py or familyheads.py wrote to a file."""
    kept = torch.load(weights, map_location="cpu", weights_only=True)
    heads = []
    for state in kept["states"]:
        heads.append(Head(state["mean"], 1 / state["gain"], kept["hidden"], 0.0).eval())
        heads[-1].load_state_dict(state)
    return heads


if __name__ == "__main__":
    main()
