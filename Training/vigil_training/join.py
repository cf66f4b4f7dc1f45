"""Writes the forgery part of Calibration/scores.json from the scores that fold networks gave to what they had not seen.

    python -m vigil_training.join --forgery DIR [--models DIR] --out FILE --date DAY

Weights, bias and limits as members.py found them (`docs/models-contract.md`). What the file says of attacks stays.
"""

import argparse
import json
from pathlib import Path

import numpy as np

# Shares of real faces above the limits (suspect, fake) of each policy.
ALARMS = {"low": (0.05, 0.01), "standard": (0.10, 0.05), "high": (0.20, 0.10)}


def limit(probability, weight, share):
    """The smallest probability above which at most `share` of the weight lies."""
    order = np.argsort(-probability)
    above = np.cumsum(weight[order]) / weight.sum()
    return float(probability[order][min(np.searchsorted(above, share), len(order) - 1)])


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


def origin(date):
    return dict(id=f"scores-{date}", date=date, data="left-out sources and groups: docs/measurements/networks.md",
                metric="log loss, sources and classes alike; limits at shares of real files of 1 to 20 %",
                tool="python -m vigil_training.join")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--forgery", type=Path, required=True)
    parser.add_argument("--models", type=Path, default=Path(__file__).parents[2] / "Models")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--date", required=True)
    options = parser.parse_args()
    out = dict(schema=1, origin=origin(options.date))
    if options.out.exists():  # what is not asked for now stays
        kept = json.loads(options.out.read_text())
        out.update({k: kept[k] for k in ("spoof", "forgery") if k in kept})
    out["forgery"] = forgery(json.loads((options.forgery / "report.json").read_text())["final"], options.models)
    options.out.write_text(json.dumps(out, indent=2, sort_keys=True) + "\n")
    print(json.dumps({k: out[k] for k in ("spoof", "forgery") if k in out}))


if __name__ == "__main__":
    main()
