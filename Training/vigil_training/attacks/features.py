"""From crops to region statistics of both views, each folder of crops once; a stopped run goes on where it was.

    python -m vigil_training.attacks.features --crops DIR... --data DIR... --imagenet FILE --out DIR

Of each face: `plain` (as the program sees it), `changed` (another camera, light, compression), and of live ones a pair
`live` and `shown`: the face and a simulated display or print of it, changed alike. Statistics are kept in 16 bits.
"""

import argparse
import time
import zlib
from pathlib import Path

import cv2
import numpy as np
import onnxruntime
import torch
from torch import nn

from ..degrade import degraded, view
from ..exposure import photographed
from ..regions import RegionFeatures, box_regions, face_regions
from .heads import STATISTICS
from .items import VIEWS, Pixels, faces, labels, main_faces, room, table
from .places import boxes_of
from .places import displayed as displayed_faces
from .simulate import displayed, held

CHANGES = 2
CHUNK = 150


def masks_of(name):
    side = VIEWS[name][2]
    return face_regions(side) if name == "face" else box_regions(side)


def stem_of(name, imagenet, **given):
    """The part of a view's network that is not trained; `given`: what to measure, where it is less than STATISTICS."""
    return RegionFeatures(masks_of(name), imagenet, **{**STATISTICS, **given}).eval()


class Stem(nn.Module):
    """Bytes as float, N x 3 x S x S, to statistics."""

    def __init__(self, features):
        super().__init__()
        self.features = features

    def forward(self, x):
        return self.features((x - 127) / 128)


def runner(name, imagenet, folder):
    """A function from a picture (S x S x 3, uint8) to its statistics, by ONNX Runtime with one thread."""
    side, file = VIEWS[name][2], Path(folder) / f"stem-{name}.onnx"
    if not file.exists():
        torch.onnx.export(Stem(stem_of(name, imagenet)).eval(), (torch.zeros(1, 3, side, side),), str(file),
                          input_names=["picture"], output_names=["statistics"], opset_version=17, dynamo=False)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(file), options)

    def run(picture):
        x = np.ascontiguousarray(picture.transpose(2, 0, 1)[None], np.float32)
        return session.run(None, {"picture": x})[0][0]

    return run


def seeded(*words):
    """A generator that is the same in every run."""
    return np.random.default_rng(zlib.crc32("/".join(map(str, words)).encode()))


def cues(wide, face, scale):
    """What tells something without any network: sharpness, brightness, size of the face, share of repeated border."""
    grey = cv2.cvtColor(face, cv2.COLOR_RGB2GRAY)
    middle = grey[40:-40, 40:-40]
    same_rows = (wide[1:] == wide[:-1]).all((1, 2)).mean()
    same_columns = (wide[:, 1:] == wide[:, :-1]).all((0, 2)).mean()
    return [float(np.log(cv2.Laplacian(middle, cv2.CV_32F).var() + 1)), float(middle.mean() / 255), float(np.log(scale)),
            float(1 - (1 - same_rows) * (1 - same_columns))]


def versions(item, pixels, others):
    """Yields (kind, {view: picture of the cut side}) of one face; `others`: live faces of the room, to stand behind."""
    wide, face = pixels.view("around", item), pixels.view("face", item)
    for turn in range(CHANGES):
        pictures = {}
        for name, picture in (("around", wide), ("face", face)):
            rng = seeded(item.path, item.frame, turn)  # the same camera and light for both views
            again = photographed(picture, rng) if turn % 2 == 0 else picture
            pictures[name] = degraded(again, rng)
        yield "changed", pictures
    if item.label != "real":
        return
    rng = seeded(item.path, item.frame, "pair")
    behind = pixels.view("around", others[rng.integers(len(others))])
    drawn = {"around": held(wide, behind, rng) if rng.random() < 0.75 else displayed(wide, rng),
             "face": displayed(face, rng)}
    other_light = rng.random() < 0.8
    for kind, halves in (("live", {"around": wide, "face": face}), ("shown", drawn)):
        pictures = {}
        for name, picture in halves.items():
            same = seeded(item.path, item.frame, "pair", "camera")
            again = photographed(picture, same) if other_light else picture
            pictures[name] = degraded(again, same)
        yield kind, pictures


def measured(items, pixels, by_room, run, only_plain, holders):
    """Statistics of some faces of one folder, as arrays to save."""
    found, about = {name: [] for name in VIEWS}, []
    for item in items:
        plain = {name: pixels.view(name, item) for name in VIEWS}
        words = cues(plain["around"], plain["face"], item.scale)
        told = [("plain", plain)]
        if item.path.startswith("pad") and not only_plain:
            told += list(versions(item, pixels, by_room.get(room(item.path), [item])))
        for kind, pictures in told:
            for name, picture in pictures.items():
                rng = None if kind == "plain" else seeded(item.path, item.frame, kind, name, len(about))
                found[name].append(run[name](view(picture, VIEWS[name][2], rng)).astype(np.float16))
            about.append((item.path, item.frame, kind, *(f"{v:.4f}" for v in words), int(item.path in holders)))
    return dict(**{name: np.stack(rows) for name, rows in found.items()}, about=np.array(about, dtype=object).astype(str))


def chunks(folder, options, known, run):
    """Saves what is cut and not yet measured, CHUNK faces a file; the last, short one when the cutting is `done`."""
    pixels, by_room = Pixels(folder), {}
    items, holders = displayed_faces(faces(folder, options.data, known), pixels, options.data, options.boxes)
    items = main_faces(items)
    for item in items:
        if item.label == "real":
            by_room.setdefault(room(item.path), []).append(item)
    for number, first in enumerate(range(0, len(items), CHUNK)):
        part = items[first : first + CHUNK]
        file = options.out / f"{folder.name}-{number:03}.npz"
        if file.exists() or (len(part) < CHUNK and not (folder / "done").exists()):
            continue
        start, partial = time.time(), file.with_suffix(".part.npz")
        np.savez(partial, **measured(part, pixels, by_room, run, options.plain, holders))
        partial.rename(file)
        print(f"{file.name}: {len(part) / (time.time() - start):.1f} faces a second", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--crops", required=True, nargs="+", type=Path, help="folders that vigil crops wrote")
    parser.add_argument("--data", required=True, nargs="+")
    parser.add_argument("--imagenet", required=True)
    parser.add_argument("--out", required=True, type=Path)
    parser.add_argument("--boxes", help="table with the columns path and boxes: where the displayed faces are")
    parser.add_argument("--plain", action="store_true", help="nothing changed or simulated: for tests only")
    options = parser.parse_args()
    torch.set_num_threads(1)
    cv2.setNumThreads(0)
    options.out.mkdir(parents=True, exist_ok=True)
    known = labels(options.data)
    options.boxes = boxes_of(table(options.boxes)) if options.boxes else {}
    run = {name: runner(name, options.imagenet, options.out) for name in VIEWS}
    for folder in options.crops:
        chunks(folder, options, known, run)


if __name__ == "__main__":
    main()
