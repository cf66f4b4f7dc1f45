"""Pairs of a real face and a forgery made of it, without one deepfake: what `finetune.py` learns from."""

import zlib

import cv2
import numpy as np

from .blend import self_blended
from .crops import origin
from .degrade import degraded, view
from .swaps import Faces, replaced, warped

# Real faces of these origins are learnt from. All clips stay out: every one of them is a test of some fold.
SOURCES = {"mixed": 1.0, "webmorph": 0.25, "youtube_faces": 0.8, "ffhq_stylegan2": 0.6, "jtboing": 0.25,
           "lestari15": 0.2, "viguardieiro": 0.15, "TrickyF0x": 0.08, "Manikantha-M": 0.1, "no_mask": 0.6}


# Half of these is never learnt from end to end: the real faces of the StyleGAN2 fold and of the fold of other people.
HALVED = ("ffhq_stylegan2", "no_mask")


def held_half(path):
    """Whether a picture is in the half of its origin (one of HALVED) that is kept out of training for ever."""
    return zlib.crc32(path.encode()) % 2 == 0


def learnable(item):
    """Whether a crop may be learnt from."""
    source = origin(item)
    if item.label != "real" or source not in SOURCES or item.path.startswith("clips/"):
        return False
    return not (source in HALVED and held_half(item.path))


class Pairs:
    """Draws (real, fake) views of `side` pixels, alike in everything but the forgery."""

    def __init__(self, crops, side, seed):
        self.crops, self.side, self.rng = crops, side, np.random.default_rng(seed)
        self.items = [item for item in crops.items if learnable(item)]
        sources = np.array([origin(item) for item in self.items])
        weight = np.zeros(len(self.items))
        for name, share in SOURCES.items():
            weight[sources == name] = share / max((sources == name).sum(), 1)
        self.weight = weight / weight.sum()
        self.shapes = np.stack([item.points.ravel() for item in self.items])
        some = np.random.default_rng(0).choice(len(self.items), min(900, len(self.items)), False, self.weight)
        self.faces = Faces([crops.pixels(self.items[i]) for i in some])

    def _donor(self, number):
        """Another face, the one of some twenty whose shape is nearest."""
        others = self.rng.choice(len(self.items), 20)
        others = others[others != number]
        return self.items[others[np.abs(self.shapes[others] - self.shapes[number]).mean(1).argmin()]]

    def draw(self):
        """(real, fake, changed): two views side x side x 3 and how much was changed where, uint8."""
        rng = self.rng
        number = int(rng.choice(len(self.items), p=self.weight))
        item = self.items[number]
        picture, points = self.crops.pixels(item), item.points.copy()
        choice = rng.random()
        if choice < 0.35:
            real, fake = self_blended(picture, points, rng)
        else:
            # A swap is put into a frame that a camera or a call has compressed already; the new face has not been.
            frame = degraded(picture, rng) if rng.random() < 0.7 else picture
            if choice < 0.7:
                donor = self._donor(number)
                inner = warped(self.crops.pixels(donor), donor.points, points, rng)
            else:
                inner = picture
            real, fake = replaced(frame, points, inner, rng, self.faces)
        changed = cv2.GaussianBlur(np.abs(np.float32(real) - fake).mean(2), (0, 0), 3)
        changed = np.uint8(np.clip(changed / 6, 0, 1) * 255)[..., None].repeat(3, 2)
        seed = int(rng.integers(1 << 62))
        seen_fake, seen_changed = self._seen(fake, seed, changed)
        return self._seen(real, seed)[0], seen_fake, seen_changed[..., 0]

    def _seen(self, picture, seed, changed=None):
        rng = np.random.default_rng(seed)
        out = degraded(picture, rng) if rng.random() < 0.75 else picture
        before = rng.bit_generator.state
        out = view(out, self.side, rng)
        if changed is not None:
            after = rng.bit_generator.state
            rng.bit_generator.state = before
            changed = view(changed, self.side, rng)
            rng.bit_generator.state = after
        if rng.random() < 0.1:  # a hand or a microphone before the face
            x, y = rng.integers(0, self.side, 2)
            w, h = rng.integers(self.side // 10, self.side // 3, 2)
            out = np.ascontiguousarray(out)
            cv2.rectangle(out, (int(x), int(y)), (int(x + w), int(y + h)), rng.integers(0, 255, 3).tolist(), -1)
        return out, changed

    def batch(self, count):
        """2 x count views, reals first, and count maps of what was changed (0...255)."""
        drawn = [self.draw() for _ in range(count)]
        return np.stack([d[0] for d in drawn] + [d[1] for d in drawn]), np.stack([d[2] for d in drawn])
