"""What left-out rooms show: errors at one limit, kinds, cues beside it, calibration, the shift of a site's limit.

    python -m vigil_training.attacks.report --scores DIR/scores.tsv --out DIR [--table FILE.tsv]

Output: DIR/report.json, and DIR/joined.tsv, from which `vigil evaluate --given probability --question spoof`
counts the AUC of each room again.

The limit, the weights of the views and the calibration of a room come from the rooms of the other folds; all rooms
weigh the same. Intervals are 95 %: a bootstrap over rooms. A room counts with its mean of APCER and BPCER if it has both classes.
"""

import argparse
import json
from pathlib import Path

import numpy as np

from ..metrics import auc, share_interval
from .items import table
from .limits import balanced, calibrated, joined, shifted, typical_quantiles, worst_mean
from .statistics import ATTACK, CUES, LIVE, alike

LEAST = 5  # files of each class for a room's mean error
SITE = 15  # live files that a site's calibration sees; they are in no test


class Scores:
    """scores.tsv of folds.py as arrays; files without a believed label are left out."""

    def __init__(self, rows):
        rows = [row for row in rows if row["label"] in ("real", "attack")]
        self.views = [name for name in rows[0] if name.startswith("logit:")]
        self.path = np.array([row["path"] for row in rows])
        self.room = np.array([row["room"] for row in rows])
        self.fold = np.array([int(row["fold"]) for row in rows])
        self.kind = np.array([row["kind"] for row in rows])
        self.whole = np.array([row["frames"] == "whole" for row in rows])
        self.label = np.array([ATTACK if row["label"] == "attack" else LIVE for row in rows])
        self.logits = np.array([[float(row[name]) for name in self.views] for row in rows])
        self.cues = np.array([[float(row[name]) for name in CUES] for row in rows])


def by_others(scores, columns):
    """(values, limits): for each file the joined score and the limit, both learnt on the rooms of the other folds."""
    values, limits = np.zeros(len(scores.label)), np.zeros(len(scores.label))
    for fold in sorted(set(scores.fold[scores.fold >= 0])):
        held, other = scores.fold == fold, (scores.fold >= 0) & (scores.fold != fold)
        weights, bias = joined(columns[other], scores.label[other], scores.room[other])
        slope, base = calibrated(columns[other] @ weights + bias, scores.label[other], scores.room[other])
        said = slope * (columns @ weights + bias) + base
        values[held] = said[held]
        limits[held] = balanced(said[other], scores.label[other], scores.room[other])
    return values, limits


def cue_columns(scores):
    """Cues and their squares about the mean, for the baseline: what tells without looking at the picture's content."""
    z = (scores.cues - scores.cues[scores.fold >= 0].mean(0)) / (scores.cues[scores.fold >= 0].std(0) + 1e-6)
    return np.concatenate([z, -z, z * z, -z * z], 1)  # weights are never negative: both signs


def of_rooms(scores, values, limits, part):
    """{room: counts, AUC, APCER, BPCER} of the files `part`."""
    found = {}
    for room in np.unique(scores.room[part]):
        here = part & (scores.room == room)
        attack, live = here & (scores.label == ATTACK), here & (scores.label == LIVE)
        refused = values > limits
        entry = dict(live=int(live.sum()), attacks=int(attack.sum()), whole=bool(scores.whole[here][0]))
        if live.any():
            entry["bpcer"] = round(float(refused[live].mean()), 4)
        if attack.any():
            entry["apcer"] = round(float((~refused)[attack].mean()), 4)
        if min(live.sum(), attack.sum()) >= LEAST:
            entry["auc"] = round(auc(scores.label[here], values[here]), 4)
            entry["error"] = round((entry["apcer"] + entry["bpcer"]) / 2, 4)
        found[str(room)] = entry
    return found


def interval(values, rounds=2000, seed=0):
    """95 % bootstrap interval of a mean; the values are of rooms."""
    values = np.asarray([v for v in values if v == v])
    if len(values) < 2:
        return [float("nan")] * 2
    drawn = np.random.default_rng(seed).choice(values, (rounds, len(values))).mean(1)
    return [round(float(v), 4) for v in np.percentile(drawn, [2.5, 97.5])]


def summary(rooms):
    """Means over rooms with both classes, with intervals; the worst room and the mean of the worst tenth."""
    both = {name: room for name, room in rooms.items() if "error" in room}
    errors, areas = [r["error"] for r in both.values()], [r["auc"] for r in both.values()]
    if not both:
        return {}
    worst = max(both, key=lambda name: both[name]["error"])
    return dict(rooms=len(both), files=sum(r["live"] + r["attacks"] for r in rooms.values()),
                error=round(float(np.mean(errors)), 4), error_interval=interval(errors), worst=[worst, both[worst]["error"]],
                worst_tenth=round(worst_mean(errors), 4), auc=round(float(np.mean(areas)), 4), auc_interval=interval(areas),
                median_auc=round(float(np.median(areas)), 4), least_auc=min(areas),
                apcer=round(float(np.mean([r["apcer"] for r in both.values()])), 4),
                bpcer=round(float(np.mean([r["bpcer"] for r in rooms.values() if "bpcer" in r])), 4))


def of_kinds(scores, values, limits):
    """For each kind of attack: over rooms that have it, its APCER and the live faces' BPCER, and their mean."""
    found, refused = {}, values > limits
    for kind in sorted(set(scores.kind[(scores.label == ATTACK) & (scores.fold >= 0)])):
        lines, passed, count = [], 0, 0
        for room in np.unique(scores.room[scores.kind == kind]):
            attack = (scores.room == room) & (scores.kind == kind) & (scores.label == ATTACK)
            live = (scores.room == room) & (scores.label == LIVE)
            passed, count = passed + int((~refused)[attack].sum()), count + int(attack.sum())
            if attack.sum() >= LEAST and live.sum() >= LEAST:
                lines.append(((~refused)[attack].mean(), refused[live].mean(),
                              auc(scores.label[attack | live], values[attack | live])))
        if lines:
            lines = np.array(lines)
            found[kind] = dict(rooms=len(lines), passed=passed, of=count,
                               passed_interval=[round(v, 3) for v in share_interval(passed, count)],
                               apcer=round(float(lines[:, 0].mean()), 4), bpcer=round(float(lines[:, 1].mean()), 4),
                               error=round(float(lines[:, :2].mean()), 4), error_interval=interval(lines[:, :2].mean(1)),
                               auc=round(float(lines[:, 2].mean()), 4))
    return found


def calibration_error(scores, values, bins=10):
    """Expected calibration error with rooms and classes alike."""
    part = scores.fold >= 0
    said, labels = 1 / (1 + np.exp(-values[part])), scores.label[part]
    weight = alike(scores.room[part], labels)
    place = np.minimum((said * bins).astype(int), bins - 1)
    return round(float(sum(abs((weight * (said - labels))[place == b].sum()) for b in range(bins)) / weight.sum()), 4)


def site_shift(scores, values, limits, shares=(0.0, 0.25, 0.5, 0.75, 1.0)):
    """{share: [mean error over rooms before (share 0) or after]} when SITE live files of the room move its limit.

    The reference quantiles of a room are those of the live files of the other folds. The first SITE live files, in the
    order of their names, are the site's; nothing is measured on them.
    """
    found = {share: {} for share in shares}
    for room in np.unique(scores.room[scores.fold >= 0]):
        here = scores.room == room
        live = np.flatnonzero(here & (scores.label == LIVE))
        attack = np.flatnonzero(here & (scores.label == ATTACK))
        if len(live) < SITE + LEAST or len(attack) < LEAST:
            continue
        live = live[np.argsort(scores.path[live])]
        site, test = live[:SITE], live[SITE:]
        other = (scores.fold >= 0) & (scores.fold != scores.fold[live[0]]) & (scores.label == LIVE)
        reference = typical_quantiles(values[other], scores.room[other])
        for share in shares:
            limit = shifted(limits[live[0]], values[site], reference, share)
            found[share][str(room)] = (float((values[attack] <= limit).mean()), float((values[test] > limit).mean()))
    return {str(share): dict(rooms=len(pairs), error=round(float(np.mean(list(pairs.values()))), 4),
                             worst=round(max(float(np.mean(pair)) for pair in pairs.values()), 4),
                             worst_tenth=round(worst_mean([np.mean(pair) for pair in pairs.values()]), 4),
                             apcer=round(float(np.mean([p[0] for p in pairs.values()])), 4),
                             bpcer=round(float(np.mean([p[1] for p in pairs.values()])), 4),
                             interval=interval([np.mean(pair) for pair in pairs.values()]))
            for share, pairs in found.items() if pairs}


def studied(scores):
    """The whole report, and the values and limits of the joined score."""
    part, report = scores.fold >= 0, {}
    named = {name.removeprefix("logit:"): scores.logits[:, [k]] for k, name in enumerate(scores.views)}
    if len(named) > 1:
        named["joined"] = scores.logits
    named["cues alone"] = cue_columns(scores)
    named["joined and cues"] = np.concatenate([scores.logits, cue_columns(scores)], 1)
    for name, columns in named.items():
        values, limits = by_others(scores, columns)
        rooms = of_rooms(scores, values, limits, part)
        report[name] = dict(all=summary(rooms), whole=summary({k: r for k, r in rooms.items() if r["whole"]}),
                            tight=summary({k: r for k, r in rooms.items() if not r["whole"]}))
        if name == "joined" or len(scores.views) == 1 and name in scores.views[0]:
            report[name].update(rooms=rooms, kinds=of_kinds(scores, values, limits),
                                calibration_error=calibration_error(scores, values),
                                site=site_shift(scores, values, limits))
            kept = values, limits
    return report, *kept


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scores", required=True, type=Path)
    parser.add_argument("--out", required=True, type=Path)
    parser.add_argument("--table", type=Path, help="where the table of rooms goes")
    options = parser.parse_args()
    scores = Scores(table(options.scores))
    report, values, limits = studied(scores)
    (options.out / "report.json").write_text(json.dumps(report, indent=1) + "\n")
    judged(options.out / "joined.tsv", scores, values, limits)
    for name, entry in report.items():
        print(name, json.dumps(entry["all"]))
    if options.table:
        write_table(options.table, report["joined"]["rooms"])


def judged(path, scores, values, limits):
    """One line a file, as `vigil evaluate --given probability --question spoof` reads it; a source is a room."""
    with open(path, "w") as file:
        print("path", "label", "kind", "group", "source", "probability", "limit", sep="\t", file=file)
        for number in np.flatnonzero(scores.fold >= 0):
            room = scores.room[number]
            print(scores.path[number], "attack" if scores.label[number] else "real", scores.kind[number], room, room,
                  f"{1 / (1 + np.exp(-values[number])):.4f}", f"{1 / (1 + np.exp(-limits[number])):.4f}", sep="\t", file=file)


def write_table(path, rooms):
    columns = ("live", "attacks", "auc", "apcer", "bpcer", "error")
    with open(path, "w") as file:
        print("room", "frames", *columns, sep="\t", file=file)
        for name, room in sorted(rooms.items(), key=lambda pair: -pair[1].get("error", -1)):
            print(name, "whole" if room["whole"] else "tight", *(room.get(c, "") for c in columns), sep="\t", file=file)


if __name__ == "__main__":
    main()
