#!/usr/bin/env python3
"""Measures how badly a face may be seen before the networks are wrong too often, and writes the limits.

    Tools/measure/visibility.py VIGIL OUT LABELS.tsv [LABELS.tsv…] [--calibration DIR] [--write FILE]

LABELS.tsv: path, label (real, fake, attack), kind, group, source, with paths beside the table. Takes short cuts of real
and forged clips and pictures of live people and attacks, each from another group, makes them darker (with the noise and
the coding of a camera), brighter, blurred, smaller, and asks VIGIL with limits that let every face pass. For each step
OUT/steps.tsv has the measures and how often the networks are wrong: a real face called suspect by either question, a
forged clip missed by the forgery networks, an attack missed by the spoof networks; classes alike. A limit is the first
step from which on the networks are wrong at least 1.5 times as often as at their best, half way from the step before.
The covers and the turn of the head have limits of their own (docs/measurements/visibility.md).
"""
import argparse
import collections
import csv
import datetime
import json
import pathlib
import random
import shutil
import statistics
import subprocess

CLIPS = {".mp4", ".webm", ".mkv", ".avi", ".mov"}
PICTURES = {".jpg", ".jpeg", ".png"}
OPEN = {"interocular_px": 0, "turn_deg": 180, "presence": 0, "covered": 1, "luminance_least": 0, "luminance_most": 1,
        "burnt_out": 1, "focus": 0}
# Gain before the sensor's noise; 8 bits, so a dark picture loses steps too.
DARK = {f"dark-{gain:g}": f"lutyuv=y='16+(val-16)*{gain}':u='128+(val-128)*{gain}':v='128+(val-128)*{gain}',noise=alls=6:allf=t"
        for gain in (0.5, 0.3, 0.2, 0.12, 0.07)}
BRIGHT = {f"bright-{gain:g}": f"lutyuv=y='min(16+(val-16)*{gain},235)'" for gain in (1.5, 2, 3)}
# Sigma in parts of the picture's height, so that a face loses alike in small and large pictures.
BLUR = {f"blur-{part:g}": part for part in (0.002, 0.004, 0.007, 0.011, 0.016)}
SMALL = {f"eyes-{pixels}": pixels for pixels in (60, 42, 30, 22, 16)}
LADDERS = {"luminance_least": ["plain", *DARK], "luminance_most": ["plain", *BRIGHT], "focus": ["plain", *BLUR],
           "interocular_px": ["plain", *SMALL]}
MEASURE = {"luminance_least": "luminance", "luminance_most": "luminance", "focus": "focus",
           "interocular_px": "interocular_px"}


def rows(tables):
    """All labelled files that exist, with their absolute paths."""
    for table in tables:
        for row in csv.DictReader(open(table, newline=""), delimiter="\t"):
            place = table.parent / row["path"]
            if place.exists():
                yield {**row, "place": place}


def chosen(tables, most, seed):
    """Files by class: of each group, then of each source in turn, one more, up to `most`."""
    picked = collections.defaultdict(list)
    everything = list(rows(tables))
    random.Random(seed).shuffle(everything)
    for name, label, endings, kind in (("real", "real", CLIPS, ""), ("fake", "fake", CLIPS, ""),
                                       ("live", "real", PICTURES, "live"), ("attack", "attack", PICTURES, "")):
        wanted = [row for row in everything
                  if row["label"] == label and row["place"].suffix.lower() in endings and kind in row["kind"]]
        seen = collections.Counter()
        groups = set()
        ranked = []
        for row in wanted:
            if name in ("real", "fake") and row["group"] in groups:
                continue
            groups.add(row["group"])
            ranked.append((seen[row["source"]], row))
            seen[row["source"]] += 1
        ranked.sort(key=lambda pair: pair[0])
        picked[name] = [row for _, row in ranked[:most[name]]]
    return picked


def made(place, target, filters, still):
    """One changed copy; false when it cannot be made."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.exists():
        return True
    cut = [] if still else ["-ss", "0.5", "-t", "1.8"]
    rate = [] if still else ["fps=15"]
    chain = ",".join([*rate, *filters, "scale=trunc(iw/2)*2:trunc(ih/2)*2"])
    coded = ["-frames:v", "1", "-q:v", "3"] if still else ["-an", "-c:v", "libx264", "-preset", "veryfast", "-crf", "23",
                                                             "-pix_fmt", "yuv420p"]
    return subprocess.run(["ffmpeg", "-v", "error", "-y", *cut, "-i", str(place), "-vf", chain, *coded, str(target)],
                          check=False, stdin=subprocess.DEVNULL).returncode == 0


def asked(vigil, calibration, paths):
    """For each path its measures (medians over frames) and both probabilities; None where there is no score."""
    done = subprocess.run([vigil, "analyze", "--no-log", "--each-frame", "--score-every", "3", "--calibration", calibration, "-"],
                          input="\n".join(map(str, paths)), capture_output=True, text=True, check=False)
    answers, frames, number = {}, collections.defaultdict(list), 0
    for line in done.stdout.splitlines():
        record = json.loads(line)
        if "frame" in record:
            for track in record["tracks"]:
                frames[track["id"]].append(track["seen"])
            continue
        tracks = [t for t in record.get("tracks", []) if isinstance(t["spoof"].get("probability"), float)]
        if tracks:
            best = max(tracks, key=lambda track: track["frames"])
            seen = frames[best["id"]]
            answers[str(paths[number])] = {
                **{key: statistics.median(one[key] for one in seen) for key in seen[0] if key != "not_judged"},
                "spoof": best["spoof"]["probability"], "forgery": best["forgery"].get("probability")}
        frames.clear()
        number += 1
    return answers


def wrong(name, answer, limits):
    """Whether the networks are wrong of a file of class `name`."""
    spoof, forged = answer["spoof"] >= limits["spoof"], (answer["forgery"] or 0) >= limits["forgery"]
    return {"real": spoof or forged, "live": spoof, "fake": not forged, "attack": not spoof}[name]


def open_folder(calibration, out):
    """A calibration that lets every face pass."""
    folder = out / "open"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(calibration, folder)
    file = folder / "visibility.json"
    known = json.loads(file.read_text())
    known["limits"] = OPEN
    file.write_text(json.dumps(known))
    rules = json.loads((folder / "scores.json").read_text())
    return folder, {task: rules[task]["limits"]["standard"]["suspect"] for task in ("spoof", "forgery")}


def measured(vigil, folder, limits, picked, out):
    """One row a step: median measures and shares of wrong answers by class."""
    eyes = {}
    steps = []
    for step in dict.fromkeys(name for ladder in LADDERS.values() for name in ladder):
        files = {}
        for name, chosen_rows in picked.items():
            for number, row in enumerate(chosen_rows):
                still = name in ("live", "attack")
                if step in SMALL:
                    known = eyes.get((name, number))
                    if known is None or known <= SMALL[step]:
                        continue
                    share = SMALL[step] / known
                    filters = [f"scale=iw*{share:.4f}:ih*{share:.4f}"]
                elif step in BLUR:
                    known = eyes.get((name, number))
                    if known is None:
                        continue
                    # The blur is that of a face whose eyes lie a tenth of the height apart.
                    filters = [f"gblur=sigma={BLUR[step] * known * 10:.2f}"]
                else:
                    filters = [text for text in [DARK.get(step) or BRIGHT.get(step)] if text]
                target = out / "made" / step / f"{name}-{number:03d}{'.jpg' if still else '.mp4'}"
                if made(row["place"], target, filters, still):
                    files[target] = (name, number)
        answers = asked(vigil, folder, list(files))
        tally = collections.defaultdict(list)
        measures = collections.defaultdict(list)
        for target, (name, number) in files.items():
            answer = answers.get(str(target))
            if answer is None:
                continue
            if step == "plain":
                eyes[(name, number)] = answer["interocular_px"]
            tally[name].append(wrong(name, answer, limits))
            for key in ("luminance", "burnt_out", "focus", "interocular_px", "presence"):
                measures[key].append(answer[key])
        shares = {name: (sum(tally[name]), len(tally[name])) for name in picked}
        rates = [hits / count for hits, count in shares.values() if count]
        steps.append({"step": step, **{key: statistics.median(values) for key, values in measures.items()},
                      "wrong": statistics.mean(rates) if rates else 0, "shares": shares})
        print(step, {name: f"{hits}/{count}" for name, (hits, count) in shares.items()},
              {key: round(value, 4) for key, value in steps[-1].items() if isinstance(value, float)}, flush=True)
    return steps


def limit(steps, ladder, key):
    """Half way between the last step that is good enough and the first from which on none is; None: all are."""
    line = [step for name in ladder for step in steps if step["step"] == name]
    best = min(step["wrong"] for step in line)
    bad = [step["wrong"] >= 1.5 * best for step in line]
    first = next((place for place in range(1, len(line)) if all(bad[place:])), None)
    return None if first is None else (line[first - 1][key] + line[first][key]) / 2


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("vigil")
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("labels", type=pathlib.Path, nargs="+")
    parser.add_argument("--calibration", type=pathlib.Path, default=pathlib.Path("Calibration"))
    parser.add_argument("--write", type=pathlib.Path, help="put the limits found into this visibility.json")
    parser.add_argument("--clips", type=int, default=20, help="real clips; forged ones as many")
    parser.add_argument("--pictures", type=int, default=40, help="live pictures; attacks as many")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    most = {"real": options.clips, "fake": options.clips, "live": options.pictures, "attack": options.pictures}
    picked = chosen(options.labels, most, options.seed)
    folder, limits = open_folder(options.calibration, options.out)
    steps = measured(options.vigil, folder, limits, picked, options.out)
    with open(options.out / "steps.tsv", "w") as table:
        table.write("step\tluminance\tburnt_out\tfocus\tinterocular_px\twrong\treal\tlive\tfake\tattack\n")
        for step in steps:
            cells = [step["step"], *(f"{step[key]:.4f}" for key in ("luminance", "burnt_out", "focus", "interocular_px", "wrong")),
                     *("{}/{}".format(*step["shares"][name]) for name in ("real", "live", "fake", "attack"))]
            table.write("\t".join(cells) + "\n")
    found = {name: limit(steps, ladder, MEASURE[name]) for name, ladder in LADDERS.items()}
    bright = [step for name in LADDERS["luminance_most"] for step in steps if step["step"] == name]
    found["burnt_out"] = limit(steps, LADDERS["luminance_most"], "burnt_out") if len(bright) > 1 else None
    print(json.dumps(found))
    if options.write:
        known = json.loads(options.write.read_text())
        known["limits"].update({name: round(value, 4) for name, value in found.items() if value is not None})
        known["origin"] = {"id": "visibility-" + datetime.date.today().isoformat(), "date": datetime.date.today().isoformat(),
                           "data": ", ".join(f"{len(files)} {name}" for name, files in picked.items()) + " files, each changed in steps",
                           "metric": "first step where the networks are wrong 1.5 times as often as at their best",
                           "tool": "Tools/measure/visibility.py"}
        options.write.write_text(json.dumps(known, indent=2) + "\n")


if __name__ == "__main__":
    main()
