"""The fused risk beside the network alone, as the program itself judges what each fold held back.

    python -m vigil_training.through --folds DIR --data DATA --vigil PROGRAM --models DIR --out DIR

`--folds` holds `FOLD/Models/NAME/manifest.json` and `FOLD/Calibration/scores.json` of networks that saw nothing of what
the fold tests on; whatever a fold lacks (the spoof network, the calibration of blinks) is the project's own.
Every file goes through `vigil analyze`. "Network" is the joint forgery probability, "risk" what the program makes of it
together with the spoof network and the signs of life, and its word: live, undecided, suspect or fake.
`--more DIR` adds a folder with a LABELS.tsv of its own, sorted into folds by its groups.
Output: FOLD.jsonl (kept: delete to judge anew), report.json, report.md.
"""

import argparse
import csv
import json
import os
import subprocess
import tempfile
from pathlib import Path

import numpy as np

from . import folds as fold_table
from .members import calibration_error
from .metrics import auc, auc_interval, share_interval

ROOT = Path(__file__).parents[2]


def rows(folder, prefixes):
    """The labelled files of a folder, real and fake, under one of the prefixes."""
    with open(folder / "LABELS.tsv", newline="") as file:
        table = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    return [dict(path=str(folder / r["path"]), name=r["path"], label=int(r["label"] != "real"), group=r["group"],
                 kind=r.get("source") or "", origin=r["path"].split("/")[1])
            for r in table if r["label"] in ("real", "fake", "attack") and r["path"].startswith(prefixes)]


def tests(files, rules=None):
    """{fold: files it tests on}: what it holds back, and for a generator left out the panel's real clips."""
    rules = rules or fold_table.read()
    out = {}
    for fold, own in rules.items():
        if fold == "panel":
            continue
        panel = rules.get("panel", []) if fold.startswith("out-") else []
        out[fold] = [f for f in files if fold_table.holds(own, f["group"], f["origin"])
                     or (not f["label"] and fold_table.holds(panel, f["group"], f["origin"]))]
    return out


class Place:
    """Folders of one fold for the program: the fold's networks and calibration, the rest from the project."""

    def __init__(self, fold, project=ROOT, spoof=None):
        """`spoof`: the folder of a spoof network that takes the place of the project's."""
        self.folder = tempfile.TemporaryDirectory()
        base = Path(self.folder.name)
        # Never the shipped forgery networks beside a fold's: they saw what the fold holds back.
        apart = (fold / "Models").is_dir()
        self.networks, self.calibration = base / "networks", base / "calibration"
        for target, own, common in ((self.networks, fold / "Models", project / "Models"),
                                    (self.calibration, fold / "Calibration", project / "Calibration")):
            target.mkdir()
            for source in (own, common):
                for item in sorted(source.iterdir()) if source.is_dir() else ():
                    place, foreign = target / item.name, apart and source is common and item.name.startswith("forgery")
                    if not place.exists() and not foreign and item.name != "third-party":
                        place.symlink_to(item.resolve())
        if spoof:
            (self.networks / spoof.name).unlink(missing_ok=True)
            (self.networks / spoof.name).symlink_to(spoof.resolve())
        self.complete(project, spoof)

    def complete(self, project, spoof):
        """Lends the fold's calibration of scores the questions it says nothing about, to the spoof network in use."""
        own = self.calibration / "scores.json"
        scores, common = json.loads(own.read_text()), project / "Calibration" / "scores.json"
        for question, rule in json.loads(common.read_text()).items():
            scores.setdefault(question, rule)
        for member in scores["spoof"]["joined"][0]["members"] if spoof else ():
            if member["name"] == spoof.name:
                member["sha256"] = json.loads((spoof / "manifest.json").read_text())["sha256"]
        own.unlink()
        own.write_text(json.dumps(scores))


def judged(options, fold, files):
    """What `vigil analyze` says of each file: {path: object}."""
    out = options.out / f"{fold}.{options.policy}.jsonl"
    found = {}
    if out.exists():
        found = {line["path"]: line for line in map(json.loads, out.read_text().splitlines())}
    missing = [f["path"] for f in files if f["path"] not in found]
    if missing:
        place = Place(options.folds / fold if options.folds else Path("none"), spoof=options.spoof)
        command = [options.vigil, "analyze", "--policy", options.policy, "--networks", place.networks, "--calibration",
                   place.calibration, "--models", options.models, "--jsonl", "-"]
        environment = {k: v for k, v in os.environ.items() if not k.startswith("VIGIL_")}
        run = subprocess.run(list(map(str, command)), input="\n".join(missing) + "\n", text=True, env=environment,
                             stdout=subprocess.PIPE)
        if run.returncode not in (0, 3):  # 3: a file could not be read; it says so in its object
            raise SystemExit(f"{fold}: vigil analyze ended with {run.returncode}")
        with open(out, "a") as file:
            file.write(run.stdout)
        found.update({line["path"]: line for line in map(json.loads, run.stdout.splitlines())})
        place.folder.cleanup()
    return found


def number(value, key=None):
    """A measured number; nan for one that says why it is not there."""
    if key is not None:
        value = value.get(key, {}) if isinstance(value, dict) else {}
    return float(value) if isinstance(value, (int, float)) else float("nan")


def deciding(answer):
    """The track that decides for a recording, as the program picks it."""
    tracks = answer.get("tracks") or []
    for word in ("fake", "suspect"):
        for track in tracks:
            if track["verdict"] == word:
                return track
    return max(tracks, key=lambda t: (t["frames"], -t["id"]), default=None)


def sample(file, answer):
    """One file as numbers: the network, the parts beside it, the fused risk and the word."""
    track = deciding(answer)
    counts = {name: sum(t.get(name, 0) for t in answer.get("tracks") or []) for name in ("alarms", "warnings")}
    file = dict(file, **counts, seconds=number(answer.get("duration_s")) if answer.get("kind") == "video" else 0.0)
    if track is None:
        return dict(file, word=answer.get("verdict", "unreadable"), network=np.nan, spoof=np.nan, alive=np.nan, risk=np.nan)
    reasons = {reason["cue"]: number(reason.get("value")) for reason in track.get("reasons", [])}
    # The signs of life as they stood in the moment that decided.
    return dict(file, word=answer["verdict"], network=number(track["forgery"], "probability"),
                spoof=number(track["spoof"], "probability"), alive=reasons.get("liveness", np.nan),
                risk=number(track["risk"]))


def joined(s, parts):
    """1 - the product of what each part leaves: the program's risk from some of its parts."""
    clean = 1.0
    for part in parts:
        value = {"network": s["network"], "spoof": s["spoof"], "life": 1 - s["alive"]}[part]
        clean *= 1 if np.isnan(value) else 1 - value
    return 1 - clean


# The fused risk, its parts, and what it would be without one.
SCORES = {
    "network": lambda s: s["network"], "risk": lambda s: s["risk"], "spoof": lambda s: s["spoof"],
    "no life": lambda s: 1 - s["alive"], "network and spoof": lambda s: joined(s, ("network", "spoof")),
    "network and life": lambda s: joined(s, ("network", "life")),
}


def pairs(samples, values):
    """(in order, pairs): fakes beside the original of the same name."""
    value = {s["name"]: v for s, v in zip(samples, values)}
    both = [(v, value[n.replace("/fake/", "/real/")]) for n, v in value.items()
            if "/fake/" in n and n.replace("/fake/", "/real/") in value]
    return sum(a > b for a, b in both), len(both)


def figures(samples, limit):
    """Every figure of one fold; `limit`: the network's own for fake."""
    usable = [s for s in samples if not np.isnan(s["network"]) and not np.isnan(s["risk"])]
    labels, groups = np.array([s["label"] for s in usable]), [s["group"] for s in usable]
    entry = dict(fake=int(labels.sum()), real=int((1 - labels).sum()), unscored=len(samples) - len(usable), scores={})
    for name, of in SCORES.items():
        values = np.array([of(s) for s in usable], float)
        there = ~np.isnan(values)
        if not there.any():  # signs of life in pictures, say
            entry["scores"][name] = dict(auc=np.nan, low=np.nan, high=np.nan, above=0, pairs=0)
            continue
        low, high = auc_interval(labels[there], values[there], np.array(groups)[there])
        above, count = pairs([s for s, t in zip(usable, there) if t], values[there])
        entry["scores"][name] = dict(auc=auc(labels[there], values[there]), low=float(low), high=float(high), above=above,
                                     pairs=count)
    entry["network_calls"] = [int(sum(s["network"] >= limit for s in usable if s["label"] == y)) for y in (0, 1)]
    entry["words"] = {word: [sum(s["word"] == word and s["label"] == y for s in usable) for y in (0, 1)]
                      for word in ("live", "undecided", "suspect", "fake")}
    return entry


def fake_limit(options, fold):
    """The fold's limit for "fake" under the policy."""
    own = options.folds / fold / "Calibration" / "scores.json" if options.folds else None
    file = own if own and own.exists() else ROOT / "Calibration" / "scores.json"
    return json.loads(file.read_text())["forgery"]["limits"][options.policy]["fake"]


def span(score):
    if score["auc"] != score["auc"]:
        return ""
    return f"{score['auc']:.3f} [{score['low']:.2f}, {score['high']:.2f}]"


def share(hits, count):
    if not count:
        return ""
    low, high = share_interval(hits, count)
    return f"{hits} of {count} [{100 * low:.0f}, {100 * high:.0f} %]"


def markdown(report):
    """Two tables: both scores beside each other, and the parts of the risk."""
    lines = ["| left out | fake / real files | network: AUC | risk: AUC | pairs in order: network, risk | real called fake: "
             "network, word | real called suspect | fakes found: network, word | and suspect |", "|---|" + "---|" * 8]
    for fold, e in report.items():
        n, r, words = e["scores"]["network"], e["scores"]["risk"], e["words"]
        order = f"{n['above']}, {r['above']} of {n['pairs']}" if n["pairs"] else ""
        lines.append(f"| {fold} | {e['fake']} / {e['real']} | {span(n)} | {span(r)} | {order} | {e['network_calls'][0]}, "
                     f"{share(words['fake'][0], e['real'])} | {words['suspect'][0]} | {e['network_calls'][1]}, "
                     f"{share(words['fake'][1], e['fake'])} | {words['suspect'][1]} |")
    names = list(SCORES)
    lines += ["", "| left out | " + " | ".join(names) + " |", "|---|" + "---|" * len(names)]
    lines += [f"| {fold} | " + " | ".join(f"{e['scores'][n]['auc']:.3f}" for n in names) + " |" for fold, e in report.items()]
    return "\n".join(lines) + "\n"


def ordered(folds):
    """Folds in the order in which they count a file: live swaps, then generators; the fold of all live swaps last."""
    return sorted(folds, key=lambda name: (not name.startswith("swap-"), name == "out-DeepFaceLive"))


def poisson_interval(count):
    """The exact 95 % interval of a Poisson mean of which `count` events were seen (Garwood 1936), by bisection."""
    def mean(most, chance):
        low, high = 0.0, 2.0 * count + 30
        for _ in range(100):
            middle = (low + high) / 2
            term = total = np.exp(-middle)
            for k in range(1, most + 1):
                term *= middle / k
                total += term
            low, high = (middle, high) if total > chance else (low, middle)
        return (low + high) / 2
    return (0.0 if count == 0 else mean(count - 1, 0.975)), mean(count, 0.025)


def alarms(every):
    """False alarms on real recordings, each counted once."""
    once = {}
    for fold in ordered(every):
        for s in every[fold]:
            if not s["label"] and s["seconds"] > 0:
                once.setdefault(s["path"], s)
    minutes = sum(s["seconds"] for s in once.values()) / 60
    if not minutes:
        return ""
    lines = [f"| {len(once)} real recordings, {minutes:.2f} minutes | times | a minute [95 %] | in recordings |", "|---|---|---|---|"]
    for name, words in (("alarms", "fake"), ("warnings", "suspect or fake")):
        count, (low, high) = sum(s[name] for s in once.values()), poisson_interval(sum(s[name] for s in once.values()))
        lines.append(f"| {words} began | {count} | {count / minutes:.2f} [{low / minutes:.2f}, {high / minutes:.2f}] | "
                     f"{share(sum(s[name] > 0 for s in once.values()), len(once))} |")
    return "\n".join(lines) + "\n"


def calibration(every):
    """Expected calibration error of both numbers, each file once by the fold that holds it."""
    once = {}
    for fold in ordered(every):
        for s in every[fold]:
            if fold != "out-DeepFaceLive" and not np.isnan(s["network"]) and not np.isnan(s["risk"]):
                once.setdefault(s["path"], s)
    labels = np.array([s["label"] for s in once.values()], float)
    parts = [f"{name} {calibration_error(np.array([s[name] for s in once.values()]), labels)[0]:.3f}" for name in ("network", "risk")]
    return f"Expected calibration error, 10 bins, {len(once)} files: {', '.join(parts)}\n" if once else ""


def kinds(every):
    """Words by origin, each file once: by the first fold that tests on it, live swaps before whole generators."""
    told, taken = {}, set()
    for fold in ordered(every):
        for s in every[fold]:
            if s["path"] in taken:
                continue
            taken.add(s["path"])
            entry = told.setdefault((s["label"], s["origin"]), dict(files=0, words={}, network=[], risk=[]))
            entry["files"] += 1
            entry["words"][s["word"]] = entry["words"].get(s["word"], 0) + 1
            for name in ("network", "risk"):
                entry[name].append(s[name])
    lines = ["| files | live | undecided | suspect | fake | median network, risk |", "|---|---|---|---|---|---|"]
    for (label, name), e in sorted(told.items()):
        words = " | ".join(str(e["words"].get(w, 0)) for w in ("live", "undecided", "suspect", "fake"))
        medians = ", ".join(f"{np.nanmedian([*e[n], np.nan]):.2f}" for n in ("network", "risk"))
        lines.append(f"| {name}, {'fake' if label else 'real'}: {e['files']} | {words} | {medians} |")
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folds", type=Path, help="default: the project's own networks for every fold (not held back!)")
    parser.add_argument("--spoof", type=Path, help="folder of a spoof network that saw none of the real clips")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--more", type=Path, nargs="*", default=[], help="further folders with a LABELS.tsv")
    parser.add_argument("--only", nargs="+", default=["clips/", "forgery/"], help="beginnings of paths in DATA")
    parser.add_argument("--real", action="store_true", help="real files alone, each by one fold")
    parser.add_argument("--fold", nargs="*", help="only these folds")
    parser.add_argument("--vigil", default=str(ROOT / ".build/release/vigil"))
    parser.add_argument("--models", default=str(ROOT / "Models"), help="folder with third-party.tsv in it or beside it")
    parser.add_argument("--policy", default="standard")
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    files = rows(options.data, tuple(options.only))
    for folder in options.more:
        files += rows(folder, ("",))
    report, every, taken = {}, {}, set()
    for fold, some in tests(files).items():
        if options.real:
            if fold == "out-DeepFaceLive":  # the swaps' folds have its clips
                continue
            some = [f for f in some if not f["label"] and f["path"] not in taken]
            taken |= {f["path"] for f in some}
        if not some or (options.fold and fold not in options.fold):
            continue
        if options.folds and not (options.folds / fold).is_dir():
            print(f"{fold}: no networks in {options.folds}; left out")
            continue
        answers = judged(options, fold, some)
        every[fold] = [sample(f, answers.get(f["path"], {})) for f in some]
        report[fold] = figures(every[fold], fake_limit(options, fold))
    text = markdown(report) + "\n" + kinds(every) + "\n" + alarms(every) + "\n" + calibration(every)
    print(text)
    (options.out / "report.md").write_text(text)
    (options.out / "report.json").write_text(json.dumps(dict(report=report, samples=every), indent=1, default=float) + "\n")


if __name__ == "__main__":
    main()
