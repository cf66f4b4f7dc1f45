"""Which real faces may be learnt from, and how often each source is drawn: stills alone, for every clip is a test."""

import numpy as np

from .crops import origin
from .pairs import HALVED, held_half

# Share of a source among what is drawn; pictures of live people in rooms (pad/) share ROOMS alike, room by room.
SHARES = {"mixed": 1.0, "webmorph": 0.3, "youtube_faces": 1.2, "ffhq_stylegan2": 0.8, "no_mask": 0.5}
ROOMS = 1.2


def learnable(item):
    """Whether a still of a real face may be learnt from; halves of two sources are kept for tests."""
    source = origin(item)
    if item.label != "real" or item.path.startswith("clips/"):
        return False
    if item.path.startswith("pad/"):
        return True
    return source in SHARES and not (source in HALVED and held_half(item.path))


class Reals:
    """The real faces to learn from, drawn source by source."""

    def __init__(self, crops):
        self.crops = crops
        self.items = [item for item in crops.items if learnable(item)]
        sources = np.array([origin(item) for item in self.items])
        room = np.array([item.path.startswith("pad/") for item in self.items])
        rooms = len(set(sources[room]))
        self.weight = np.zeros(len(self.items))
        for source in sorted(set(sources)):
            mine = sources == source
            share = ROOMS / rooms if room[mine].any() else SHARES[source]
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
