"""Which real faces may be learnt from, and how often each source is drawn: stills, and no clip that judges families."""

import numpy as np

from . import families, folds
from .crops import origin
from .pairs import HALVED, held_half

# Share of a source among what is drawn; pictures of live people in rooms (pad/) share ROOMS alike, room by room.
SHARES = {"mixed": 1.0, "webmorph": 0.3, "youtube_faces": 1.2, "ffhq_stylegan2": 0.8, "no_mask": 0.5}
ROOMS = 1.2
CLIPS = 0.9  # all real clips of `learnt_before` together, when they are asked for

RULES = [rule for found in folds.read().values() for rule in found if rule != ("origin", families.LIVE)]


def learnt_before(group, source):
    """Whether the clips of a person or an origin were learnt from until 30 November 2026: they judge nothing any more."""
    return folds.holds(RULES, group, source) or source == "face_recognition"


def learnable(item):
    """Whether a still of a real face may be learnt from; halves of two sources are kept for tests."""
    source = origin(item)
    if item.label != "real" or item.path.startswith("clips/"):
        return False
    if item.path.startswith("pad/"):
        return True
    return source in SHARES and not (source in HALVED and held_half(item.path))


def old_real(item):
    """Whether a crop is of a real clip that judges nothing."""
    return item.label == "real" and item.path.startswith("clips/") and learnt_before(item.group, origin(item))


class Live:
    """Frames of live swaps beside the same frames of their originals; clips of `learnt_before` alone."""

    def __init__(self, crops):
        self.crops, at = crops, {}
        for item in crops.items:
            if item.path.startswith(f"clips/{families.LIVE}/") and learnt_before(item.group, origin(item)):
                at.setdefault((item.path, item.frame), item)
        reals = {path for path, _ in at}
        self.pairs = [(at[own, frame], fake) for (path, frame), fake in sorted(at.items(), key=lambda entry: entry[0])
                      if fake.label == "fake" and (own := families.original(path, reals)) and (own, frame) in at]

    def draw(self, rng):
        """(crop of the original, crop of the swap), pixels."""
        return [self.crops.pixels(item) for item in self.pairs[int(rng.integers(len(self.pairs)))]]


class Reals:
    """The real faces to learn from, drawn source by source."""

    def __init__(self, crops, clips=False):
        """`clips`: with the real clips of `learnt_before`."""
        self.crops = crops
        self.items = [item for item in crops.items if learnable(item) or clips and old_real(item)]
        sources = np.array(["clips" if item.path.startswith("clips/") else origin(item) for item in self.items])
        room = np.array([item.path.startswith("pad/") for item in self.items])
        rooms = len(set(sources[room]))
        self.weight = np.zeros(len(self.items))
        for source in sorted(set(sources)):
            mine = sources == source
            share = ROOMS / rooms if room[mine].any() else CLIPS if source == "clips" else SHARES[source]
            self.weight[mine] += share / mine.sum()
        self.weight /= self.weight.sum()
        self.shapes = np.stack([item.points.ravel() for item in self.items]) if self.items else np.zeros((0, 136))

    def draw(self, rng):
        """The number of one of the items."""
        return int(rng.choice(len(self.items), p=self.weight))

    def donor(self, number, rng):
        """Another face, the one of some twenty whose shape is nearest."""
        others = rng.choice(len(self.items), 20)
        others = others[others != number]
        return self.items[others[np.abs(self.shapes[others] - self.shapes[number]).mean(1).argmin()]]
