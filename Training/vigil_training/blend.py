"""Self-blended images (Shiohara and Yamasaki, CVPR 2022, section 3): our own implementation.

A face is blended onto itself after small changes of colour, sharpness and place, through a mask made of its landmarks.
The seam and the mismatch it leaves are what swapping programs leave too; nothing of any one generator is learnt.
"""

import cv2
import numpy as np

RESAMPLING = (cv2.INTER_AREA, cv2.INTER_LINEAR, cv2.INTER_CUBIC)


def _between(rng, low, high):
    return float(rng.uniform(low, high))


def colours(picture, rng):
    """Other light, saturation and contrast, each half of the time."""
    out = picture.astype(np.float32)
    if rng.random() < 0.5:
        out += rng.uniform(-18, 18, 3)
    if rng.random() < 0.5:
        grey = out @ np.float32([0.299, 0.587, 0.114])
        out = grey[..., None] + (out - grey[..., None]) * _between(rng, 0.7, 1.3)
    if rng.random() < 0.5:
        mean = out.mean((0, 1))
        out = (out - mean) * _between(rng, 0.8, 1.2) + mean + _between(rng, -12, 12)
    return np.clip(out, 0, 255)


def sharpness(picture, rng):
    """Blurred by resampling or a filter, or sharpened: what a generator of low resolution does."""
    height, width = picture.shape[:2]
    choice = rng.random()
    if choice < 0.45:
        factor = _between(rng, 1.2, 3.0)
        size = (max(int(width / factor), 8), max(int(height / factor), 8))
        small = cv2.resize(picture, size, interpolation=int(rng.choice(RESAMPLING)))
        return cv2.resize(small, (width, height), interpolation=int(rng.choice(RESAMPLING[1:])))
    if choice < 0.7:
        return cv2.GaussianBlur(picture, (0, 0), _between(rng, 0.4, 1.6))
    if choice < 0.9:
        soft = cv2.GaussianBlur(picture, (0, 0), _between(rng, 0.6, 2.0))
        return np.clip(picture + (picture - soft) * _between(rng, 0.2, 1.0), 0, 255)
    return picture


def _selection(points, rng):
    """The landmarks whose hull is exchanged: whole face, with forehead, without jaw, inner face, mouth and nose."""
    choice = rng.random()
    if choice < 0.3:
        return points
    if choice < 0.55:
        root = points[27:31].mean(0)
        return np.vstack([points, (points[17:27] - root) * _between(rng, 1.2, 1.7) + root])
    if choice < 0.75:
        return np.vstack([points[17:], points[3:14]])
    if choice < 0.92:
        return points[17:]
    return np.vstack([points[28:36], points[48:], points[4:13]])


def mask(points, shape, rng):
    """A soft, deformed hull of landmarks, height x width in 0...1."""
    height, width = shape
    unit = height / 256
    chosen = _selection(points, rng)
    centre = chosen.mean(0)
    hull = cv2.convexHull(((chosen - centre) * rng.uniform(0.9, 1.06, 2) + centre).astype(np.int32))
    out = np.zeros(shape, np.float32)
    cv2.fillConvexPoly(out, hull, 1.0)
    columns, rows = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    bend = [
        cv2.resize(rng.uniform(-1, 1, (7, 7)).astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC)
        * _between(rng, 2, 10) * unit
        for _ in range(2)
    ]
    out = cv2.remap(out, columns + bend[0], rows + bend[1], cv2.INTER_LINEAR)
    out = cv2.GaussianBlur(out, (0, 0), _between(rng, 1.0, 7.0) * unit)
    if rng.random() < 0.4:  # shrink or grow the soft border
        edge = _between(rng, 0.2, 0.8)
        out = np.clip((out - edge) / (1 - edge), 0, 1) if rng.random() < 0.6 else np.clip(out / edge, 0, 1)
        out = cv2.GaussianBlur(out, (0, 0), _between(rng, 0.8, 3.0) * unit)
    return np.clip(out, 0, 1)


def self_blended(picture, points, rng):
    """(real, fake) of one face; both height x width x 3, uint8. `points`: 68 x 2 pixels."""
    height, width = picture.shape[:2]
    inner = outer = picture.astype(np.float32)
    if rng.random() < 0.6:
        inner = np.float32(sharpness(np.float32(colours(picture, rng)), rng))
    else:
        outer = np.float32(sharpness(np.float32(colours(picture, rng)), rng))
    weight = mask(points, (height, width), rng)
    place = cv2.getRotationMatrix2D((width / 2, height / 2), _between(rng, -2, 2), _between(rng, 0.96, 1.04))
    place[:, 2] += rng.uniform(-0.02, 0.02, 2) * (width, height)
    moved = cv2.warpAffine(inner, place, (width, height), flags=int(rng.choice(RESAMPLING[1:])),
                           borderMode=cv2.BORDER_REPLICATE)
    if rng.random() < 0.5:
        weight = cv2.warpAffine(weight, place, (width, height))
    weight = (weight * rng.choice([0.5, 0.75, 1, 1, 1, 1]))[..., None]
    fake = np.clip(moved * weight + outer * (1 - weight), 0, 255)
    return np.clip(outer, 0, 255).astype(np.uint8), fake.astype(np.uint8)
