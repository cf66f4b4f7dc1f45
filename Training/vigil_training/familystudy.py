"""Clips by family of forgery, and the figures of a score on them: what every choice is judged by.

Beside the AUC against all real clips stand the AUC against real clips of the same origin (codec, size, camera alike) and
how many forgeries score above their own original. Intervals draw whole people.
"""

from dataclasses import dataclass

import numpy as np

from . import families
from .filescores import grouped
from .metrics import auc, auc_interval, share_interval
from .real import learnt_before

# Families of one clip set that stand apart from the others; of live swaps all models together make one line.
SWAPS = ("DeepFaceLive", "FF++ Deepfakes", "FF++ FaceSwap", "FF++ FaceShifter", "FF++ Face2Face", "FF++ NeuralTextures",
         "FF++ unnamed", "DFD", "DFDC", "GHOST")
FEWEST = 3  # files of a family that enters a mean


@dataclass
class Clips:
    """One entry a file, from the rows of looks.py that are clips (or, with `stills`, the rest)."""

    rows: np.ndarray  # rows of the table that belong here
    place: np.ndarray  # file of each of these rows
    path: np.ndarray
    label: np.ndarray
    group: np.ndarray
    origin: np.ndarray
    family: np.ndarray
    type: np.ndarray
    before: np.ndarray  # whether the networks shipped until 30 November 2026 learnt from it
    original: list

    @classmethod
    def of(cls, table, stills=False):
        is_clip = np.char.startswith(table["path"], "clips/")
        rows = np.flatnonzero(is_clip != stills)
        path, first, place = np.unique(table["path"][rows], return_index=True, return_inverse=True)
        at = rows[first]
        names = families.read()
        named = [("", "real") if table["label"][i] == "real" else
                 families.family(names, table["path"][i], table["kind"][i], table["label"][i]) if is_clip[i] else
                 (table["kind"][i], "still") for i in at]
        group, origin = table["group"][at], table["origin"][at]
        before = np.array([learnt_before(g, o) for g, o in zip(group, origin)])
        label = (table["label"][at] == "fake").astype(int)
        reals = [p for p, y in zip(path, label) if not y]
        index = {p: i for i, p in enumerate(path)}
        own = [index.get(families.original(p, reals)) if y else None for p, y in zip(path, label)]
        return cls(rows, place, path, label, group, origin, np.array([n for n, _ in named]),
                   np.array([t for _, t in named]), before, own)

    def mean(self, values):
        """The robust mean of each file's rows, of values of all rows of the table."""
        return grouped(self.place, np.asarray(values, float)[self.rows])

    def line(self):
        """Of each file the line it stands in: its family, DeepFaceLive's models as one."""
        return np.array([families.LIVE if f.startswith(families.LIVE) else f for f in self.family])


def order(clips, score, which):
    """(pairs, in how many the forgery is above its own original) among the files `which`."""
    both = [(score[i], score[clips.original[i]]) for i in np.flatnonzero(which) if clips.original[i] is not None]
    both = [(a, b) for a, b in both if not np.isnan(a + b)]
    return len(both), int(sum(a > b for a, b in both))


def figures(clips, score, among, rounds=400):
    """{line: figures} of every family and the means over swaps and over talkers, on the files `among`.

    `score`: one number a file; nan: not judged.
    """
    among = among & ~np.isnan(score)
    real, lines, out = among & (clips.label == 0), clips.line(), {}
    for name in [*SWAPS, *sorted(set(lines[clips.type == "talker"]))]:
        fake = among & (lines == name)
        if not fake.any():
            continue
        rows = fake | real
        near = real & np.isin(clips.origin, clips.origin[fake])
        low, high = auc_interval(clips.label[rows], score[rows], clips.group[rows], rounds)
        pairs, above = order(clips, score, fake)
        out[name] = dict(type="swap" if name in SWAPS else "talker", n=int(fake.sum()), auc=auc(clips.label[rows], score[rows]),
                         low=low, high=high, near=auc(clips.label[fake | near], score[fake | near]) if near.any() else float("nan"),
                         near_reals=int(near.sum()), pairs=pairs, above=above)
    return out


def summary(clips, score, among, seed=0, rounds=400):
    """Means over families, pairs, and what is found where at most 5 % of real clips are; with intervals over people."""
    among = among & ~np.isnan(score)
    lines = clips.line()
    sets = {kind: [n for n in sorted(set(lines[among & (clips.type == kind)])) if (among & (lines == n)).sum() >= FEWEST]
            for kind in ("swap", "talker")}

    def once(chosen):
        y, s, line = clips.label[chosen], score[chosen], lines[chosen]
        real, out = s[y == 0], {}
        for kind, names in sets.items():
            values = [auc(np.r_[np.ones((line == n).sum()), np.zeros(len(real))], np.r_[s[line == n], real]) for n in names
                      if (line == n).any()]
            out[kind] = np.mean(values) if values else np.nan
        out["all"] = auc(y, s)
        out["found"] = np.mean(s[y == 1] > np.quantile(real, 0.95))
        return out

    rows = np.flatnonzero(among)
    members = [rows[clips.group[rows] == g] for g in np.unique(clips.group[rows])]
    rng = np.random.default_rng(seed)
    draws = [once(np.concatenate([members[i] for i in rng.integers(len(members), size=len(members))])) for _ in range(rounds)]
    out = {k: dict(value=float(v), interval=[float(q) for q in np.nanpercentile([d[k] for d in draws], (2.5, 97.5))])
           for k, v in once(rows).items()}
    pairs, above = order(clips, score, among & (clips.label == 1))
    live, live_above = order(clips, score, among & (lines == families.LIVE))
    out["pairs"] = dict(value=above / max(pairs, 1), interval=share_interval(above, pairs), count=[above, pairs])
    out["live pairs"] = dict(value=live_above / max(live, 1), interval=share_interval(live_above, live), count=[live_above, live])
    near = []
    for name in sets["swap"]:
        fake = among & (lines == name)
        reals = among & (clips.label == 0) & np.isin(clips.origin, clips.origin[fake])
        if reals.sum() >= 3:
            near.append(auc(clips.label[fake | reals], score[fake | reals]))
    out["near swaps"] = dict(value=float(np.mean(near)) if near else float("nan"), families=len(near))
    return out


def words(found):
    """One line of a summary."""
    parts = []
    for name, entry in found.items():
        text = f"{name} {entry['value']:.3f}"
        if "count" in entry:
            text += f" ({entry['count'][0]}/{entry['count'][1]})"
        elif "interval" in entry:
            text += " [{:.2f}, {:.2f}]".format(*entry["interval"])
        parts.append(text)
    return " | ".join(parts)
