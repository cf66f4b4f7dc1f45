"""Joins networks on what none of them had seen, sets limits that travel, and writes one page of figures.

    python -m vigil_training.familyjoin --looks FILE.npz --member NAME=FILE.npz:COLUMN... [--must NAME...] --out DIR
      [--scores Calibration/scores.json --models Models --date DAY]

Members are columns of looks.py (`logit:NAME`) or of familyheads.py. Weights are learnt by the rule of weights.py on clips that
no member learnt from, with families and origins of real clips left out in turn; a family's figures come from weights
learnt without it. Limits: shares of real clips, origins alike, and a bound on the worst origin.
"""

import argparse
import json
from pathlib import Path

import numpy as np

from .familyheads import clip_weights
from .familystudy import Clips, figures, summary, words
from .join import origin as origin_of_file
from .metrics import calibration_error
from .weights import choose, fitted, newton, sigmoid

# Shares of real files above the limits (suspect, fake) of each policy, origins alike; and of the worst origin.
ALARMS = {"low": (0.03, 0.01), "standard": (0.05, 0.02), "high": (0.12, 0.05)}
WORST = 4  # times the share, in an origin of at least LEAST files
LEAST = 5
QUANTILES = (1, 5, 10, 25, 50, 75, 90, 95, 99)


def even(labels):
    """Weights of files whose sources all weigh the same; those of fewer than LEAST files count as one together."""
    names, size = np.unique(labels, return_counts=True)
    labels = np.where(np.isin(labels, names[size >= LEAST]), labels, "few")
    names, place, size = np.unique(labels, return_inverse=True, return_counts=True)
    return 1 / size[place] / len(names)


def quantiles(values, weight, shares):
    """Weighted quantiles at `shares` of one."""
    order = np.argsort(values)
    at = (np.cumsum(weight[order]) - weight[order] / 2) / weight.sum()
    return np.interp(shares, at, values[order])


def limit(said, origins, share):
    """The smallest probability that at most `share` of real files reach, origins alike, and of no origin of LEAST files
    or more that has two above it more than WORST times that."""
    weight = even(origins)
    for value in [0.0, *np.sort(said)]:
        above = said > value
        # One file of an origin says nothing of its share.
        worst = max([above[origins == o].mean() for o in np.unique(origins) if above[origins == o].sum() > 1 and
                     (origins == o).sum() >= LEAST], default=0)
        if weight[above].sum() <= share and worst <= WORST * share:
            return float(value)
    return float(said.max())


class Joint:
    """The members' answers of files (members x files) and how they are joined."""

    def __init__(self, clips, names, columns, must, usable, fixed=None):
        """`usable`: files that no member learnt from. `fixed`: weights of the members that only a slope and a bias join."""
        self.fixed = fixed
        self.clips, self.names, self.must, self.usable = clips, names, must, usable & ~np.isnan(columns).any(0)
        self.scale = 1 / columns[:, self.usable & (clips.label == 0)].std(1)
        self.x = (columns * self.scale[:, None]).T
        self.line = np.where(clips.label == 1, clips.line(), np.char.add("real ", clips.origin))

    def weigh(self, rows):
        return clip_weights(self.clips, rows & self.usable)

    def fit(self, allowed):
        """(set of columns, weights in units of the members' logits, bias) on the files `allowed`."""
        rows = np.flatnonzero(allowed & self.usable)
        if self.fixed is not None:
            said = (self.x / self.scale)[rows] @ self.fixed
            some = np.isin(np.arange(len(self.usable)), rows)
            beta, bias = newton(said[:, None], self.clips.label[rows] * 0.96 + 0.02, self.weigh(some)[rows] / 2, np.zeros((1, 1)))
            return beta[0] * self.fixed, bias, []

        def weigh(inner):
            some = np.zeros(len(self.usable), bool)
            some[rows[inner]] = True
            return self.weigh(some)[rows]

        some, ridge, table = choose(self.x[rows], self.clips.label[rows], self.line[rows], weigh, self.must)
        beta, bias = fitted(self.x[rows][:, some], self.clips.label[rows], weigh(np.ones(len(rows), bool)) / 2, ridge)
        weights = np.zeros(len(self.names))
        weights[some] = beta * self.scale[some]
        return weights, bias, table

    def left_out(self, aligned=True):
        """Of each file the joint logit, by weights learnt without its line.

        So that lines can be compared, a line's answers are shifted and scaled until the real clips of its fit have the mean
        and spread that the fit on all gives them; not so when the probabilities themselves are judged (`aligned` false).
        """
        out = np.full(len(self.usable), np.nan)
        raw = self.x / self.scale
        weights, bias, _ = self.fit(np.ones(len(out), bool))
        whole = raw @ weights + bias
        for line in np.unique(self.line):
            own = self.line == line
            people = np.isin(self.clips.group, self.clips.group[own])
            weights, bias, _ = self.fit(~own & ~people)
            if not aligned:
                out[own] = raw[own] @ weights + bias
                continue
            said, real = raw @ weights, self.usable & (self.clips.label == 0) & ~own & ~people
            gain = whole[real].std() / (said[real].std() + 1e-9)
            out[own] = (said[own] - said[real].mean()) * gain + whole[real].mean()
        return out


def largest(clips, columns, usable):
    """The larger of the members' calibrated logits (each by Platt's method on the usable files)."""
    rows = usable & ~np.isnan(columns).any(0)
    weight = clip_weights(clips, rows)[rows] / 2
    out = []
    for column in columns:
        beta, bias = newton(column[rows][:, None], clips.label[rows] * 0.96 + 0.02, weight, np.zeros((1, 1)))
        out.append(beta[0] * column + bias)
    return np.max(out, 0)


def column(table, place):
    """A column of looks.py's table, or COLUMN of another file with the same rows."""
    if ":" in place and not place.startswith("logit:"):
        file, name = place.rsplit(":", 1)
        return np.load(file)[name]
    return table[place]


def counted(said, which, bound):
    """(how many of the files `which` lie above the bound, of how many)."""
    return int((said[which] > bound).sum()), int(which.sum())


def page(file, clips, scores, among):
    """One table a score: every family with intervals, and the means."""
    with open(file, "w") as out:
        print("score", "family", "type", "forged", "AUC", "low", "high", "AUC same origin", "real same origin", "pairs", "in order",
              sep="\t", file=out)
        for name, score in scores.items():
            for family, f in figures(clips, score, among).items():
                print(name, family, f["type"], f["n"], f"{f['auc']:.3f}", f"{f['low']:.2f}", f"{f['high']:.2f}", f"{f['near']:.3f}",
                      f["near_reals"], f["pairs"], f["above"], sep="\t", file=out)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--looks", required=True)
    parser.add_argument("--member", nargs="+", required=True)
    parser.add_argument("--must", type=int, default=1, help="how many members are always joined, the first ones given")
    parser.add_argument("--equal", action="store_true", help="all heads alike, in units of their spread over real clips (heads of "
                        "familyheads.py come so already): nothing is learnt but a slope and a bias")
    parser.add_argument("--out", required=True, type=Path)
    parser.add_argument("--scores", type=Path)
    parser.add_argument("--models", type=Path)
    parser.add_argument("--date", default="")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    table = dict(np.load(options.looks))
    clips, stills = Clips.of(table), Clips.of(table, stills=True)
    given = dict(one.split("=", 1) for one in options.member)
    rows = {name: column(table, place) for name, place in given.items()}
    columns = np.stack([clips.mean(values) for values in rows.values()])
    unseen_real = ~clips.before & (clips.label == 0)
    alike = np.array([1.0 if ":" in place and not place.startswith("logit:") else 1 / np.nanstd(one[unseen_real])
                      for place, one in zip(given.values(), columns)])
    joint = Joint(clips, list(given), columns, options.must, ~clips.before, alike if options.equal else None)
    apart = joint.left_out()
    weights, bias, tried = joint.fit(np.ones(len(clips.path), bool))
    scores = {**dict(zip(given, columns)), "joined": apart, "largest": largest(clips, columns, ~clips.before)}
    report = {name: summary(clips, score, ~clips.before) for name, score in scores.items()}
    for name, found in report.items():
        print(name, "|", words(found))
    page(options.out / "families.tsv", clips, scores, ~clips.before)
    report["weights"], report["bias"] = dict(zip(given, map(float, weights))), float(bias)
    report["tried"] = [[[list(given)[i] for i in some], str(ridge), loss] for some, ridge, loss in sorted(tried, key=lambda r: r[2])]
    print(report["weights"], report["bias"])
    usable = ~clips.before & ~np.isnan(apart)
    real = usable & (clips.label == 0)
    report["limits"] = {policy: dict(zip(("suspect", "fake"), (round(max(limit(sigmoid(apart[real]), clips.origin[real], share), 0.5), 4)
                                                               for share in shares))) for policy, shares in ALARMS.items()}
    report["live_quantiles"] = [round(float(v), 4) for v in quantiles(apart[real], even(clips.origin[real]), np.array(QUANTILES) / 100)]
    standard = report["limits"]["standard"]
    said = sigmoid(apart)
    report["at standard"] = {f"{what} {word}": f"{int((said[r] > standard[word]).sum())}/{int(r.sum())}" for word in standard
                             for what, r in (("real", real), ("forged", usable & (clips.label == 1)))}
    report["at standard"]["by origin"] = {str(o): "{}/{}".format(*counted(said, real & (clips.origin == o), standard["suspect"]))
                                          for o in np.unique(clips.origin[real])}
    still = np.stack([stills.mean(values) for values in rows.values()]).T @ weights + bias if len(stills.path) else np.zeros(0)
    for o in np.unique(stills.origin):
        for label, what in enumerate(("real", "forged")):
            mine = (stills.origin == o) & (stills.label == label)
            if mine.any():
                report["at standard"][f"still {what} {o}"] = {
                    word: "{}/{}".format(*counted(sigmoid(still), mine, standard[word])) for word in standard}
    report["calibration error"] = calibration(clips, sigmoid(joint.left_out(aligned=False)), usable)
    print(json.dumps({k: report[k] for k in ("limits", "live_quantiles", "at standard", "calibration error")}, indent=1))
    (options.out / "report.json").write_text(json.dumps(report, indent=1) + "\n")
    if options.scores:
        write(options, report)


def calibration(clips, judged, usable, rounds=400, seed=0):
    """Expected calibration errors of probabilities: lines alike, those under LEAST files as one, and all files alike.

    `floor`: what a score that is calibrated without fault would show (median and 95 %), by labels drawn from the probabilities
    themselves: a mean over a few dozen lines is far from nought by chance alone.
    """
    said, labels, rng, out = judged[usable], clips.label[usable], np.random.default_rng(seed), {}
    drawn = rng.random((rounds, len(said))) < said
    for name, least in (("alike", 1), ("alike, small lines as one", LEAST)):
        weight = clip_weights(clips, usable, False, least)[usable]
        floor = [calibration_error(said, labels_, weight=weight)[0] for labels_ in drawn.astype(int)]
        out[name] = dict(value=calibration_error(said, labels, weight=weight)[0],
                         floor=[round(float(v), 4) for v in np.percentile(floor, (2.5, 50, 97.5))])
    out["files alike"] = dict(value=calibration_error(said, labels)[0])
    return out


def write(options, report):
    """Puts the forgery part into Calibration/scores.json; the rest stays as it is."""
    kept = json.loads(options.scores.read_text())
    members = [dict(name=name, weight=round(weight, 5), sha256=json.loads((options.models / name / "manifest.json").read_text())["sha256"])
               for name, weight in report["weights"].items() if weight > 0]
    kept["forgery"] = dict(joined=[dict(members=members, bias=round(report["bias"], 5))], limits=report["limits"],
                           live_quantiles=dict(zip(map(str, QUANTILES), report["live_quantiles"])))
    kept["origin"] = {**origin_of_file(options.date), "tool": "python -m vigil_training.familyjoin"}
    options.scores.write_text(json.dumps(kept, indent=2, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
