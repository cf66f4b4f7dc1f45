"""What light, a camera and a display do to a face: our own simulation, for training.

A pair is one face, live and shown on a display, both filmed by the same drawn camera in the same drawn light. So
neither the exposure nor the noise tells which is which; what the display and the first camera did to it does.
"""

import cv2
import numpy as np

from .degrade import jpeg

GAMMA = 2.2


def linear_light(picture):
    """RGB bytes (0 to 255) to light, 0 to 1."""
    return (picture.astype(np.float32) / 255) ** GAMMA


def bytes_of(light):
    """Light back to RGB bytes; what is brighter than white is cut off."""
    return (np.clip(light, 0, 1) ** (1 / GAMMA) * 255 + 0.5).astype(np.uint8)


def vivid(picture, saturation, contrast, lift=0.0):
    """Colours and contrast about the mean made stronger or weaker; float."""
    wide = picture.astype(np.float32)
    grey = wide.mean(2, keepdims=True)
    wide = grey + (wide - grey) * saturation
    mean = wide.mean()
    return np.clip(mean + (wide - mean) * contrast + lift, 0, 255)


def moved(light, rng):
    """Motion while the shutter is open: a straight smear."""
    length = int(rng.integers(3, 14))
    kernel = np.zeros((length, length), np.float32)
    turn = rng.uniform(0, np.pi)
    middle = (length - 1) / 2
    ends = [(int(round(middle * (1 + s * np.cos(turn)))), int(round(middle * (1 + s * np.sin(turn))))) for s in (-1, 1)]
    cv2.line(kernel, ends[0], ends[1], 1.0)
    return cv2.filter2D(light, -1, kernel / kernel.sum(), borderType=cv2.BORDER_REPLICATE)


def smoothed(picture, rng):
    """What cameras do about noise: smooth, most of all the colours."""
    parts = cv2.cvtColor(picture, cv2.COLOR_RGB2YCrCb)
    parts[:, :, 1:] = cv2.GaussianBlur(parts[:, :, 1:], (0, 0), rng.uniform(1, 4))
    if rng.random() < 0.5:
        parts[:, :, 0] = cv2.bilateralFilter(np.ascontiguousarray(parts[:, :, 0]), 5, rng.uniform(5, 25), 2)
    return cv2.cvtColor(parts, cv2.COLOR_YCrCb2RGB)


def photographed(picture, rng):
    """`picture` (RGB, uint8) as another camera in another light would have taken it.

    The mean is brought to a level drawn between dark and bright, not changed by a factor: so it tells nothing of a
    source. The darker, the more noise and the longer the shutter. The draws do not depend on the picture.
    """
    light = linear_light(picture)
    wanted = np.exp(rng.uniform(np.log(0.005), np.log(0.42)))
    dark = np.clip((0.12 - wanted) / 0.11, 0, 1)
    light *= wanted / max(float(light.mean()), 1e-3) * rng.uniform(0.85, 1.18, 3).astype(np.float32)
    if rng.random() < 0.3:  # a lamp from one side
        x = np.linspace(-1, 1, light.shape[1], dtype=np.float32)[None, :, None]
        light *= np.exp(rng.uniform(-0.6, 0.6) * x)
    if rng.random() < 0.1 + 0.35 * dark:
        light = moved(light, rng)
    if rng.random() < 0.2 + 0.3 * dark:
        light = cv2.GaussianBlur(light, (0, 0), rng.uniform(0.4, 2.0))
    if rng.random() < 0.4 + 0.5 * dark:
        shot = 0.1 * rng.uniform(0, 0.02) * (0.2 + dark)
        light = light + rng.normal(0, 1, light.shape) * np.sqrt(np.maximum(light, 0) * shot + shot**2)
    out = bytes_of(light)
    if rng.random() < 0.4 + 0.4 * dark:
        out = smoothed(out, rng)
    if rng.random() < 0.5:  # the camera's tone curve
        out = vivid(out, rng.uniform(0.7, 1.3), rng.uniform(0.8, 1.3), rng.uniform(-8, 12)).astype(np.uint8)
    return out


def shown(picture, rng):
    """`picture` (RGB, uint8) on a phone or monitor, seen by a camera that is set for the room.

    The phones in the data show no raster at all, but strong colours, clipped light and smooth skin: so these always, a
    raster, bands and glare sometimes.
    """
    height, width = picture.shape[:2]
    factor = rng.uniform(1, 2.4)  # the first camera was further away, and its film compressed
    small = cv2.resize(picture, (int(width / factor), int(height / factor)), interpolation=cv2.INTER_AREA)
    if rng.random() < 0.5:
        small = jpeg(small, rng.uniform(40, 92))
    if rng.random() < 0.5:  # phones sharpen what they take
        fine = small.astype(np.float32) - cv2.GaussianBlur(small, (0, 0), 1.0)
        small = np.clip(small + rng.uniform(0.2, 1.2) * fine, 0, 255).astype(np.uint8)
    picture = cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR)
    light = linear_light(vivid(picture, rng.uniform(0.9, 1.9), rng.uniform(0.95, 1.6)))
    light *= np.float32([rng.uniform(0.8, 1.05), 1, rng.uniform(0.95, 1.35)])
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    if rng.random() < 0.35:
        turn = rng.uniform(0, np.pi)
        wave = np.sin((x * np.cos(turn) + y * np.sin(turn)) * 2 * np.pi / rng.uniform(2.1, 9))
        light *= 1 + rng.uniform(0.01, 0.1) * np.stack([np.roll(wave, k, 1) for k in range(3)], -1)
    if rng.random() < 0.2:
        light *= 1 + rng.uniform(0.02, 0.12) * np.sin(y / rng.uniform(8, 40) + rng.uniform(0, 6))[..., None]
    if rng.random() < 0.3:
        centre, size = rng.uniform(0, height, 2), rng.uniform(0.05, 0.4) * height
        spot = np.exp(-((x - centre[0]) ** 2 + (y - centre[1]) ** 2) / (2 * size**2))
        light += (rng.uniform(0.05, 0.6) * spot)[..., None]
    if rng.random() < 0.6:  # exposed for the room: the display is too bright
        light = np.clip(light * rng.uniform(0.25, 0.8) / max(float(light.mean()), 0.02), 0, 1)
    light = light * 0.94 + rng.uniform(0, 0.06) * rng.uniform(0.5, 1.2, 3)
    return bytes_of(cv2.GaussianBlur(light.astype(np.float32), (0, 0), rng.uniform(0.3, 1.6)))
