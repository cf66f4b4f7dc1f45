"""Live faces that are called attacks, by group: UTKFace's names and a measure of skin tone, with intervals.

    python -m vigil_training.attacks.fairness --crops DIR... --data DIR... --scores DIR/scores.tsv --calibration FILE
        [--before FILE.onnx SCORES.json] --out FILE.tsv

Skin tone: the individual typology angle (Chardon, Cretois and Hourseau 1991), arctan((L* - 50) / b*) in degrees, of the
median colour of both cheeks; it says how the picture shows the skin, light and camera included. Names of the classes as there.
A group stands out when the lower end of its interval is above 1.5 times the mean share of all groups of its kind.
"""

import argparse
import json
from pathlib import Path

import cv2
import numpy as np

from ..fairness import groups
from ..metrics import share_interval
from .items import VIEWS, Pixels, faces, labels, main_faces, table
from .ship import NAMES

TONES = ((55, "very light"), (41, "light"), (28, "intermediate"), (10, "tan"), (-30, "brown"), (-91, "dark"))
CHEEKS = ((0.37, 0.63), (0.63, 0.63))  # in parts of the crop that the network sees; the eyes are at 0.36 and 0.64, 0.45
RATIO = 1.5


def typology_angle(face, side=160):
    """The angle in degrees of an aligned crop (RGB, uint8)."""
    edge = (face.shape[0] - side) // 2
    patches = []
    for x, y in CHEEKS:
        x, y = int(edge + x * side), int(edge + y * side)
        patches.append(face[y - 8 : y + 8, x - 8 : x + 8].reshape(-1, 3))
    colour = np.median(np.concatenate(patches), 0).astype(np.float32)[None, None] / 255
    lightness, _, yellow = cv2.cvtColor(colour, cv2.COLOR_RGB2Lab)[0, 0]
    return float(np.degrees(np.arctan2(lightness - 50, max(abs(yellow), 1e-3))))


def tone(angle):
    return next(name for least, name in TONES if angle > least)


def crops_of(folders, roots):
    """{path: aligned crop with its margin}, one face a file."""
    known, found = labels(roots), {}
    for folder in folders:
        pixels = Pixels(folder)
        for item in main_faces(faces(folder, roots, known)):
            found.setdefault(item.path, pixels.view("face", item))
    return found


def members_of(name):
    """{kind of group: group} that a file's own name says."""
    kinds = {}
    for group in groups(name):
        kind = "age" if group.startswith("age") else "sex" if group in ("male", "female") else "people"
        kinds[kind] = group
    return kinds


def shares(refused, kinds):
    """[(kind, group, wrong, of, low, high, stands out)] of {path: refused} and {path: {kind: group}}."""
    lines = [("all", "all", sum(refused.values()), len(refused), *share_interval(sum(refused.values()), len(refused)), False)]
    for kind in sorted({k for one in kinds.values() for k in one}):
        counted = {}
        for path, one in kinds.items():
            if kind in one and path in refused:
                wrong, count = counted.get(one[kind], (0, 0))
                counted[one[kind]] = (wrong + refused[path], count + 1)
        mean = np.mean([wrong / count for wrong, count in counted.values()])
        for name, (wrong, count) in sorted(counted.items()):
            low, high = share_interval(wrong, count)
            lines.append((kind, name, wrong, count, low, high, bool(low > RATIO * mean)))
    return lines


def probability(question, logits):
    """By the first set whose members all have logits."""
    for entry in question["joined"]:
        if all(member["name"] in logits for member in entry["members"]):
            return 1 / (1 + np.exp(-entry["bias"] - sum(m["weight"] * logits[m["name"]] for m in entry["members"])))
    raise SystemExit("no set of networks fits the scores")


def by_network(file, crops, side=112):
    """{path: logit} of a network that sees the aligned crop at `side` pixels, the middle 160 of the cut made smaller."""
    import onnxruntime

    session = onnxruntime.InferenceSession(str(file))
    name, cut, width = session.get_inputs()[0].name, *VIEWS["face"][1:]
    edge, found = (cut - width) // 2, {}
    for path, picture in crops.items():
        small = cv2.resize(picture[edge : edge + width, edge : edge + width], (side, side), interpolation=cv2.INTER_AREA)
        x = ((small.astype(np.float32) - 127) / 128).transpose(2, 0, 1)[None]
        found[path] = float(session.run(None, {name: np.ascontiguousarray(x)})[0].ravel()[0])
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--crops", required=True, nargs="+", type=Path)
    parser.add_argument("--data", required=True, nargs="+")
    parser.add_argument("--scores", required=True, type=Path)
    parser.add_argument("--calibration", required=True, type=Path)
    parser.add_argument("--policy", default="standard")
    parser.add_argument("--before", nargs=2, metavar=("ONNX", "SCORES_JSON"), help="an earlier spoof-face and its calibration")
    parser.add_argument("--out", required=True, type=Path)
    options = parser.parse_args()
    crops = crops_of(options.crops, options.data)
    known = labels(options.data)
    kinds = {path: {**members_of(known[path].get("original_name") or path), "skin tone": tone(typology_angle(picture))}
             for path, picture in crops.items()}
    question, said = json.loads(options.calibration.read_text())["spoof"], {}
    for row in table(options.scores):
        if row["path"] in crops:
            logits = {NAMES[k.removeprefix("logit:")]: float(v) for k, v in row.items() if k.startswith("logit:")}
            said[row["path"]] = probability(question, logits)
    limit = question["limits"][options.policy]["fake"]
    runs = {"after": {path: p >= limit for path, p in said.items()}}
    if options.before:
        earlier = json.loads(Path(options.before[1]).read_text())["spoof"]
        logits = by_network(options.before[0], {path: crops[path] for path in said})
        runs["before"] = {path: probability(earlier, {"spoof-face": z}) >= earlier["limits"][options.policy]["fake"]
                          for path, z in logits.items()}
    with open(options.out, "w") as file:
        print("run", "kind", "group", "refused", "of", "share", "low", "high", "above 1.5 times the mean", sep="\t", file=file)
        for run, refused in sorted(runs.items(), reverse=True):
            for kind, name, wrong, count, low, high, out in shares(refused, kinds):
                print(run, kind, name, wrong, count, f"{wrong / count:.4f}", f"{low:.4f}", f"{high:.4f}", "yes" if out else "",
                      sep="\t", file=file)


if __name__ == "__main__":
    main()
