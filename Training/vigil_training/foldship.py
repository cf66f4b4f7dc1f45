"""Writes the forgery networks of each fold as the program loads them, to measure it on what a fold holds back.

    python -m vigil_training.foldship --imagenet FILE --member NAME=KIND:DIR... --report FILE --out DIR --date DAY

DIR holds FOLD.pt (foldtune.py, heads.py), or is one file that serves all folds. Output: OUT/FOLD/Models/NAME/ and
OUT/FOLD/Calibration/scores.json, with the weights, bias and limits that were fitted without the fold (members.py).
"""

import argparse
import json
from pathlib import Path

from . import folds as fold_table
from .join import forgery as joined
from .join import origin
from .ship import members, parsed


def fold(name, given, entry, options):
    """One fold's folder; members without a weight are left out."""
    models = options.out / name / "Models"
    members(name, given, entry, options.imagenet, models)
    if not models.exists():
        return
    out = options.out / name / "Calibration" / "scores.json"
    out.parent.mkdir(parents=True, exist_ok=True)
    scores = dict(schema=1, origin=origin(options.date), forgery=joined(entry, models))
    out.write_text(json.dumps(scores, indent=2, sort_keys=True) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--imagenet", required=True)
    parser.add_argument("--member", nargs="+", required=True, help="NAME=KIND:PLACE; KIND: lite, noise or heads")
    parser.add_argument("--report", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--date", required=True)
    options = parser.parse_args()
    given = dict(map(parsed, options.member))
    report = json.loads(options.report.read_text())
    for name in fold_table.read():
        if name in report:
            fold(name, given, report[name], options)


if __name__ == "__main__":
    main()
