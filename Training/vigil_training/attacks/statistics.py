"""The statistics that features.py saved, as one table with labels, rooms and folds."""

from pathlib import Path

import numpy as np

from .items import VIEWS, labels, room, table

CUES = ("sharpness", "brightness", "size", "border")
LIVE, ATTACK, DOUBTFUL = 0, 1, -1


class Statistics:
    """Rows of all faces: `x[view]` (16 bits), `path`, `kind` (plain, changed, live, shown), `label`, `room`, `fold`."""

    def __init__(self, files, folders, folds, views=tuple(VIEWS)):
        """`files`: what features.py wrote; `folders`: the data; `folds`: rows of attack-folds.tsv (room, fold, frames)."""
        known, parts = labels(folders), [np.load(file) for file in sorted(files)]
        about = np.concatenate([part["about"] for part in parts])
        self.x = {view: np.concatenate([part[view] for part in parts]) for view in views}
        self.path, self.frame, self.kind = about[:, 0], about[:, 1].astype(int), about[:, 2]
        self.cues = about[:, 3 : 3 + len(CUES)].astype(np.float32)
        holder = about[:, 3 + len(CUES)] == "1"
        given = np.array([known[path]["label"] if path in known else "doubtful" for path in self.path])
        self.attack_kind = np.array([known[path]["kind"] if path in known else "" for path in self.path])
        self.label = np.select([given == "attack", given == "real"], [ATTACK, LIVE], DOUBTFUL)
        self.label[holder] = DOUBTFUL  # nobody knows whose face it is
        self.label[self.kind == "shown"] = ATTACK
        where = {row["origin"]: row for row in folds}
        origin = [room(path) for path in self.path]
        self.room = np.array([where[o]["room"] if o in where else o for o in origin])
        self.fold = np.array([int(where[o]["fold"]) if o in where else -1 for o in origin])
        self.whole = np.array([where[o]["frames"] == "whole" if o in where else False for o in origin])

    def rows(self, *conditions):
        """Numbers of the rows with a believed label that meet all conditions."""
        return np.flatnonzero(np.logical_and.reduce([self.label != DOUBTFUL, *conditions]))


def read(folder, data, folds):
    """The table of all parts in a folder of features.py."""
    files = [f for f in Path(folder).glob("*.npz") if not f.name.endswith(".part.npz")]
    if not files:
        raise SystemExit(f"{folder}: no statistics; run vigil_training.attacks.features first")
    return Statistics(files, data, table(folds))


def alike(rooms, labels, few=20, share=None):
    """Weights that sum to 1: rooms alike and in each both classes alike, but less for classes of fewer than `few` files.

    `share`: {room: factor}, 1 unless named.
    """
    rooms, labels = np.asarray(rooms), np.asarray(labels)
    weight = np.zeros(len(labels))
    for name in np.unique(rooms):
        for label in (LIVE, ATTACK):
            part = (rooms == name) & (labels == label)
            if part.any():
                weight[part] = (share or {}).get(name, 1.0) / max(part.sum(), few)
    for label in (LIVE, ATTACK):
        if (labels == label).any():
            weight[labels == label] /= 2 * weight[labels == label].sum()
    return weight
