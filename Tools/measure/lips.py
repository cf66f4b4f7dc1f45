#!/usr/bin/env python3
"""Learns how lips go with voices, and measures it with sources left out.

    Tools/measure/lips.py CLIPS.tsv WORK [--write] [--lab PROGRAM] [--vigil PROGRAM]

CLIPS.tsv has a line a clip, split by tabs: path, source, kind. Kinds: `real` (people who talk, in time), `driven` (faces
that were moved by the sound), `other` (real, but not talking to the sound: songs, dances). What is shot or coded alike is
one source. WORK keeps what is made of each clip (landmarks, series), so that a second run is quick.

Mouth and voice are filtered as Sources/Hearing does it; canonical correlation (Hotelling 1936) of the mouth's shape at
seven lags with the voice's five bands gives the weights. Every figure comes from the program itself (`vigil-lab lips
compare`) with rules that were learnt without the source that is measured. --write stores the rules of all sources in
Calibration/lips.json. Needs numpy.
"""
import argparse
import datetime
import hashlib
import json
import pathlib
import subprocess

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parents[2]
RATE, LAGS, COMPONENTS, RIDGE = 50, [-6, -4, -2, 0, 2, 4, 6], 2, 0.3
FINE, COARSE = 1.0, 10.0
LIMITS = {"earliest": 90, "latest": 185, "strength": 3.5, "voicedSeconds": 3, "voice": 0.5, "resting": 0.005,
          "restingShare": 0.5}
SHIFTS = [-400, -200, -100, 100, 200, 400]


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clips", type=pathlib.Path)
    parser.add_argument("work", type=pathlib.Path)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--lab", default=ROOT / ".build/release/vigil-lab")
    parser.add_argument("--vigil", default=ROOT / ".build/release/vigil")
    return parser.parse_args()


# --- series of clips ------------------------------------------------------------------------------------------------

def prepare(clip, options):
    """The file with a clip's series; made when it is not there."""
    stem = options.work / (hashlib.sha1(clip.encode()).hexdigest()[:12] + "-" + pathlib.Path(clip).stem[-40:])
    table, series = stem.with_suffix(".csv"), stem.with_suffix(".json")
    if not table.exists():
        part = table.with_suffix(".part")
        subprocess.run([options.vigil, "analyze", "--most-seconds", "24", "--landmarks", part, clip], check=True,
                       stdout=subprocess.DEVNULL)
        part.rename(table)
    if not series.exists():
        made = subprocess.run([options.lab, "lips", "series", table, clip], stdout=subprocess.PIPE, text=True)
        if made.returncode:
            return None
        series.write_text(made.stdout)
    return series


def dense(series):
    """First instant, values and where they are known."""
    rows = series["rows"]
    width = next((len(row) for row in rows if row), 0)
    values = np.array([row or [0.0] * width for row in rows]).reshape(len(rows), width)
    return series["first"], values, np.array([row is not None for row in rows], bool)


def smooth(values, known, deviation):
    reach = int(4 * deviation + 0.5)
    bell = np.exp(-0.5 * (np.arange(-reach, reach + 1) / deviation) ** 2)
    weight = np.convolve(known.astype(float), bell, "same") if len(known) > len(bell) else None
    if weight is None:
        padded = np.pad(known.astype(float), len(bell))
        weight = np.convolve(padded, bell, "same")[len(bell):-len(bell)]
    out = np.empty_like(values)
    for column in range(values.shape[1]):
        padded = np.pad(values[:, column] * known, len(bell))
        out[:, column] = np.convolve(padded, bell, "same")[len(bell):-len(bell)] / np.maximum(weight, 1e-12)
    return out


def normalized(values, known):
    passed = smooth(values, known, FINE) - smooth(values, known, COARSE)
    return passed / (np.sqrt((passed[known] ** 2).mean(0)) + 1e-9)


def training_rows(clip):
    """Pairs of mouth (all lags) and voice, near where somebody speaks."""
    out = []
    start_v, voice, known_v = dense(clip["voice"])
    for series in clip["mouths"].values():
        start_m, mouth, known_m = dense(series)
        if known_m.sum() < 2.5 * RATE:
            continue
        start, end = max(start_m, start_v), min(start_m + len(mouth), start_v + len(voice))
        if end - start < 2 * RATE:
            continue
        m, km = mouth[start - start_m:end - start_m], known_m[start - start_m:end - start_m]
        v, kv = voice[start - start_v:end - start_v], known_v[start - start_v:end - start_v]
        lips, sound = normalized(m, km), normalized(v[:, :-1], kv)
        spoken = np.convolve(((v[:, -1] >= LIMITS["voice"]) & kv).astype(float), np.ones(RATE), "same") > 0
        good = kv & spoken
        columns = []
        for lag in LAGS:
            columns.append(np.roll(lips, lag, 0))
            good = good & np.roll(km, lag)
        edge = max(LAGS)
        good[:edge] = good[-edge:] = False
        out.append((np.concatenate(columns, 1)[good], sound[good]))
    return out


def fit(clips):
    """Weights of mouth and voice, and how much each component counts."""
    pairs = [pair for clip in clips for pair in training_rows(clip)]
    x, y = np.concatenate([p[0] for p in pairs]), np.concatenate([p[1] for p in pairs])
    cxx = x.T @ x / len(x) + RIDGE * np.eye(x.shape[1])
    cyy = y.T @ y / len(y) + RIDGE * np.eye(y.shape[1])

    def root(matrix):
        values, vectors = np.linalg.eigh(matrix)
        return vectors / np.sqrt(values) @ vectors.T

    left, right = root(cxx), root(cyy)
    u, s, v = np.linalg.svd(left @ (x.T @ y / len(x)) @ right)
    return (left @ u[:, :COMPONENTS]).T, (right @ v[:COMPONENTS].T).T, s[:COMPONENTS]


def rules(clips, lead, widening, data):
    mouth, voice, weights = fit(clips)
    rounded = lambda values: [[float(f"{x:.5g}") for x in row] for row in values]
    return {
        "origin": {"id": f"lips-{datetime.date.today()}", "date": str(datetime.date.today()), "data": data,
                   "metric": "canonical correlation; lead: median of sources; widening: 95 % of stretches of 5 s",
                   "tool": "Tools/measure/lips.py"},
        "lags": LAGS, "mouth": rounded(mouth), "voice": rounded(voice), "weights": [float(f"{x:.4g}") for x in weights],
        "lead": lead, "widening": widening, "limits": LIMITS}


# --- measuring ------------------------------------------------------------------------------------------------------

def compare(options, path, pairs):
    """For each (mouth's file, track, voice's file, shift) what the program says; None when nothing."""
    text = "".join(f"{a}\t{b}\t{c}\t{d}\n" for a, b, c, d in pairs)
    made = subprocess.run([options.lab, "lips", "compare", "--rules", path], input=text, stdout=subprocess.PIPE,
                          text=True, check=True)
    found = []
    for line in made.stdout.splitlines():
        cells = line.split("\t")[4:]
        found.append(dict(zip(("offset", "uncertainty", "strength", "voiced", "resting", "silent"), map(float, cells)))
                     if len(cells) == 6 else None)
    return found


def area(positive, negative):
    """Area under the curve: how often a number of the first list is above one of the second."""
    if not positive or not negative:
        return float("nan")
    a, b = np.array(positive)[:, None], np.array(negative)[None]
    return float(((a > b) + 0.5 * (a == b)).mean())


def main_track(clip):
    """The track that is seen longest."""
    lengths = {track: sum(row is not None for row in series["rows"]) for track, series in clip["mouths"].items()}
    return max(lengths, key=lengths.get) if lengths else None


def cut(clip, start, seconds, target):
    """A stretch of a clip as a series file of its own."""
    def part(series):
        begin = max(start - series["first"], 0)
        rows = series["rows"][begin:max(start + seconds * RATE - series["first"], begin)]
        return {"first": series["first"] + begin, "rows": rows}
    target.write_text(json.dumps({"voice": part(clip["voice"]),
                                  "mouths": {track: part(series) for track, series in clip["mouths"].items()}}))
    return target


def main():
    options = arguments()
    options.work.mkdir(parents=True, exist_ok=True)
    rows = [line.split("\t") for line in options.clips.read_text().splitlines() if line and not line.startswith("#")]
    clips = []
    for path, source, kind in rows:
        file = prepare(path, options)
        if file:
            clip = json.loads(file.read_text())
            if main_track(clip):
                clips.append(dict(path=path, source=source, kind=kind, file=file, series=clip, track=main_track(clip)))
    real = [c for c in clips if c["kind"] == "real"]
    sources = sorted({c["source"] for c in real})
    print(f"{len(clips)} clips with series: {len(real)} real of {len(sources)} sources")

    # Rules without each source; those of everything for what is in none.
    paths = {}
    for source in sources + [None]:
        path = options.work / f"rules-{source or 'all'}.json"
        path.write_text(json.dumps(rules([c["series"] for c in real if c["source"] != source], 0, 1, "fold")))
        paths[source] = path

    def without(clip):
        return paths.get(clip["source"], paths[None])

    def ask(jobs):
        """jobs: (clip whose mouth, file of mouth, track, file of voice, shift); answers in their order."""
        answers = [None] * len(jobs)
        for path in set(map(str, paths.values())):
            chosen = [n for n, job in enumerate(jobs) if str(without(job[0])) == path]
            if chosen:
                for n, answer in zip(chosen, compare(options, path, [jobs[n][1:] for n in chosen])):
                    answers[n] = answer
        return answers

    base = ask([(c, c["file"], c["track"], c["file"], 0) for c in real])
    heard = [(c["source"], a["offset"]) for c, a in zip(real, base) if a and a["strength"] >= LIMITS["strength"]]
    by_source = {s: [offset for source, offset in heard if source == s] for s in sources}
    medians = {s: float(np.median(v)) for s, v in by_source.items() if v}
    lead = float(np.round(np.median(list(medians.values()))))
    print(f"lead {lead:.0f} ms; by source: " + ", ".join(f"{s} {m - lead:+.0f}" for s, m in medians.items()))

    # The interval: stretches of 5 s against their own clip's source.
    stretches = []
    for c in real:
        length = len(c["series"]["voice"]["rows"])
        for number in range(0, length - 5 * RATE + 1, 5 * RATE):
            target = options.work / f"stretch-{c['file'].stem}-{number}.json"
            stretches.append((c, cut(c["series"], c["series"]["voice"]["first"] + number, 5, target)))
    answers = ask([(c, f, c["track"], f, 0) for c, f in stretches])
    ratios, errors5 = [], []
    for (c, _), a in zip(stretches, answers):
        if a and a["strength"] >= LIMITS["strength"] and c["source"] in medians:
            errors5.append(a["offset"] - medians[c["source"]])
            ratios.append(abs(errors5[-1]) / a["uncertainty"])
    widening = float(np.round(np.clip(np.quantile(ratios, 0.95), 0.5, 20), 2)) if ratios else 1.0
    print(f"stretches of 5 s: {len(stretches)}, with agreement {len(ratios)}; error against the source's own offset: median "
          f"{np.median(np.abs(errors5)):.0f} ms, 95 % {np.quantile(np.abs(errors5), 0.95):.0f} ms; widening {widening}")

    # Known shifts.
    jobs = [(c, c["file"], c["track"], c["file"], s) for c in real for s in SHIFTS]
    shifted = ask(jobs)
    errors = {s: [] for s in SHIFTS}
    for job, a in zip(jobs, shifted):
        if a and a["strength"] >= LIMITS["strength"]:
            errors[job[4]].append(abs(a["offset"] - lead - job[4]))
    own = [abs(a["offset"] - medians[job[0]["source"]] - job[4]) for job, a in zip(jobs, shifted)
           if a and a["strength"] >= LIMITS["strength"] and job[0]["source"] in medians]
    every = [e for v in errors.values() for e in v]
    print(f"shifted by known amounts: {len(jobs)} trials, answered {len(every)}; error median {np.median(every):.0f} ms, "
          f"95 % {np.quantile(every, 0.95):.0f} ms; less the source's own offset: median {np.median(own):.0f} ms, 95 % "
          f"{np.quantile(own, 0.95):.0f} ms; by shift, median: " + ", ".join(f"{s:+d}: {np.median(v):.0f}" for s, v in errors.items() if v))

    # Swapped sound: another clip of the same source, and of another one (a dub).
    swaps = {"same source": [], "other source": []}
    for c in real:
        same = [o for o in real if o["source"] == c["source"] and o is not c]
        other = [o for o in real if o["source"] != c["source"]]
        for name, list_ in (("same source", same), ("other source", other)):
            for o in list_[:: max(len(list_) // 4, 1)][:4]:
                shift = 1000 * (c["series"]["voice"]["first"] - o["series"]["voice"]["first"]) / RATE
                swaps[name].append((c, c["file"], c["track"], o["file"], shift))
    print(f"{'source':28} clips  offset  strength  AUC: shift 200  400  swap  dub")
    strengths = {}
    for name, jobs_ in swaps.items():
        strengths[name] = list(zip(jobs_, ask(jobs_)))
    totals = {k: ([], []) for k in ("200", "400", "swap", "dub")}
    for source in sources:
        good = [a for c, a in zip(real, base) if a and c["source"] == source]
        def away(a):
            return abs(a["offset"] - lead)
        def of_shift(size):
            return [a for job, a in zip(jobs, shifted) if a and job[0]["source"] == source and abs(job[4]) == size]
        def of_swap(name):
            return [a for job, a in strengths[name] if a and job[0]["source"] == source]
        cells = []
        for key, positive, negative in (
                ("200", [away(a) for a in of_shift(200)], [away(a) for a in good]),
                ("400", [away(a) for a in of_shift(400)], [away(a) for a in good]),
                ("swap", [a["strength"] for a in good], [a["strength"] for a in of_swap("same source")]),
                ("dub", [a["strength"] for a in good], [a["strength"] for a in of_swap("other source")])):
            cells.append(area(positive, negative))
            totals[key][0].extend(positive), totals[key][1].extend(negative)
        print(f"{source:28} {len(good):5}  {np.median([a['offset'] - lead for a in good]) if good else float('nan'):+6.0f}"
              f"  {np.median([a['strength'] for a in good]) if good else float('nan'):8.1f}  " +
              "  ".join(f"{x:5.2f}" for x in cells))
    print("all sources together: " + ", ".join(f"{k} {area(*v):.3f} ({len(v[0])}, {len(v[1])})" for k, v in totals.items()))
    levels = sorted(totals["dub"][1])
    for level in (2.5, 3, 3.5, 4, 4.5, 5):
        real_share, dubbed_share = np.mean(np.array(totals["dub"][0]) >= level), np.mean(np.array(levels) >= level)
        print(f"strength >= {level}: real {real_share:.2f}, dubbed {dubbed_share:.2f}")
    resting = [a["resting"] for a in base if a]
    print(f"voice while the lips rest, real: median {np.median(resting):.2f}, 95 % {np.quantile(resting, 0.95):.2f}")
    for kind in ("driven", "other"):
        chosen = [c for c in clips if c["kind"] == kind]
        found = [(c, a) for c, a in zip(chosen, ask([(c, c["file"], c["track"], c["file"], 0) for c in chosen])) if a]
        for source in sorted({c["source"] for c, _ in found}):
            part = [a for c, a in found if c["source"] == source]
            print(f"{kind} {source}: {len(part)} clips, strength {np.median([a['strength'] for a in part]):.1f}, offset "
                  f"{np.median([a['offset'] - lead for a in part]):+.0f} ms, resting {np.median([a['resting'] for a in part]):.2f}")
    if options.write:
        data = f"{len(real)} real clips of {len(sources)} sources with people who talk (docs/measurements/sound.md)"
        target = ROOT / "Calibration/lips.json"
        target.write_text(json.dumps(rules([c["series"] for c in real], lead, widening, data), indent=1) + "\n")
        print(f"wrote {target.name}")


main()
