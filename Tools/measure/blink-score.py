#!/usr/bin/env python3
"""Scores blinks against the hand-checked intervals of Calibration/truth/blinks.tsv.

    Tools/measure/blink-score.py --clips FOLDER [--vigil .build/release/vigil] [--task face_landmarker.task] [--keep FOLDER]

Three detectors on the same clips: this program's blinks (vigil analyze); MediaPipe FaceLandmarker's mean of both
eyeBlink scores above 0.5; and the mean eye aspect ratio of the same mesh below 0.2, both as runs of frames. Without
--task (Google's face_landmarker.task, and the Python package mediapipe with OpenCV) only the first. An event counts
when its intersection over union with an interval is at least 0.2, each interval once; one that meets only an interval
of kind unsure or edge counts neither way. --keep: where the detectors' outputs are kept and found again.
"""
import argparse
import collections
import json
import os
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
RIGHT, LEFT = [33, 160, 158, 133, 153, 144], [362, 385, 387, 263, 373, 380]


def truth(path):
    """Clip name to frames a second, set, and intervals (first, one past last, kind)."""
    clips = collections.OrderedDict()
    for line in path.read_text().splitlines():
        if line.startswith("#") or not line.strip():
            continue
        name, fps, _, first, last, kind, part = line.split("\t")
        clip = clips.setdefault(name, {"fps": float(fps), "set": part, "intervals": []})
        if kind != "none":
            clip["intervals"].append((int(first), int(last) + 1, kind))
    return clips


def overlap(a, b):
    shared = min(a[1], b[1]) - max(a[0], b[0])
    return shared / (max(a[1], b[1]) - min(a[0], b[0])) if shared > 0 else 0


def score(intervals, events):
    """True positives, false positives, misses."""
    right = wrong = 0
    used = set()
    for event in events:
        best = max(((overlap(event, t), i) for i, t in enumerate(intervals) if t[2] == "blink" and i not in used),
                   default=(0, -1))
        if best[0] >= 0.2:
            right += 1
            used.add(best[1])
        elif not any(overlap(event, t) > 0 for t in intervals if t[2] != "blink"):
            wrong += 1
    return right, wrong, sum(t[2] == "blink" for t in intervals) - right


def ours(vigil, clip, keep, fps):
    file = keep / f"{clip.stem}.vigil.json"
    if not file.exists():
        done = subprocess.run([vigil, "analyze", clip], check=True, capture_output=True, text=True,
                              env={**os.environ, "LC_ALL": "C.UTF-8"})
        file.write_text(done.stdout)
    result = json.loads(file.read_text())
    # A recording with cuts has several tracks; their blinks are all events of this clip.
    return sorted((b["start_s"] * fps, b["end_s"] * fps) for t in result["tracks"] for b in t["liveness"]["blinks"])


def mesh_rows(task, clip, keep):
    """A row a frame: mean eye aspect ratio and mean blink score, or None."""
    file = keep / f"{clip.stem}.mediapipe.json"
    if file.exists():
        return json.loads(file.read_text())
    import cv2
    import mediapipe
    import numpy
    from mediapipe.tasks.python import BaseOptions, vision
    options = vision.FaceLandmarkerOptions(
        base_options=BaseOptions(model_asset_path=task), running_mode=vision.RunningMode.VIDEO,
        output_face_blendshapes=True, num_faces=1)

    def aspect(p):
        gap = lambda a, b: numpy.linalg.norm(p[a] - p[b])
        return (gap(1, 5) + gap(2, 4)) / (2 * gap(0, 3) + 1e-6)

    rows, capture = [], cv2.VideoCapture(str(clip))
    fps = capture.get(cv2.CAP_PROP_FPS)
    with vision.FaceLandmarker.create_from_options(options) as landmarker:
        while True:
            good, picture = capture.read()
            if not good:
                break
            image = mediapipe.Image(image_format=mediapipe.ImageFormat.SRGB,
                                    data=cv2.cvtColor(picture, cv2.COLOR_BGR2RGB))
            seen = landmarker.detect_for_video(image, int(len(rows) * 1000 / fps))
            if not seen.face_landmarks:
                rows.append(None)
                continue
            size = numpy.array(picture.shape[1::-1])
            points = numpy.array([[q.x, q.y] for q in seen.face_landmarks[0]]) * size
            names = {c.category_name: c.score for c in seen.face_blendshapes[0]}
            rows.append([float(aspect(points[RIGHT]) + aspect(points[LEFT])) / 2,
                         (names["eyeBlinkLeft"] + names["eyeBlinkRight"]) / 2])
    file.write_text(json.dumps(rows))
    return rows


def runs(flags):
    events, start = [], None
    for index, flag in enumerate([*flags, False]):
        if flag and start is None:
            start = index
        elif not flag and start is not None:
            events.append((start, index))
            start = None
    return events


def words(counts):
    right, wrong, missed = counts
    precision, recall = right / max(1, right + wrong), right / max(1, right + missed)
    return (f"P {precision:.3f} R {recall:.3f} F1 {2 * right / max(1, 2 * right + wrong + missed):.3f} "
            f"({right} right, {wrong} wrong, {missed} missed)")


def self_test():
    intervals = [(10, 15, "blink"), (30, 36, "blink"), (50, 90, "unsure")]
    assert score(intervals, [(9, 14), (11, 15), (60, 64)]) == (1, 1, 1)
    assert score(intervals, []) == (0, 0, 2)
    assert runs([False, True, True, False, True]) == [(1, 3), (4, 5)]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clips", type=pathlib.Path, help="folder that holds the clips, at any depth")
    parser.add_argument("--vigil", default=ROOT / ".build/release/vigil")
    parser.add_argument("--task", help="face_landmarker.task for the two MediaPipe rows")
    parser.add_argument("--keep", type=pathlib.Path)
    parser.add_argument("--truth", type=pathlib.Path, default=ROOT / "Calibration/truth/blinks.tsv")
    parser.add_argument("--self-test", action="store_true")
    options = parser.parse_args()
    self_test()
    if options.self_test:
        return
    if not options.clips:
        sys.exit("blink-score: give --clips FOLDER")
    keep = options.keep or pathlib.Path(tempfile.mkdtemp())
    keep.mkdir(parents=True, exist_ok=True)
    files = {f.stem: f for f in sorted(options.clips.rglob("*")) if "/fake/" not in str(f) and f.is_file()}
    totals = collections.defaultdict(lambda: [0, 0, 0])
    print("| clip | set | blinks | Vigil: right, wrong, missed | blendshapes 0.5 | EAR 0.2 |\n|---|---|---|---|---|---|")
    for name, clip in truth(options.truth).items():
        if name not in files:
            print(f"blink-score: {name}: no such clip below {options.clips}; left out", file=sys.stderr)
            continue
        events = {"Vigil": ours(options.vigil, files[name], keep, clip["fps"])}
        if options.task:
            rows = mesh_rows(options.task, files[name], keep)
            events["blendshapes 0.5"] = runs([r is not None and r[1] > 0.5 for r in rows])
            events["EAR 0.2"] = runs([r is not None and r[0] < 0.2 for r in rows])
        cells = []
        for detector, found in events.items():
            counts = score(clip["intervals"], found)
            cells.append(", ".join(map(str, counts)))
            for part in (clip["set"], "all"):
                totals[detector, part] = [a + b for a, b in zip(totals[detector, part], counts)]
        blinks = sum(t[2] == "blink" for t in clip["intervals"])
        print(f"| {name} | {clip['set']} | {blinks} | {' | '.join(cells)} |")
    print()
    for (detector, part), counts in totals.items():
        print(f"{detector}, {part}: {words(counts)}")


main()
