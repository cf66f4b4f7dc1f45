"""The crops that `vigil crops` cut, with their labels."""

import csv
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

CORRECTIONS = Path(__file__).parent.parent / "corrections.tsv"


@dataclass(frozen=True)
class Crop:
    """One face in one frame. `row` is its place in pixel file `file`; `points` are 68 x 2 crop pixels."""

    file: int
    row: int
    path: str
    frame: int
    track: int
    scale: float
    label: str
    kind: str
    group: str
    source: str
    points: np.ndarray = field(repr=False, compare=False)


class Crops:
    """All crops of one rule in `folders`: `pixels(item)` is height x width x 3, RGB, uint8."""

    def __init__(self, folders, name, side, data, main_face_only=True):
        labels = labels_of(data)
        self.items, self._files = [], []
        for number, folder in enumerate(folders):
            self._files.append(np.memmap(Path(folder) / f"{name}.rgb", np.uint8, "r").reshape(-1, side, side, 3))
            with open(Path(folder) / f"{name}.tsv") as file:
                next(file)
                for row, line in enumerate(file):
                    cells = line.rstrip("\n").split("\t")
                    path = cells[0].removeprefix(str(data)).lstrip("/")
                    label = labels.get(path)
                    if label is None or row >= len(self._files[-1]):
                        continue
                    points = np.array(cells[4:], np.float32).reshape(68, 2)
                    self.items.append(
                        Crop(number, row, path, int(cells[1]), int(cells[2]), float(cells[3]), label["label"],
                             label["kind"], label["group"], label["source"], points))
        if main_face_only:
            self.items = main_faces(self.items)

    def pixels(self, item):
        """A copy of one crop."""
        return np.array(self._files[item.file][item.row])


def labels_of(data, corrections=CORRECTIONS):
    """{path: row} of LABELS.tsv; `corrections` (prefix, label, why) overrule the label of what a look showed to be wrong."""
    def read(path):
        with open(path, newline="") as file:
            return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))

    changes = read(corrections)
    labels = {row["path"]: row for row in read(Path(data) / "LABELS.tsv")}
    for path, row in labels.items():
        for change in changes:
            if path.startswith(change["prefix"]):
                row["label"] = change["label"]
    return labels


def main_faces(items):
    """Of each file, only the face that was seen in most frames (the larger one when equal)."""
    weight = {}
    for item in items:
        key = (item.path, item.track)
        count, scale = weight.get(key, (0, 0.0))
        weight[key] = (count + 1, max(scale, item.scale))
    best = {}
    for (path, track), value in weight.items():
        if path not in best or value > best[path][0]:
            best[path] = (value, track)
    return [item for item in items if best[item.path][1] == item.track]


def origin(item):
    """Where a crop comes from, as folds.tsv names it: the folder under the kind of data."""
    parts = item.path.split("/")
    return parts[1] if len(parts) > 1 else parts[0]
