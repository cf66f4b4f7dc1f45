"""Forgery folds: ranking, pairs, false alarms, calibration and joint weights.

    python -m vigil_training.members --files SCORES.npz --member NAME=PLACE[,PLACE...]... --out DIR

A PLACE is a folder with FOLD.npz or scores.tsv (foldtune.py, temporal.py, heads.py), or one file of score.py when one
network serves all folds. Of several, each fold takes the one that ranks best what other folds hold back. The members'
weights (weights.py), calibration and limits are fitted for each fold on what the other folds hold back.
Output: report.json, scores.tsv (one row a file and fold).
"""

import argparse
import json
from pathlib import Path

import numpy as np

from .filescores import Files, Folds, column, even_weight, expand, source_weight
from .join import ALARMS, limit
from .metrics import auc, auc_interval, calibration_error, share_interval, tenths
from .weights import believed, choose, fitted, sigmoid

# Folds whose files other folds judge better, or that have one class alone: in no mean over folds.
APART = ("out-DeepFaceLive", "out-people")
MUST = 2  # members that every candidate of the joint score holds: the first ones given
DRAWS = 500  # of labels, to see what error a perfect score would show


def pairs(files, rows, values):
    """(pairs, in how many the fake scores above its own original) among `rows`."""
    value = dict(zip(files.paths[rows], values[rows]))
    both = [(v, value[p.replace("/fake/", "/real/")]) for p, v in value.items()
            if "/fake/" in p and p.replace("/fake/", "/real/") in value]
    return len(both), int(sum(a > b for a, b in both))


def judged(files, rows, values):
    """Figures of one score on the files of a test."""
    labels = files.label[rows]
    count, above = pairs(files, rows, values)
    if len(set(labels)) < 2:
        return dict(auc=float("nan"), low=float("nan"), high=float("nan"), pairs=count, above=above)
    low, high = auc_interval(labels, values[rows], files.group[rows])
    return dict(auc=round(auc(labels, values[rows]), 4), low=round(low, 4), high=round(high, 4), pairs=count, above=above)


def bounds(known_real):
    """{policy: {suspect, fake}}: probabilities above which at most the share of ALARMS of real files lie.

    Of the clips, and of the stills of every origin alike: whichever asks for more; never below a half.
    """
    clips, stills = (sigmoid(np.array(known_real[k], float)) for k in ("clips", "stills"))
    weight = np.array(known_real["weights"], float)
    out = {}
    for policy, shares in ALARMS.items():
        found = [max([limit(v, w, share) for v, w in ((clips, np.ones(len(clips))), (stills, weight)) if len(v)] + [0.5])
                 for share in shares]
        out[policy] = dict(zip(("suspect", "fake"), (round(v, 4) for v in found)))
    return out


class Study:
    """Every fold. `members`: {name: [{fold: scores}]}, the candidates of each."""

    def __init__(self, files, members, must=MUST):
        self.files, self.folds, self.members, self.must = files, Folds(files), members, must
        self.taken = {}
        stills = ~files.clip
        self.on_stills = np.array([not stills.any() or any(not np.isnan(c[stills]).all() for c in found[0].values())
                                   for found in members.values()])

    def column(self, name, number, fold):
        """What candidate `number` of a member says of a fold's files; nan where it was not asked."""
        found = self.members[name][number]
        return found.get(fold, found.get("", np.full(len(self.files.paths), np.nan)))

    def barred(self, out):
        """Files that the folds `out` hold back."""
        return np.any([self.folds.held[n] for n in out], 0) if out else np.zeros(len(self.files.paths), bool)

    def ranks(self, name, number, out):
        """Mean AUC over the folds beside `out`, on files that `out` does not hold back."""
        values = []
        for other in self.folds.held:
            rows = self.folds.test[other] & ~self.barred(out)
            if other in out or other in APART:
                continue
            said = self.column(name, number, other)
            rows &= ~np.isnan(said)
            if len(set(self.files.label[rows])) == 2:
                values.append(auc(self.files.label[rows], said[rows]))
        return float(np.mean(values)) if values else 0.0

    def pick(self, name, out):
        """The candidate that ranks best beside `out`."""
        key = (name, *out)
        if key not in self.taken:
            count = len(self.members[name])
            ranks = [self.ranks(name, i, out) for i in range(count)] if count > 1 else [0.0]
            self.taken[key] = int(np.argmax(ranks))
        return self.taken[key]

    def asked(self, fold, out):
        """What the members, picked without `out`, say of a fold's files: members x files."""
        return np.stack([self.column(name, self.pick(name, out), fold) for name in self.members])

    def apart(self, out):
        """(members x files, fold): of each file outside `out` what the fold that holds it says, and which that is."""
        columns = np.full((len(self.members), len(self.files.paths)), np.nan)
        judge = np.full(len(self.files.paths), "", object)
        for other in sorted(self.folds.held, key=lambda n: not n.startswith("out-")):
            if other in out or other == "out-DeepFaceLive":
                continue
            rows = self.folds.test[other] & ~self.barred(out)
            columns[:, rows] = self.asked(other, out)[:, rows]
            judge[rows] = other
        return columns, judge

    def fit(self, out):
        """Everything that is fitted without the folds `out`.

        Members that were never asked about stills (networks over time) make a second joint score, `over`, which speaks
        where they were asked and have a weight.
        """
        columns, judge = self.apart(out)
        asked = self.on_stills
        fit = self._joined(columns, judge, np.flatnonzero(asked))
        if not asked.all():
            over = self._joined(columns, judge, np.arange(len(columns)))
            fit["over_from"] = over["table"]
            if (over["weights"][~asked] > 0).any():
                fit["over"] = over
        return dict(fit, picked={n: self.pick(n, out) for n in self.members}, judged_by=judge, known=self.says(fit, columns))

    def says(self, fit, columns):
        """The joint score of files, nan where a member that counts was not asked."""
        values = np.full(columns.shape[1], np.nan)
        for part in (fit, fit.get("over")):
            if part is not None:
                some = part["weights"] > 0
                mine = part["weights"][some] @ columns[some] + part["bias"]
                values = np.where(np.isnan(mine), values, mine)
        return values

    def _joined(self, columns, judge, asked):
        """Weights of the members `asked` and calibration, on files that all of them were asked about."""
        files = self.files
        given = columns[asked]
        whole = ~np.isnan(given).any(0)
        clips = whole & files.clip
        scale = 1 / (given[:, clips & (files.label == 0)].std(1) + 1e-9)
        x = (given * scale[:, None]).T[clips]

        def weigh(rows):
            return source_weight(files, expand(clips, rows))[clips]

        some, ridge, table = choose(x, files.label[clips], judge[clips].astype(str), weigh, min(self.must, len(asked)))
        beta, bias = fitted(x[:, some], files.label[clips], weigh(np.ones(len(x), bool)), ridge)
        weights = np.zeros(len(columns))
        weights[asked[some]] = beta * scale[some]
        z = (weights[asked] @ given + bias)[whole]

        def weigh_all(rows):
            return source_weight(files, expand(whole, rows))[whole]

        factor, shift, share = believed(z, files.label[whole], files.kind[whole], weigh_all)
        names = np.array(list(self.members))
        return dict(weights=factor * weights, bias=factor * bias + shift, share=share, ridge=ridge, clips=int(clips.sum()),
                    rows=int(whole.sum()), table=[[*names[asked[r[0]]], str(r[1]), round(r[2], 4)] for r in table])

    def described(self, fit):
        """A fit as the report keeps it."""
        real = ~np.isnan(fit["known"]) & (self.files.label == 0)
        stills = real & ~self.files.clip
        known = dict(clips=sorted(fit["known"][real & self.files.clip].round(4).tolist()),
                     stills=fit["known"][stills].round(4).tolist(),
                     weights=source_weight(self.files, stills)[stills].round(7).tolist())
        out = dict(self._words(fit), picked=fit["picked"], limits=bounds(known), known_real=known)
        if "over_from" in fit:
            out["over_from"] = fit["over_from"]
        return dict(out, over=self._words(fit["over"])) if "over" in fit else out

    def _words(self, fit):
        return dict(weights=dict(zip(self.members, fit["weights"].round(5).tolist())), bias=round(float(fit["bias"]), 5),
                    share=round(fit["share"], 2), ridge=str(fit["ridge"]), chosen_from=fit["table"],
                    fitted_on=[fit["clips"], fit["rows"]])

    def run(self):
        """Report by fold and rows of scores.tsv."""
        report, lines, once = {}, [], {}
        for fold in sorted(self.folds.held, key=lambda n: not n.startswith("out-")):
            columns = self.asked(fold, [fold])
            if np.isnan(columns[:, self.folds.test[fold]]).all():
                continue
            fit = self.fit([fold])
            values = self.says(fit, columns)
            rows = self.folds.test[fold] & ~np.isnan(values)
            report[fold] = self._entry(fit, rows, columns, values)
            for i in np.flatnonzero(rows):
                lines.append((fold, self.files.paths[i], "fake" if self.files.label[i] else "real", self.files.group[i],
                              self.files.origin[i], *(f"{c[i]:.4f}" for c in columns), f"{values[i]:.4f}"))
                if fold != "out-DeepFaceLive":
                    once[i] = values[i], sigmoid(values[i]) > report[fold]["limits"]["standard"]["fake"]
        report["swaps"] = self._swaps(report)
        report["calibration"] = self._calibration(once)
        report["real_clips"] = self._alarms(once)
        report["final"] = self.described(self.fit([]))
        return report, lines

    def _entry(self, fit, rows, columns, values):
        real, fake = rows & (self.files.label == 0), rows & (self.files.label == 1)
        entry = self.described(fit)
        bound = entry["limits"]["standard"]["fake"]
        above = sigmoid(values) > bound
        entry.update(fake=int(fake.sum()), real=int(real.sum()), joined=judged(self.files, rows, values),
                     sharpness=judged(self.files, rows, self.files.sharpness), alarms_half=int((values[real] > 0).sum()),
                     alarms_limit=int(above[real].sum()), found_limit=int(above[fake].sum()))
        for name, said in zip(self.members, columns):
            entry[name] = judged(self.files, rows & ~np.isnan(said), said)
        return entry

    def _swaps(self, report):
        """Means over the folds of live swaps."""
        folds = [report[f] for f in report if f.startswith("swap-")]
        return {name: dict(auc=round(float(np.mean([f[name]["auc"] for f in folds])), 4),
                           above=sum(f[name]["above"] for f in folds), pairs=sum(f[name]["pairs"] for f in folds))
                for name in ["joined", *self.members, "sharpness"]}

    def _alarms(self, once):
        """Real clips above the limit that was set without them."""
        above = [bool(once[i][1]) for i in once if self.files.clip[i] and self.files.label[i] == 0]
        return dict(clips=len(above), called_fake=sum(above),
                    interval=[round(v, 4) for v in share_interval(sum(above), len(above))])

    def _calibration(self, once):
        """Errors over all files that a fold holds back and over clips alone.

        Each file alike (`plain`), origins by the root of their size (`roots`, as in the fits), or all alike; beside it
        what a score that is right would show by chance. `tenths`: bins of equally many files.
        """
        every = np.array(sorted(once))
        out = {}
        for name, some in (("files", every), ("clips", every[self.files.clip[every]])):
            said = sigmoid(np.array([once[i][0] for i in some]))
            y = self.files.label[some]
            draws = np.random.default_rng(0).random((DRAWS, len(some))) < said
            inside = np.isin(np.arange(len(self.files.paths)), some)
            errors = {}
            for way, weight in (("plain", None), ("roots", source_weight(self.files, inside)[some]),
                                ("alike", even_weight(self.files, some))):
                error, bins = calibration_error(said, y, weight=weight)
                best = [calibration_error(said, d, weight=weight)[0] for d in draws]
                errors[way] = dict(error=round(error, 4), of_a_perfect_score=round(float(np.mean(best)), 4),
                                   bins=[[n, round(a, 3), round(b, 3)] for n, a, b in bins])
            errors["tenths"] = round(tenths(said, y), 4)
            kinds = {f"{k} {w}": int(((self.files.kind[some] == k) & (y == c)).sum())
                     for k in np.unique(self.files.kind[some]) for c, w in ((1, "fake"), (0, "real"))}
            out[name] = dict(files=len(some), fakes=int(y.sum()), counts={k: n for k, n in kinds.items() if n}, **errors)
        return out


def counts(entry, name):
    """Whether a member has a weight in an entry of a report."""
    return any(part["weights"].get(name, 0) > 0 for part in (entry, entry.get("over", entry)))


def show(report, members):
    """One line a fold."""
    for fold, e in report.items():
        if "joined" not in e or fold == "swaps":
            print(fold, json.dumps({k: v for k, v in e.items() if k not in ("known_real", "chosen_from", "over_from")}))
            continue
        parts = [f"{m} {e[m]['auc']:.3f} {e[m]['above']}/{e[m]['pairs']}" for m in ["joined", *members, "sharpness"]]
        weights = " ".join(f"{w:.2f}" for w in e.get("over", e)["weights"].values())
        print(f"{fold:17s} {e['fake']}/{e['real']}", *parts, f"alarms {e['alarms_half']} at half, {e['alarms_limit']} at limit,",
              f"found {e['found_limit']}", f"weights {weights}, share {e['share']}", sep=" | ")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", required=True, help="a table of score.py: which files, their groups and sharpness")
    parser.add_argument("--member", nargs="+", required=True, help="NAME=PLACE[,PLACE...], always joined ones first")
    parser.add_argument("--only", type=Path, help="a report: join only what has a weight in its final entry")
    parser.add_argument("--must", type=int, default=MUST, help="how many members are always joined")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    files = Files(dict(np.load(options.files)))
    members, places = {}, {}
    final = json.loads(options.only.read_text())["final"] if options.only else None
    for given in options.member:
        name, found = given.split("=", 1)
        if final and not counts(final, name):
            continue
        places[name] = found.split(",")
        members[name] = [column(files, place) for place in places[name]]
    report, lines = Study(files, members, options.must).run()
    for entry in report.values():
        if "picked" in entry:
            entry["picked"] = {name: places[name][i] for name, i in entry["picked"].items()}
    show(report, list(members))
    if options.out:
        options.out.mkdir(parents=True, exist_ok=True)
        (options.out / "report.json").write_text(json.dumps(report, indent=1) + "\n")
        with open(options.out / "scores.tsv", "w") as file:
            print("fold", "path", "label", "group", "source", *(f"logit:{m}" for m in members), "joined", sep="\t", file=file)
            for line in lines:
                print(*line, sep="\t", file=file)


if __name__ == "__main__":
    main()
