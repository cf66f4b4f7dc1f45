"""Writes Calibration/scores.json from the scores that fold networks gave to what they had not seen.

    python -m vigil_training.join [--pad DIR] [--forgery DIR] [--models DIR] --out FILE --date DAY

Factor and bias by Platt's method with sources and classes alike, for attacks as fitted, for forgeries as members.py did, and limits at fixed
shares of false alarms (`docs/models-contract.md`). What an untrained question needs is left out.
"""

import argparse
import csv
import json
from pathlib import Path

import numpy as np

from .calibrate import platt
from .pad import source_weights

# Shares of real faces above the limits (suspect, fake) of each policy.
ALARMS = {"low": (0.05, 0.01), "standard": (0.10, 0.05), "high": (0.20, 0.10)}


def limit(probability, weight, share):
    """The smallest probability above which at most `share` of the weight lies."""
    order = np.argsort(-probability)
    above = np.cumsum(weight[order]) / weight.sum()
    return float(probability[order][min(np.searchsorted(above, share), len(order) - 1)])


def question(name, models, logits, labels, sources):
    weight = source_weights(sources, labels)
    slope, bias = platt(logits, labels, weight)
    if slope <= 0:
        raise SystemExit(f"{name}: the scores do not rank; a calibration would only hide that")
    probability = 1 / (1 + np.exp(-(slope * logits + bias)))
    real = labels == 0
    limits = {policy: dict(zip(("suspect", "fake"), (round(limit(probability[real], weight[real], s), 4) for s in pair)))
              for policy, pair in ALARMS.items()}
    sha = json.loads((models / name / "manifest.json").read_text())["sha256"]
    member = dict(name=name, sha256=sha, weight=round(float(slope), 5))
    return dict(joined=[dict(members=[member], bias=round(float(bias), 5))], limits=limits)


def forgery(final, models):
    """The members with a weight, and limits that real files exceed at the wanted shares.

    `final`: an entry of members.py's report, `final` itself or that of a fold.
    """
    sets = []
    for entry in [final["over"], final] if "over" in final else [final]:
        members = [dict(name=name, weight=round(weight, 5),
                        sha256=json.loads((models / name / "manifest.json").read_text())["sha256"])
                   for name, weight in entry["weights"].items() if weight > 0]
        if not members:
            raise SystemExit("forgery: the scores do not rank; a calibration would only hide that")
        sets.append(dict(members=members, bias=round(entry["bias"], 5)))
    return dict(joined=sets, limits=final["limits"])


def table(folder):
    with open(folder / "scores.tsv", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def origin(date):
    return dict(id=f"scores-{date}", date=date, data="left-out sources and groups: docs/measurements/networks.md",
                metric="log loss, sources and classes alike; limits at shares of real files of 1 to 20 %",
                tool="python -m vigil_training.join")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pad", type=Path)
    parser.add_argument("--forgery", type=Path)
    parser.add_argument("--models", type=Path, default=Path(__file__).parents[2] / "Models")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--date", required=True)
    options = parser.parse_args()
    out = dict(schema=1, origin=origin(options.date))
    if options.out.exists():  # what is not asked for now stays
        kept = json.loads(options.out.read_text())
        out.update({k: kept[k] for k in ("spoof", "forgery") if k in kept})
    if options.pad:
        rows = table(options.pad)
        labels = np.array([row["label"] == "attack" for row in rows], int)
        out["spoof"] = question("spoof-face", options.models, np.array([float(r["logit:spoof-face"]) for r in rows]),
                                labels, [row["source"] for row in rows])
    if options.forgery:
        out["forgery"] = forgery(json.loads((options.forgery / "report.json").read_text())["final"], options.models)
    options.out.write_text(json.dumps(out, indent=2, sort_keys=True) + "\n")
    print(json.dumps({k: out[k] for k in ("spoof", "forgery") if k in out}))


if __name__ == "__main__":
    main()
