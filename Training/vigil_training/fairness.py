"""False alarms of the program by the groups that UTKFace names (age_gender_ethnicity in a picture's first name).

    vigil evaluate --question forgery --only faces/utkface --scores SCORES.tsv DATA/LABELS.tsv
    python -m vigil_training.fairness --data DATA --scores SCORES.tsv --calibration Calibration/scores.json --out FILE.json

One look at each picture, by the networks as the program joins them; limits of the policy for "fake". UTKFace is in no
training of theirs. A picture in which the program found no face is counted, not judged.
"""

import argparse
import csv
import json
from pathlib import Path

import numpy as np

from .metrics import share_interval

PEOPLE = ("White", "Black", "Asian", "Indian", "other")
AGES = ((0, 18), (18, 30), (30, 45), (45, 60), (60, 200))


def groups(name):
    """The groups a file name puts a picture in; none when it says nothing."""
    parts = Path(name).name.split("_")
    if len(parts) < 3 or not all(p.isdigit() for p in parts[:2]):
        return []
    age, out = int(parts[0]), ["male" if parts[1] == "0" else "female"]
    out.append(next(f"age {a}-{b - 1}" if b < 200 else f"age {a} and older" for a, b in AGES if a <= age < b))
    if parts[2].isdigit() and int(parts[2]) < len(PEOPLE):
        out.append(PEOPLE[int(parts[2])])
    return out


def table(path):
    with open(path, newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def spoofed(row, question):
    """The spoof probability of a line of scores; None when its network said nothing."""
    rule = question["joined"][0]
    logits = [row.get("logit:" + member["name"]) for member in rule["members"]]
    if not all(logits):
        return None
    total = rule["bias"] + sum(m["weight"] * float(z) for m, z in zip(rule["members"], logits))
    return 1 / (1 + np.exp(-total))


def tables(rows, names, rules, policy):
    """{question: {group: counts and interval}} and how many pictures had no face."""
    found, without = {"forgery": {}, "spoof": {}}, 0
    for row in rows:
        without += not row["probability"]
        said = {"forgery": float(row["probability"]) if row["probability"] else None}
        said["spoof"] = spoofed(row, rules["spoof"]) if "spoof" in rules else None
        for question, probability in said.items():
            if probability is None:
                continue
            alarm = probability >= rules[question]["limits"][policy]["fake"]
            for group in ["all", *groups(names.get(row["path"], ""))]:
                found[question].setdefault(group, []).append((alarm, probability))
    out = {}
    for question, lists in found.items():
        out[question] = {}
        for group, values in sorted(lists.items()):
            alarms = int(sum(a for a, _ in values))
            low, high = share_interval(alarms, len(values))
            out[question][group] = dict(pictures=len(values), alarms=alarms, low=round(low, 4), high=round(high, 4),
                                        median=round(float(np.median([p for _, p in values])), 3))
    return out, without


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True, type=Path)
    parser.add_argument("--scores", required=True, type=Path)
    parser.add_argument("--calibration", required=True, type=Path)
    parser.add_argument("--policy", default="standard")
    parser.add_argument("--out", required=True, type=Path)
    options = parser.parse_args()
    names = {row["path"]: row.get("original_name") or "" for row in table(options.data / "LABELS.tsv")}
    report, without = tables(table(options.scores), names, json.loads(options.calibration.read_text()), options.policy)
    for question, entries in report.items():
        for group, e in entries.items():
            print(f"| {question} | {group} | {e['alarms']} of {e['pictures']} = {100 * e['alarms'] / e['pictures']:.1f} % | "
                  f"[{100 * e['low']:.1f}, {100 * e['high']:.1f}] | {e['median']:.2f} |")
    print(f"without a face: {without}")
    options.out.write_text(json.dumps(dict(report, without=without), indent=1) + "\n")


if __name__ == "__main__":
    main()
