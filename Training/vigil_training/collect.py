"""Makes labelled files from ordinary git clones and a table: nothing is fetched here.

    python -m vigil_training.collect TABLE.tsv CLONES OUT [--only PREFIX] [--list]

TABLE has the columns path (where the file goes under OUT), label, kind, group, repository (OWNER/NAME), commit, object (the
file's git object, which names its bytes) and may have rotate (degrees counter-clockwise, a picture), panel (W:H:X:Y, part of
a clip) and boxes (kept for `attacks.features --boxes`). CLONES/OWNER+NAME or CLONES/OWNER/NAME is a clone, bare or not. What
OUT holds is left alone, so a stopped run goes on. OUT/LABELS.tsv (path, label, kind, group, source) names what is there.
`--list` prints what is to be cloned and at which commit. The files are other people's faces: neither they nor the table
belong into a public repository.
"""

import argparse
import csv
import hashlib
import subprocess
import sys
from collections import Counter
from pathlib import Path, PurePosixPath

NEEDED = ("path", "label", "kind", "group", "repository", "object")
LARGEST = 256 << 20  # bytes of one file


def rows_of(table):
    """The table's rows; a missing column or a path that leaves OUT is refused with its line."""
    with open(table, newline="") as file:
        reader = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        missing = [name for name in NEEDED if name not in (reader.fieldnames or [])]
        if missing:
            raise SystemExit(f"{table}: no column {', '.join(missing)}")
        rows = []
        for number, row in enumerate(reader, 2):
            path = PurePosixPath(row["path"] or "")
            if not row["path"] or path.is_absolute() or ".." in path.parts:
                raise SystemExit(f"{table}:{number}: {row['path']!r} is no path below the output folder")
            if len(row["object"] or "") != 40 or set(row["object"]) - set("0123456789abcdef"):
                raise SystemExit(f"{table}:{number}: {row['object']!r} is no git object (40 hexadecimal digits)")
            rows.append(row)
    return rows


def git_directory(clones, repository):
    """The git directory of a clone, or None."""
    for folder in (Path(clones) / repository.replace("/", "+"), Path(clones) / repository):
        for place in (folder / ".git", folder / "repo" / ".git", folder / "repo", folder):
            if (place / "HEAD").is_file():
                return place
    return None


class Objects:
    """Files of one clone by their object, through one `git cat-file --batch`."""

    def __init__(self, directory):
        command = ["git", f"--git-dir={directory}", "cat-file", "--batch"]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait()

    def read(self, name):
        """The bytes, or None where the clone has no such file or its bytes are not those of the name."""
        self.process.stdin.write(name.encode() + b"\n")
        self.process.stdin.flush()
        head = self.process.stdout.readline().split()
        if len(head) != 3:
            return None
        data = self.process.stdout.read(int(head[2]))
        self.process.stdout.read(1)
        if head[1] != b"blob" or len(data) > LARGEST:
            return None
        return data if hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest() == name else None


def turned(data, degrees, suffix):
    """A picture turned counter-clockwise by right angles, as PNG or JPEG like it was."""
    import cv2
    import numpy as np

    turns = {90: cv2.ROTATE_90_COUNTERCLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_CLOCKWISE}
    picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION)
    if picture is None or degrees % 360 not in turns:
        return None
    done, code = cv2.imencode(".png" if suffix == ".png" else ".jpg", cv2.rotate(picture, turns[degrees % 360]),
                              [] if suffix == ".png" else [cv2.IMWRITE_JPEG_QUALITY, 96])
    return code.tobytes() if done else None


def cut(data, panel, place):
    """Part of a clip, coded anew nearly without loss (ffmpeg)."""
    width, height, x, y = (int(v) for v in panel.split(":"))
    source = place.with_name(place.name + ".source")
    source.write_bytes(data)
    done = subprocess.run(["ffmpeg", "-v", "error", "-y", "-i", str(source), "-an", "-vf", f"crop={width}:{height}:{x}:{y},setsar=1",
                           "-c:v", "libx264", "-preset", "veryfast", "-crf", "10", "-pix_fmt", "yuv420p", "-f", "mp4", str(place)],
                          stdin=subprocess.DEVNULL)
    source.unlink()
    return done.returncode == 0


def made(row, data, out):
    """Writes one file; False where it cannot be made."""
    target = out / row["path"]
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(target.name + ".part")
    if row.get("panel"):
        if not cut(data, row["panel"], part):
            return False
    else:
        if row.get("rotate"):
            data = turned(data, int(row["rotate"]), target.suffix.lower())
            if data is None:
                return False
        part.write_bytes(data)
    part.replace(target)
    return True


def collect(rows, clones, out):
    """Makes what is missing; {repository: how many files could not be made}."""
    missing = Counter()
    for repository in sorted({row["repository"] for row in rows}):
        wanted = [row for row in rows if row["repository"] == repository and not (out / row["path"]).exists()]
        directory = git_directory(clones, repository)
        if not wanted:
            continue
        if directory is None:
            missing[repository] = len(wanted)
            continue
        with Objects(directory) as objects:
            for row in wanted:
                data = objects.read(row["object"])
                if data is None or not made(row, data, out):
                    missing[repository] += 1
    return missing


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("table", type=Path)
    parser.add_argument("clones", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--only", default="", help="only paths that begin so")
    parser.add_argument("--list", action="store_true", help="print the repositories without a clone, and end")
    options = parser.parse_args()
    rows = [row for row in rows_of(options.table) if row["path"].startswith(options.only)]
    if options.list:
        for repository, commit in sorted({(row["repository"], row.get("commit") or "") for row in rows}):
            if git_directory(options.clones, repository) is None:
                print(repository, commit, sep="\t")
        return
    missing = collect(rows, options.clones, options.out)
    there = [row for row in rows if (options.out / row["path"]).exists()]
    options.out.mkdir(parents=True, exist_ok=True)
    with open(options.out / "LABELS.tsv", "w") as file:
        print("path", "label", "kind", "group", "source", sep="\t", file=file)
        for row in there:
            print(row["path"], row["label"], row["kind"], row["group"], row["repository"], sep="\t", file=file)
    print(f"{len(there)} of {len(rows)} files in {options.out}")
    for repository, count in missing.most_common():
        reason = "" if git_directory(options.clones, repository) else " (no clone)"
        print(f"missing {count} of {repository}{reason}", file=sys.stderr)


if __name__ == "__main__":
    main()
