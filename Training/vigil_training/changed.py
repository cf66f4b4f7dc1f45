"""Changed clips through the program: live swaps, their originals and the other real clips, by networks that saw none of them.

    python -m vigil_training.changed --folds DIR --data DATA --vigil PROGRAM --models DIR --work DIR --out FILE.json

Of each clip `--frames` frames from a fifth of its length on are cut without loss (ffmpeg, FFV1). Each change is made to
whole frames: by `vigil evaluate --perturb`, H.264 by ffmpeg before. Then `vigil evaluate` judges them, each fold's clips by
its networks, every `--every` frames. Figures are of the joint forgery probability.
"""

import argparse
import csv
import json
import os
import subprocess
from pathlib import Path

import numpy as np

from .metrics import auc, auc_interval, share_interval
from .through import ROOT, Place, fake_limit, pairs, rows, tests

CHANGES = ("none", "jpeg:90", "jpeg:50", "jpeg:30", "h264:23", "h264:28", "h264:35", "face:96", "blur:1", "noise:5", "gamma:0.7",
           "gamma:1.4", "occlude:15")


def assigned(files):
    """{fold: clips}: each clip in one fold that holds it back; live swaps before the folds of whole generators."""
    out, taken = {}, set()
    found = tests(files)
    for fold in sorted(found, key=lambda name: (not name.startswith("swap-"), name)):
        if fold == "out-DeepFaceLive":
            continue
        some = [f for f in found[fold] if f["name"] not in taken and (fold.startswith("swap-") or not f["label"])]
        taken |= {f["name"] for f in some}
        if some:
            out[fold] = some
    return out


def ffmpeg(*arguments):
    subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-y", *map(str, arguments)], check=True)


def cut(file, target, frames):
    """Frames of a clip without loss, from a fifth of its length on."""
    if target.exists():
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    seconds = float(subprocess.run(["ffprobe", "-v", "error", "-show_entries", "format=duration", "-of", "csv=p=0", file],
                                   check=True, capture_output=True, text=True).stdout)
    ffmpeg("-ss", f"{seconds / 5:.3f}", "-i", file, "-an", "-frames:v", frames, "-c:v", "ffv1", target)


def prepared(options, fold, files):
    """Folders with a LABELS.tsv and the fold's clips: {"" : cut, "h264:crf": compressed}."""
    out = {}
    for change in ["", *(c for c in options.changes if c.startswith("h264:"))]:
        base = options.work / fold / (change.replace(":", "-") or "cut")
        for f in files:
            source = options.work / fold / "cut" / Path(f["name"]).with_suffix(".mkv")
            cut(f["path"], source, options.frames)
            target = base / Path(f["name"]).with_suffix(".mkv")
            if not target.exists():
                target.parent.mkdir(parents=True, exist_ok=True)
                ffmpeg("-i", source, "-c:v", "libx264", "-preset", "medium", "-crf", change.split(":")[1], "-pix_fmt",
                       "yuv420p", "-vf", "crop=trunc(iw/2)*2:trunc(ih/2)*2", target)
        with open(base / "LABELS.tsv", "w") as file:
            print("path", "label", "group", "source", sep="\t", file=file)
            for f in files:
                print(Path(f["name"]).with_suffix(".mkv"), "fake" if f["label"] else "real", f["group"], f["origin"], sep="\t",
                      file=file)
        out[change] = base
    return out


def command(options, place, change, folder, scores):
    """What judges one folder under one change."""
    words = [options.vigil, "evaluate", "--question", "forgery", "--policy", options.policy, "--score-every", options.every,
             "--networks", place.networks, "--calibration", place.calibration, "--models", options.models, "--scores", scores]
    if change != "none" and not change.startswith("h264:"):
        words += ["--perturb", change]
    return [str(word) for word in (*words, folder / "LABELS.tsv")]


def probabilities(scores):
    """{path without ending: probability} of the files that have one."""
    with open(scores, newline="") as file:
        return {r["path"].rsplit(".", 1)[0]: float(r["probability"])
                for r in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE) if r["probability"]}


def figures(judged):
    """Figures of one change: `judged` has label, group, name, fold, origin, value (None: no score) and its fold's limit."""
    there = [j for j in judged if j["value"] is not None]
    swaps = [j for j in there if j["fold"].startswith("swap-")]
    labels, values = np.array([j["label"] for j in swaps]), np.array([j["value"] for j in swaps], float)
    low, high = auc_interval(labels, values, [j["group"] for j in swaps])
    above, count = pairs(swaps, values)
    parts = [auc([j["label"] for j in swaps if j["fold"] == fold], [j["value"] for j in swaps if j["fold"] == fold])
             for fold in sorted({j["fold"] for j in swaps})]
    called = [sum(j["value"] >= j["limit"] for j in there if j["label"] == y) for y in (0, 1)]
    return dict(auc=auc(labels, values), low=float(low), high=float(high), mean_of_folds=float(np.mean(parts)), above=above,
                pairs=count, found=called[1], fakes=int(labels.sum()), alarms=called[0],
                real=sum(not j["label"] for j in there), unscored=len(judged) - len(there))


def line(change, e):
    low, high = share_interval(e["alarms"], e["real"])
    return (f"| {change} | {e['auc']:.3f} [{e['low']:.2f}, {e['high']:.2f}] | {e['mean_of_folds']:.3f} | {e['above']} of "
            f"{e['pairs']} | {e['found']} of {e['fakes']} | {e['alarms']} of {e['real']} [{100 * low:.0f}, {100 * high:.0f} %] |"
            f" {e['unscored']} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folds", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--vigil", default=str(ROOT / ".build/release/vigil"))
    parser.add_argument("--models", default=str(ROOT / "Models"))
    parser.add_argument("--policy", default="standard")
    parser.add_argument("--frames", type=int, default=60)
    parser.add_argument("--every", type=int, default=5)
    parser.add_argument("--changes", nargs="+", default=list(CHANGES))
    parser.add_argument("--work", type=Path, required=True, help="cut and compressed clips, scores")
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    environment = {k: v for k, v in os.environ.items() if not k.startswith("VIGIL_")}
    judged = {change: [] for change in options.changes}
    folds = assigned(rows(options.data, ("clips/",)))
    ready = {fold: (Place(options.folds / fold), prepared(options, fold, files), fake_limit(options, fold))
             for fold, files in folds.items()}
    print("| change | AUC, 17 swaps and originals | mean of four folds | swap above its original | swaps called fake | "
          "real called fake | no score |\n|---|---|---|---|---|---|---|")
    report = {}
    for change in options.changes:
        for fold, files in folds.items():
            place, folders, limit = ready[fold]
            scores = options.work / fold / f"{change.replace(':', '-')}.tsv"
            run = command(options, place, change, folders.get(change, folders[""]), scores)
            done = subprocess.run(run, env=environment, stdout=subprocess.DEVNULL)
            if done.returncode not in (0, 3):
                raise SystemExit(f"{fold}, {change}: vigil evaluate ended with {done.returncode}")
            found = probabilities(scores)
            judged[change] += [dict(f, fold=fold, limit=limit, value=found.get(f["name"].rsplit(".", 1)[0])) for f in files]
        report[change] = figures(judged[change])
        print(line(change, report[change]), flush=True)
        options.out.write_text(json.dumps(dict(report=report, judged=judged), indent=1, default=float) + "\n")


if __name__ == "__main__":
    main()
