#!/usr/bin/env python3
"""Analyses every clip of a folder twice and says what came of it.

    Tools/measure/check-clips.py VIGIL FOLDER [--report FILE]

Checks that no analysis ends with a fault, that both runs give the same bytes (results and landmarks), and counts the
frames in which a face was really seen (not carried through an occlusion). Prints one line a clip and the totals; ends
with 1 when a check fails. Frames without a face are listed as ranges, to be looked at.
"""
import argparse
import csv
import hashlib
import json
import pathlib
import subprocess
import sys
import tempfile
import time

KINDS = {".mp4", ".webm", ".mkv", ".avi", ".mov"}


def analysed(vigil, clip, table):
    """Standard output, exit code and processor seconds of one analysis."""
    began = time.monotonic()
    done = subprocess.run([vigil, "analyze", "--no-log", "--landmarks", table, str(clip)],
                          capture_output=True, text=True, check=False)
    return done.stdout, done.returncode, time.monotonic() - began, done.stderr.strip()


def frames_with_face(table):
    """Indices of the frames in which some face was seen."""
    with open(table, newline="") as lines:
        return {int(row["frame"]) for row in csv.DictReader(lines) if row["success"] == "1"}


def ranges(numbers):
    """[1,2,3,7] as '1-3 7'."""
    out, start, last = [], None, None
    for number in [*sorted(numbers), None]:
        if start is not None and number != last + 1:
            out.append(f"{start}" if start == last else f"{start}-{last}")
            start = None
        if start is None:
            start = number
        last = number
    return " ".join(out)


def digest(path):
    return hashlib.sha256(pathlib.Path(path).read_bytes()).hexdigest()


def judged(vigil, clip, folder):
    """One line of the table."""
    tables = [str(folder / f"{run}.csv") for run in "ab"]
    (first, code, seconds, problem), (second, _, _, _) = (analysed(vigil, clip, table) for table in tables)
    same = first == second and digest(tables[0]) == digest(tables[1])
    result = json.loads(first) if first else {}
    frames = result.get("frames", 0)
    # A frame's number counts all frames of the clip from 0.
    missing = set(range(frames)) - frames_with_face(tables[0])
    return {"clip": str(clip), "code": code, "problem": problem, "same": same, "frames": frames,
            "found": 1 - len(missing) / frames if frames else 0.0, "missing": ranges(missing),
            "verdict": result.get("verdict", "error"), "tracks": len(result.get("tracks", [])), "seconds": seconds}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("vigil")
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--report", type=pathlib.Path, help="also write the lines as JSON Lines to this file")
    asked = parser.parse_args()
    clips = sorted(path for path in asked.folder.rglob("*") if path.suffix in KINDS)
    if not clips:
        sys.exit(f"check-clips: no clip in {asked.folder}; give the folder of the labelled clips")
    lines = []
    with tempfile.TemporaryDirectory() as scratch:
        for clip in clips:
            line = judged(asked.vigil, clip, pathlib.Path(scratch))
            line["clip"] = str(clip.relative_to(asked.folder))
            lines.append(line)
            print(f"{line['found']:7.2%} {line['frames']:5d} frames  {'same' if line['same'] else 'DIFFERS'}  "
                  f"rc {line['code']}  {line['tracks']:2d} faces  {line['verdict']:9s} {line['clip']}"
                  + (f"  no face: {line['missing']}" if line["missing"] else ""), flush=True)
    if asked.report:
        asked.report.write_text("".join(json.dumps(line) + "\n" for line in lines))
    faults = [line for line in lines if line["code"] != 0]
    differing = [line for line in lines if not line["same"]]
    enough = sum(line["found"] >= 0.98 for line in lines)
    print(f"check-clips: {len(lines)} clips, {sum(line['frames'] for line in lines)} frames; {len(faults)} faults, "
          f"{len(differing)} differ between two runs; a face in 98 % of the frames or more in {enough} clips")
    sys.exit(1 if faults or differing else 0)


if __name__ == "__main__":
    main()
