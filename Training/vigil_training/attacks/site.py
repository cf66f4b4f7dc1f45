"""What shifting a room's limit by its own live people brings, rooms left out: the rule of `vigil calibrate scores --live`.

    python -m vigil_training.attacks.site SCORES.tsv scores.json

SCORES.tsv: joined.tsv of report.py (label, source: the room, probability by networks that had not seen it). Half of a room's live
pictures, drawn at random, shift the limit; the other half and its attacks are judged before and after. Rooms with fewer
than 20 live pictures or 10 attacks are left out.
"""
import argparse
import csv
import json
import pathlib

import numpy as np

UPPER = ("50", "75", "90")


def logit(probability):
    return np.log(probability / (1 - probability))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("scores", type=pathlib.Path)
    parser.add_argument("rules", type=pathlib.Path)
    options = parser.parse_args()
    rows = list(csv.DictReader(open(options.scores, newline=""), delimiter="\t"))
    question = json.loads(options.rules.read_text())["spoof"]
    typical = {percent: float(value) for percent, value in question["live_quantiles"].items()}
    values = logit(np.clip([float(row["probability"]) for row in rows], 1e-6, 1 - 1e-6))
    attacked = np.array([row["label"] == "attack" for row in rows])
    rooms = np.array([row["source"] for row in rows])
    most = typical["99"] - typical["50"]
    for name, limit in (("suspect", logit(question["limits"]["standard"]["suspect"])), ("one half", 0.0)):
        random = np.random.default_rng(0)
        errors = {"before": [], "after": []}
        for room in sorted(set(rooms)):
            live, attacks = np.flatnonzero((rooms == room) & ~attacked), np.flatnonzero((rooms == room) & attacked)
            if len(live) < 20 or len(attacks) < 10:
                continue
            random.shuffle(live)
            own, rest = np.split(live, [len(live) // 2])
            apart = np.percentile(values[own], [float(percent) for percent in UPPER]) - [typical[percent] for percent in UPPER]
            for when, at in (("before", limit), ("after", limit + np.clip(apart.mean(), -most, most))):
                errors[when].append(((values[attacks] < at).mean(), (values[rest] >= at).mean()))
        for when, found in errors.items():
            passed, refused = np.mean(found, axis=0)
            mean = np.mean(found, axis=1)
            print(f"{name}, {when}: {len(found)} rooms, APCER {passed:.3f}, BPCER {refused:.3f}, "
                  f"mean {mean.mean():.3f}, worst {mean.max():.3f}")


if __name__ == "__main__":
    main()
