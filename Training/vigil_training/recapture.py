"""What a screen or a print does to a picture that is filmed again: our own simulation, for training."""

import cv2
import numpy as np


def screen(picture, rng):
    """Moire of the pixel raster, other gamma and blacks, glare, refresh bands."""
    height, width = picture.shape[:2]
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    out = (picture.astype(np.float32) / 255) ** rng.uniform(0.75, 1.3)
    angle, period = rng.uniform(0, np.pi), rng.uniform(2.1, 9)
    wave = np.sin((x * np.cos(angle) + y * np.sin(angle)) * 2 * np.pi / period + rng.uniform(0, 6))
    phase = rng.uniform(0, 2, 3)
    raster = np.stack([np.roll(wave, int(3 * p), 1) for p in phase], -1)
    out *= 1 + rng.uniform(0.01, 0.08) * raster
    if rng.random() < 0.5:
        out *= 1 + rng.uniform(0.02, 0.12) * np.sin(y / rng.uniform(8, 40) + rng.uniform(0, 6))[..., None]
    if rng.random() < 0.5:
        centre, size = rng.uniform(0, height, 2), rng.uniform(0.1, 0.4) * height
        spot = np.exp(-((x - centre[0]) ** 2 + (y - centre[1]) ** 2) / (2 * size**2))
        out += rng.uniform(0.1, 0.5) * spot[..., None]
    out = out * rng.uniform(0.7, 1.0, 3) + rng.uniform(0, 0.08)
    return out


def paper(picture, rng):
    """Fewer colours, a halftone raster, flat light."""
    height, width = picture.shape[:2]
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    out = picture.astype(np.float32) / 255
    out = out * rng.uniform(0.55, 0.85) + rng.uniform(0.08, 0.2)
    dots = np.sin(x * 2 * np.pi / rng.uniform(2.1, 5)) * np.sin(y * 2 * np.pi / rng.uniform(2.1, 5))
    out *= 1 + rng.uniform(0.01, 0.06) * dots[..., None]
    return out * (1 + rng.uniform(-0.15, 0.15) * (x / width - 0.5)[..., None])


def edge(picture, rng):
    """The edge of the device or sheet: outside it a plain surface or a darker version of the room."""
    height, width = picture.shape[:2]
    half = rng.uniform(0.3, 0.55, 2) * (width, height)
    box = cv2.boxPoints(((width / 2 + rng.uniform(-6, 6), height / 2 + rng.uniform(-6, 6)),
                         (2 * half[0], 2 * half[1]), rng.uniform(-8, 8)))
    inside = np.zeros((height, width), np.float32)
    cv2.fillConvexPoly(inside, box.astype(np.int32), 1.0)
    bezel = cv2.dilate(inside, np.ones((5, 5), np.uint8), iterations=int(rng.integers(1, 4)))
    room = cv2.GaussianBlur(picture[:, ::-1], (0, 0), 6) * rng.uniform(0.5, 1.1)
    out = picture * inside[..., None] + room * (1 - bezel)[..., None]
    return out + rng.uniform(0, 0.25) * (bezel - inside)[..., None]


def recaptured(picture, rng, edges=True):
    """`picture` (RGB, uint8) shown on a screen or printed, and filmed again; `edges`: the device or sheet may show."""
    side = picture.shape[0]
    small = max(int(side / rng.uniform(1, 2.2)), 24)  # the first camera and the raster both lose detail
    picture = cv2.resize(picture, (small, small), interpolation=cv2.INTER_AREA)
    picture = cv2.resize(picture, (side, side), interpolation=cv2.INTER_LINEAR)
    if rng.random() < 0.6:  # displays are driven beyond what the face had: clipped light, strong colours
        grey = picture.mean(2, keepdims=True)
        picture = grey + (picture - grey) * rng.uniform(0.7, 1.7)
        picture = np.clip((picture - 128) * rng.uniform(1.0, 1.7) + 128 + rng.uniform(-20, 40), 0, 255)
    out = screen(picture, rng) if rng.random() < 0.75 else paper(picture, rng)
    out = cv2.GaussianBlur(out.astype(np.float32), (0, 0), rng.uniform(0.3, 1.2))
    if edges and rng.random() < 0.6:
        out = edge(out, rng)
    return (np.clip(out, 0, 1) * 255).astype(np.uint8)
