"""What a print does to a picture that is filmed again: our own simulation, for training."""

import numpy as np


def paper(picture, rng):
    """Fewer colours, a halftone raster, flat light."""
    height, width = picture.shape[:2]
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    out = picture.astype(np.float32) / 255
    out = out * rng.uniform(0.55, 0.85) + rng.uniform(0.08, 0.2)
    dots = np.sin(x * 2 * np.pi / rng.uniform(2.1, 5)) * np.sin(y * 2 * np.pi / rng.uniform(2.1, 5))
    out *= 1 + rng.uniform(0.01, 0.06) * dots[..., None]
    return out * (1 + rng.uniform(-0.15, 0.15) * (x / width - 0.5)[..., None])
