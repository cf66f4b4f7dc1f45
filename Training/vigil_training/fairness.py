"""False alarms of a forgery network by the groups that UTKFace names (age_gender_ethnicity in the file name).

    python -m vigil_training.fairness --crops DIR --data DATA --weights FILE.pt --limit Z --out FILE.json
"""

import argparse
import csv
import json
from pathlib import Path

import numpy as np
import torch

from .crops import Crops, origin
from .metrics import share_interval
from .nets import build
from .score import scores

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


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--crops", nargs="+", required=True)
    parser.add_argument("--data", required=True)
    parser.add_argument("--net", default="lite")
    parser.add_argument("--side", type=int, default=176)
    parser.add_argument("--weights", required=True)
    parser.add_argument("--limit", type=float, required=True)
    parser.add_argument("--out", required=True, type=Path)
    options = parser.parse_args()
    torch.set_num_threads(1)
    net = build(options.net, options.side)
    net.load_state_dict(torch.load(options.weights, map_location="cpu", weights_only=True))
    net.eval().to(memory_format=torch.channels_last)
    with open(Path(options.data) / "LABELS.tsv", newline="") as file:
        rows = {r["path"]: list(r.values())[-1] for r in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)}
    crops = Crops(options.crops, "forgery-wide", 208, options.data)
    items = [item for item in crops.items if origin(item) == "utkface"]
    logits = scores(net, crops, items, options.side)[0]
    tables = {}
    for item, logit in zip(items, logits):
        for name in ["all", *groups(rows[item.path])]:
            tables.setdefault(name, []).append(logit)
    report = {}
    for name, values in sorted(tables.items()):
        alarms = int((np.array(values) > options.limit).sum())
        low, high = share_interval(alarms, len(values))
        report[name] = dict(pictures=len(values), alarms=alarms, low=round(low, 3), high=round(high, 3),
                            median=round(float(np.median(values)), 3))
        print(name, json.dumps(report[name]))
    options.out.write_text(json.dumps(report, indent=1) + "\n")


if __name__ == "__main__":
    main()
