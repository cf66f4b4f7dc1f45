"""False alarms of the shipped forgery networks by the groups that UTKFace names (age_gender_ethnicity in a name).

    python -m vigil_training.fairness --crops DIR --data DATA --models DIR --scores FILE.json --out FILE.json

The networks in `--models` are joined as `--scores` (Calibration/scores.json) says. UTKFace is in no training of theirs.
One look at each picture.
"""

import argparse
import csv
import json
from pathlib import Path

import numpy as np
import onnxruntime

from .crops import Crops, origin
from .degrade import view
from .metrics import share_interval

PEOPLE = ("White", "Black", "Asian", "Indian", "other")


def groups(name):
    """The groups a file name puts a picture in; none when it says nothing."""
    parts = Path(name).name.split("_")
    if len(parts) < 3 or not all(p.isdigit() for p in parts[:2]):
        return []
    age, out = int(parts[0]), ["male" if parts[1] == "0" else "female"]
    out.append(next(f"age {a}-{b - 1}" for a, b in ((0, 18), (18, 30), (30, 45), (45, 60), (60, 200)) if a <= age < b))
    if parts[2].isdigit() and int(parts[2]) < len(PEOPLE):
        out.append(PEOPLE[int(parts[2])])
    return out


def joined(rule, models, crops, items):
    """The logit that the networks of `rule` together give each crop."""
    total = np.full(len(items), float(rule["bias"]))
    for member in rule["members"]:
        session = onnxruntime.InferenceSession(str(models / member["name"] / f"{member['name']}.onnx"))
        side = session.get_inputs()[0].shape[2]
        for i, item in enumerate(items):
            x = (view(crops.pixels(item), side).astype(np.float32).transpose(2, 0, 1)[None] - 127) / 128
            total[i] += member["weight"] * float(session.run(None, {session.get_inputs()[0].name: x})[0].ravel()[0])
    return total


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--crops", nargs="+", required=True)
    parser.add_argument("--data", required=True)
    parser.add_argument("--models", required=True, type=Path)
    parser.add_argument("--scores", required=True, type=Path)
    parser.add_argument("--origin", default="utkface")
    parser.add_argument("--out", required=True, type=Path)
    options = parser.parse_args()
    with open(Path(options.data) / "LABELS.tsv", newline="") as file:
        rows = {r["path"]: list(r.values())[-1] for r in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)}
    crops = Crops(options.crops, "forgery-wide", 208, options.data)
    items = [item for item in crops.items if origin(item) == options.origin]
    question = json.loads(options.scores.read_text())["forgery"]
    bound = question["limits"]["standard"]["fake"]
    limit, logits = np.log(bound / (1 - bound)), joined(question["joined"][0], options.models, crops, items)
    tables = {}
    for item, logit in zip(items, logits):
        for name in ["all", *groups(rows[item.path])]:
            tables.setdefault(name, []).append(logit)
    report = {}
    for name, values in sorted(tables.items()):
        alarms = int((np.array(values) > limit).sum())
        low, high = share_interval(alarms, len(values))
        report[name] = dict(pictures=len(values), alarms=alarms, low=round(low, 3), high=round(high, 3),
                            median=round(float(np.median(values)), 3))
        print(name, json.dumps(report[name]))
    options.out.write_text(json.dumps(report, indent=1) + "\n")


if __name__ == "__main__":
    main()
