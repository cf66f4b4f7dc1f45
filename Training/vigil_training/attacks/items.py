"""The faces that `vigil crops` cut, both views of each beside one another, with labels and rooms."""

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..crops import labels_of

# A view's rule in rules/, the side it is cut at and the side the network sees: the rest is a margin to move in.
VIEWS = {"face": ("attack-face", 192, 160), "around": ("attack-around", 256, 224)}


@dataclass(frozen=True)
class Face:
    """One face of one frame. `row`: its place in the pixel files of `folder`; `scale`: frame pixels in a pixel of `around`."""

    folder: str
    row: int
    path: str
    frame: int
    track: int
    scale: float
    label: str
    kind: str


def table(path):
    with open(path, newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def labels(folders):
    """{path under its data folder: row of LABELS.tsv}, corrected by Training/corrections.tsv."""
    found = {}
    for folder in folders:
        found.update(labels_of(folder))
    return found


def faces(folder, roots, known):
    """The faces of one folder that `vigil crops` wrote; `roots`: the data folders that paths are relative to."""
    rule, side, _ = VIEWS["around"]
    held = (Path(folder) / f"{rule}.rgb").stat().st_size // (side * side * 3)
    face_rows = (Path(folder) / f"{VIEWS['face'][0]}.rgb").stat().st_size // (VIEWS["face"][1] ** 2 * 3)
    found = []
    with open(Path(folder) / f"{VIEWS['face'][0]}.tsv") as one, open(Path(folder) / f"{rule}.tsv") as other:
        for row, (line, beside) in enumerate(zip(one, other), -1):
            if row < 0 or row >= min(held, face_rows):
                continue
            cells = line.split("\t", 5)
            around = beside.split("\t", 5)
            if cells[:3] != around[:3]:
                raise ValueError(f"{folder}: row {row} is {cells[:3]} in one view and another face in the other")
            path = next((cells[0].removeprefix(f"{root}/") for root in roots if cells[0].startswith(f"{root}/")), cells[0])
            about = known.get(path)
            if about:
                found.append(Face(str(folder), row, path, int(cells[1]), int(cells[2]), float(around[3]),
                                  about["label"], about["kind"]))
    return found


def main_faces(items):
    """Of each file the face seen in most frames, the largest when equal: the person in front, or the one displayed."""
    weight = {}
    for item in items:
        count, scale = weight.get((item.path, item.track), (0, 0.0))
        weight[item.path, item.track] = (count + 1, max(scale, item.scale))
    best = {}
    for (path, track), value in weight.items():
        if path not in best or value > best[path][0]:
            best[path] = (value, track)
    return [item for item in items if best[item.path][1] == item.track]


class Pixels:
    """The pictures of one folder: `view(name, item)` is side x side x 3, RGB, uint8."""

    def __init__(self, folder):
        self.files = {}
        for name, (rule, side, _) in VIEWS.items():
            file = Path(folder) / f"{rule}.rgb"
            count = file.stat().st_size // (side * side * 3)
            self.files[name] = np.memmap(file, np.uint8, "r", shape=(count, side, side, 3))

    def view(self, name, item):
        return np.array(self.files[name][item.row])


def room(path):
    """The room of a file, its folder under the kind of data; clips and pictures of one project are one room."""
    return path.split("/")[1]
