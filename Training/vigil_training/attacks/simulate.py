"""Displays and prints in a room, drawn: the second view's attacks that nobody had to film.

A live person's picture is shown on a drawn device, held before the same room; the live half of the pair is the picture
itself. Both go through the same camera and light (`exposure.photographed`), so neither tells which is which.
"""

import cv2
import numpy as np

from ..exposure import shown
from ..recapture import paper

FACE = 1 / 2.7  # the face's longer side in parts of the crop


def displayed(picture, rng, print_share=0.25):
    """The picture as a display or a print shows it, without its edge."""
    if rng.random() >= print_share:
        return shown(picture, rng)
    small = cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.4, 1.4))
    return (np.clip(paper(small, rng), 0, 1) * 255).astype(np.uint8)


def device(side, rng):
    """(mask of what is shown, mask of the whole device), both side x side floats: a tilted phone, sheet or monitor."""
    face = side * FACE
    near = rng.uniform(0.52, 1.5, 4) * face  # from the middle of the face to the left, top, right and bottom edge
    left, top, right, bottom = side / 2 - near[0], side / 2 - near[1], side / 2 + near[2], side / 2 + near[3]
    bezel = rng.uniform(0.0, 0.16) * face * np.array([1, rng.uniform(1, 3), 1, rng.uniform(1, 3)])
    turn = cv2.getRotationMatrix2D((side / 2, side / 2), rng.normal(0, 6), 1)
    masks = []
    for grow in (0, 1):
        box = np.float32([[left - grow * bezel[0], top - grow * bezel[1]], [right + grow * bezel[2], top - grow * bezel[1]],
                          [right + grow * bezel[2], bottom + grow * bezel[3]], [left - grow * bezel[0], bottom + grow * bezel[3]]])
        box = cv2.transform(box[None], turn)[0] + rng.normal(0, 0.01 * side, (4, 2))
        mask = np.zeros((side, side), np.float32)
        cv2.fillConvexPoly(mask, np.round(box * 16).astype(np.int32), 1.0, cv2.LINE_AA, 4)
        masks.append(mask)
    return masks[0], np.maximum(*masks)


def held(picture, room, rng):
    """`picture` (a live person with surroundings) on a device before `room` (another picture of the same kind)."""
    side = picture.shape[0]
    content = displayed(picture, rng).astype(np.float32)
    inside, whole = device(side, rng)
    place = cv2.getRotationMatrix2D((side / 2, side / 2), 0, rng.uniform(1.0, 1.5))
    place[:, 2] += rng.uniform(-0.25, 0.25, 2) * side
    behind = cv2.warpAffine(room, place, (side, side), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
    if rng.random() < 0.5:  # the camera's focus is on the device
        behind = cv2.GaussianBlur(behind, (0, 0), rng.uniform(0.5, 3))
    tone = rng.uniform(0, 40) if rng.random() < 0.75 else rng.uniform(150, 240)
    frame = np.full_like(content, tone) * rng.uniform(0.9, 1.1, 3).astype(np.float32)
    inside, whole = inside[..., None], whole[..., None]
    out = content * inside + frame * np.clip(whole - inside, 0, 1) + behind * (1 - whole)
    return np.clip(out, 0, 255).astype(np.uint8)
