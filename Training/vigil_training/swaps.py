"""Stand-ins for live face swaps, made of real faces alone: no generator's output is used.

Two things a live swap shows that a self-blended image does not: another person's features in the original's place
(`warped`), and an inner face that went through a network (`regenerated`); `replaced` puts it in.
"""

import cv2
import numpy as np

from .blend import RESAMPLING, _between, colours, mask

GRID = 27


def _kernel(squared):
    return squared * np.log(squared + 1e-6)


def warp(picture, given, wanted):
    """Moves `picture`, whose landmarks are `given`, so that they come to lie at `wanted` (thin-plate spline)."""
    height, width = picture.shape[:2]
    unit = float(height)
    a, move = wanted / unit, (given - wanted) / unit
    count = len(a)
    system = np.zeros((count + 3, count + 3))
    system[:count, :count] = _kernel(((a[:, None] - a[None]) ** 2).sum(-1)) + 1e-3 * np.eye(count)
    system[:count, count] = system[count, :count] = 1
    system[:count, count + 1 :], system[count + 1 :, :count] = a, a.T
    weights = np.linalg.solve(system, np.vstack([move, np.zeros((3, 2))]))
    line = np.linspace(0, (height - 1) / unit, GRID)
    places = np.stack(np.meshgrid(line, line), -1).reshape(-1, 2)
    bend = _kernel(((places[:, None] - a[None]) ** 2).sum(-1)) @ weights[:count]
    bend += weights[count] + places @ weights[count + 1 :]
    grid = ((places + bend) * unit).reshape(GRID, GRID, 2).astype(np.float32)
    # The corner pixels' centres are the grid's corners, so the map is drawn, not resized by cells.
    step = np.linspace(0, GRID - 1, height, dtype=np.float32)
    rows, columns = np.meshgrid(step, step, indexing="ij")
    dense = cv2.remap(grid, columns, rows, cv2.INTER_LINEAR)
    return cv2.remap(picture, dense, None, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)


def matched(inner, outer, weight, strength):
    """Gives `inner` the mean and spread of `outer`'s colours where `weight` is high. Pictures: float, RGB."""
    inside = weight > 0.5
    if inside.sum() < 50:
        return inner
    a = cv2.cvtColor(np.float32(np.clip(inner, 0, 255) / 255), cv2.COLOR_RGB2LAB)
    b = cv2.cvtColor(np.float32(np.clip(outer, 0, 255) / 255), cv2.COLOR_RGB2LAB)
    mean, spread = a[inside].mean(0), a[inside].std(0) + 1e-3
    goal, width = b[inside].mean(0), b[inside].std(0)
    moved = (a - mean) * np.clip(width / spread, 0.6, 1.6) + goal
    moved = a + (moved - a) * strength
    return np.clip(cv2.cvtColor(np.float32(moved), cv2.COLOR_LAB2RGB), 0, 1) * 255


class Faces:
    """Principal components of aligned real faces: what a small generator would keep of a face."""

    def __init__(self, pictures, side=80, count=200):
        self.side = side
        rows = np.stack([cv2.resize(p, (side, side), interpolation=cv2.INTER_AREA).ravel() for p in pictures])
        rows = rows.astype(np.float32)
        self.mean = rows.mean(0)
        rows -= self.mean
        values, vectors = np.linalg.eigh(rows @ rows.T)
        best = np.argsort(values)[::-1][:count]
        self.basis = (vectors[:, best].T @ rows) / np.sqrt(np.maximum(values[best], 1e-3))[:, None]

    def redrawn(self, picture, rng):
        """A face from `picture`'s strongest components; float."""
        height, width = picture.shape[:2]
        small = cv2.resize(picture, (self.side, self.side), interpolation=cv2.INTER_AREA).ravel() - self.mean
        kept = self.basis[: int(rng.integers(len(self.basis) * 3 // 10, len(self.basis) + 1))]
        drawn = (self.mean + (kept @ small) @ kept).reshape(self.side, self.side, 3)
        return cv2.resize(np.float32(drawn), (width, height), interpolation=cv2.INTER_CUBIC)


def regenerated(picture, rng, faces=None):
    """The face as a network of low resolution would give it back: less detail, smoothed, sharpened, other light."""
    height, width = picture.shape[:2]
    out = np.float32(picture)
    if faces is not None and rng.random() < 0.35:
        share = _between(rng, 0.35, 1.0)
        out = out + (faces.redrawn(out, rng) - out) * share
    if rng.random() < 0.8:
        side = int(_between(rng, 0.35, 0.95) * height)
        out = cv2.resize(out, (side, side), interpolation=int(rng.choice(RESAMPLING)))
        choice = rng.random()
        if choice < 0.3:
            out = cv2.bilateralFilter(np.float32(out), 5, _between(rng, 8, 40), _between(rng, 1.5, 4))
        elif choice < 0.5:
            out = np.float32(cv2.medianBlur(np.clip(out, 0, 255).astype(np.uint8), 3))
        out = cv2.resize(out, (width, height), interpolation=int(rng.choice(RESAMPLING[1:])))
    if rng.random() < 0.35:
        soft = cv2.GaussianBlur(out, (0, 0), _between(rng, 0.7, 2.5))
        out = out + (out - soft) * _between(rng, 0.2, 1.2)
    if rng.random() < 0.2:
        out = out + rng.normal(0, _between(rng, 0.5, 3), out.shape)
    return np.float32(np.clip(out, 0, 255))


def _joined(inner, outer, weight, rng):
    if rng.random() < 0.1:
        inside = (weight > 0.5).astype(np.uint8) * 255
        inside[[0, 1, -1, -2]] = 0
        inside[:, [0, 1, -1, -2]] = 0
        x, y, w, h = cv2.boundingRect(inside)
        if w > 20 and h > 20:
            return cv2.seamlessClone(np.clip(inner, 0, 255).astype(np.uint8), np.clip(outer, 0, 255).astype(np.uint8),
                                     inside, (x + w // 2, y + h // 2), cv2.NORMAL_CLONE)
    weight = weight[..., None]
    return np.clip(inner * weight + outer * (1 - weight), 0, 255).astype(np.uint8)


def warped(donor, donor_points, points, rng):
    """`donor`'s face in the shape and place of another's landmarks, or with some of its own shape kept."""
    shape = points if rng.random() < 0.6 else points + (donor_points - points) * _between(rng, 0.1, 0.5)
    return warp(donor, donor_points, shape.astype(np.float32))


def replaced(frame, points, inner, rng, faces=None):
    """(real, fake): the face of `frame` replaced by `inner`, which lies in its place; uint8 RGB of one size.

    Mostly as good as a live swap is: colours matched, soft border, no shift; what is left is a face that is cleaner,
    smoother or sharper than the frame around it.
    """
    height, width = frame.shape[:2]
    outer, inner = np.float32(frame), np.float32(inner)
    weight = mask(points, (height, width), rng)
    if rng.random() < 0.85:
        inner = matched(inner, outer, weight, 1.0 if rng.random() < 0.7 else _between(rng, 0.5, 1.0))
    if rng.random() < 0.85:
        inner = regenerated(inner, rng, faces)
    if rng.random() < 0.25:
        inner = np.float32(colours(inner, rng))
    if rng.random() < 0.3:
        place = cv2.getRotationMatrix2D((width / 2, height / 2), _between(rng, -1.5, 1.5), _between(rng, 0.97, 1.03))
        place[:, 2] += rng.uniform(-0.012, 0.012, 2) * (width, height)
        inner = cv2.warpAffine(inner, place, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    if rng.random() < 0.4:
        weight = cv2.GaussianBlur(weight, (0, 0), _between(rng, 2, 8))
    return frame, _joined(inner, outer, weight, rng)
