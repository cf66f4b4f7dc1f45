"""Real faces that the joined forgery networks suspect, by the groups that UTKFace names, with intervals.

    python -m vigil_training.familyfairness --crops DIR... --data DATA --names LABELS.tsv --models DIR --calibration FILE
        [--before DIR FILE] --out FILE.tsv

One look at each crop that `vigil crops` cut by `forgery-wide` and `forgery-large`; members, weights and limits of the policy
standard come from the calibration. `--before`: other models and their calibration, for the same faces. NAMES: a table with the
columns path and original_name. Nothing learns from UTKFace.
"""

import argparse
import json
from pathlib import Path

import numpy as np
import torch

from .crops import Crops
from .degrade import view
from .fairness import groups, table
from .looks import SIDES, seen
from .metrics import share_interval
from .nets import scaled


class Joined:
    """The forgery score of a folder of models and a calibration."""

    def __init__(self, models, calibration):
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        question = json.loads(Path(calibration).read_text())["forgery"]
        self.bias, self.limits, self.members = question["joined"][0]["bias"], question["limits"]["standard"], []
        for member in question["joined"][0]["members"]:
            folder = Path(models) / member["name"]
            side = json.loads((folder / "manifest.json").read_text())["crop"]["width"]
            network = onnxruntime.InferenceSession(str(folder / f"{member['name']}.onnx"), options)
            self.members.append((network, side, member["weight"]))

    def probability(self, views):
        """Of one face, from {side: picture that a network of this side sees}."""
        total = self.bias
        for network, side, weight in self.members:
            x = scaled(torch.from_numpy(np.ascontiguousarray(views[side])).permute(2, 0, 1)[None]).contiguous().numpy()
            total += weight * float(network.run(None, {"picture": x})[0].ravel()[0])
        return 1 / (1 + np.exp(-total))


def counted(said, names, limits):
    """{group: [faces, suspect or fake, fake]} of {path: probability}."""
    found = {}
    for path, probability in said.items():
        for group in ["all", *groups(names.get(path, ""))]:
            entry = found.setdefault(group, [0, 0, 0])
            entry[0] += 1
            entry[1] += probability > limits["suspect"]
            entry[2] += probability > limits["fake"]
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--crops", nargs="+", required=True)
    parser.add_argument("--data", required=True)
    parser.add_argument("--names", required=True)
    parser.add_argument("--models", required=True)
    parser.add_argument("--calibration", required=True)
    parser.add_argument("--before", nargs=2, metavar=("MODELS", "CALIBRATION"))
    parser.add_argument("--out", required=True, type=Path)
    options = parser.parse_args()
    torch.set_num_threads(1)
    wide = Crops(options.crops, "forgery-wide", 208, options.data)
    large = Crops(options.crops, "forgery-large", 288, options.data)
    twin = {(i.path, i.frame, i.track): i for i in large.items}
    names = {row["path"]: row.get("original_name") or Path(row["path"]).name for row in table(options.names)}
    judges = {"before": Joined(*options.before)} if options.before else {}
    judges["now"] = Joined(options.models, options.calibration)
    said = {name: {} for name in judges}
    for item in wide.items:
        other = twin.get((item.path, item.frame, item.track))
        if item.label != "real" or other is None:
            continue
        views = {176: view(wide.pixels(item), 176), SIDES["lite2"][0]: seen(large.pixels(other), "lite2")}
        for name, judge in judges.items():
            said[name][item.path] = judge.probability(views)
    found = {name: counted(said[name], names, judge.limits) for name, judge in judges.items()}
    with open(options.out, "w") as file:
        print("group", "faces", *(f"{what} {name}" for name in judges for what in ("suspect or fake", "low", "high",
              "fake")), sep="\t", file=file)
        for group in sorted(found["now"], key=lambda g: (g != "all", g)):
            cells = []
            for name in judges:
                count, suspect, fake = found[name][group]
                low, high = share_interval(suspect, count)
                cells += [f"{suspect / count:.3f}", f"{low:.3f}", f"{high:.3f}", fake]
            print(group, found["now"][group][0], *cells, sep="\t", file=file)


if __name__ == "__main__":
    main()
