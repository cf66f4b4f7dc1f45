"""From crops to a table of region statistics, once; folds and heads are then a matter of seconds.

    python -m vigil_training.statistics TASK --crops DIR... --data DIR --imagenet FILE --out FILE.npz

TASK is forgery, spoof-face (the face itself) or spoof-around (a wide box, small: bezel, hand, edge of a sheet).

Rows are of four kinds: `plain` (the crop as the program sees it: for tests), `changed` (the same after degradation),
`blended` (self-blended pairs, for training only) and `doubtful` (labels not believed: in no training).
"""

import argparse
import time
import zlib
from collections import Counter

import cv2
import numpy as np
import torch

from .blend import self_blended
from .crops import Crops, origin
from .degrade import degraded, view
from .exposure import photographed, shown
from .nets import scaled
from .recapture import recaptured
from .regions import RegionFeatures, box_regions, face_regions

# Name of the cutting rule, its side, the side of the middle that is used, the side the network sees.
VIEWS = {"forgery": ("forgery-wide", 208, 176, 176), "spoof-face": ("forgery-wide", 208, 176, 112),
         "spoof-around": ("spoof-wide", 128, 112, 80)}
# Self-blended pairs made of each picture of an origin; nothing of origins that are tight crops.
BLENDS = {"ffhq_stylegan2": 1.2, "yonsei": 1, "mixed": 0.6, "webmorph": 1, "celebrity_photos": 1, "youtube_faces": 0.3,
          "DeepFaceLive": 0.9, "EDTalk": 0.6, "ghost": 0.6, "face_recognition": 0.6, "jtboing": 0.5, "lestari15": 0.5,
          "viguardieiro": 1, "TrickyF0x": 1, "Manikantha-M": 1}


def seed_of(*words):
    """A seed that is the same in every run."""
    return zlib.crc32("/".join(map(str, words)).encode())


def pair_name(item):
    """The same for a real picture and its fake."""
    return (item.path.replace("/fake/", "/").replace("/real/", "/").replace("/attack/", "/"), item.frame)


def forgery_rows(crops, per_clip):
    """Yields (item, kind, label, picture) for the forgery question."""
    _, _, _, side = VIEWS["forgery"]
    seen = {}
    for item in crops.items:
        if item.label not in ("real", "fake"):
            continue
        picture = crops.pixels(item)
        # Many people as they are, so that an unusual picture of a real face is not taken for a forgery.
        known = item.path.startswith(("clips", "forgery")) or origin(item) in ("no_mask", "utkface")
        count = seen[item.path] = seen.get(item.path, 0) + 1
        if known and count <= per_clip:
            yield item, "plain", item.label == "fake", view(picture, side)
            turns = 2 if item.label == "fake" or "DeepFaceLive" in item.path else origin(item) != "utkface"
            for turn in range(turns):
                rng = np.random.default_rng(seed_of(*pair_name(item), turn))
                yield item, "changed", item.label == "fake", view(degraded(picture, rng), side, rng)
        if item.label == "real":
            rng = np.random.default_rng(seed_of(item.path, item.frame, "blend"))
            times = BLENDS.get(origin(item), 0)
            for _ in range(int(times) + (rng.random() < times % 1)):
                halves, seed = self_blended(picture, item.points, rng), rng.integers(1 << 31)
                for label, half in enumerate(halves):
                    same = np.random.default_rng(seed)
                    yield item, "blended", bool(label), view(degraded(half, same), side, same)


def spoof_rows(crops, task):
    """Yields (item, kind, label, picture) for the presentation attacks; origins without attacks lend live faces."""
    _, _, part, side = VIEWS[task]
    seen = {}
    sizes = Counter(origin(item) for item in crops.items if item.path.startswith("pad/"))

    def seen_by_network(picture, rng=None):
        return cv2.resize(view(picture, part, rng), (side, side), interpolation=cv2.INTER_AREA)

    for item in crops.items:
        labelled, clip = item.path.startswith("pad"), item.path.startswith("clips")
        if not labelled and (item.label != "real" or origin(item) == "utkface"):
            continue
        count = seen[item.path] = seen.get(item.path, 0) + 1
        if (clip and count % 3 != 1) or (not labelled and not clip and seed_of(item.path) % 2):
            continue
        picture = crops.pixels(item)
        if item.label == "doubtful":  # nothing is learnt from these
            yield item, "doubtful", False, seen_by_network(picture)
            continue
        if labelled or clip:
            yield item, "plain", item.label == "attack", seen_by_network(picture)
        few = sizes[origin(item)] < 150 and item.path.startswith("pad/")
        for turn in range((6 if few else 3 if item.path.startswith("pad/") else 1) if labelled else 0):
            rng = np.random.default_rng(seed_of(item.path, item.frame, turn))
            seen_again = photographed(picture, rng) if turn % 3 else picture
            yield item, "changed", item.label == "attack", seen_by_network(degraded(seen_again, rng), rng)
        for turn in range((2 if few else 1) if item.label == "real" else 0):
            rng = np.random.default_rng(seed_of(item.path, item.frame, "recapture", turn))
            again = (shown(picture, rng) if rng.random() < 0.75 else
                     recaptured(picture, rng, edges=task == "spoof-around"))
            seed, other_light = rng.integers(1 << 31), rng.random() < 0.8
            for label, half in enumerate((picture, again)):
                same = np.random.default_rng(seed)
                half = photographed(half, same) if other_light else half
                yield item, "blended", bool(label), seen_by_network(degraded(half, same), same)


# What is measured for the attacks: deeper blocks know the room (docs/decisions/0011).
SPOOF = dict(taps=(2, 4), tone=True)


def features_of(task, imagenet):
    """The part of a task's network that is not trained."""
    return RegionFeatures(masks_of(task), imagenet, **({} if task == "forgery" else SPOOF)).eval()


def masks_of(task):
    """The regions a network of this task looks at."""
    side = VIEWS[task][3]
    if task == "spoof-around":
        return box_regions(side)
    # What lies outside the face is often repeated border in pictures of attacks: not looked at.
    return face_regions(side) if task == "forgery" else face_regions(side)[:4]


# Never learnt from, so that one set of people is strange to every network (fairness.py).
STRANGERS = ("utkface",)


def sharded(items, shard):
    """Paths of part I of N of the items' files, or those of STRANGERS, which are in no other part."""
    strange = {item.path for item in items if origin(item) in STRANGERS}
    if shard == "strangers":
        return strange
    part, parts = map(int, shard.split("/"))
    return set(sorted({item.path for item in items} - strange)[part::parts])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("task", choices=VIEWS)
    parser.add_argument("--crops", required=True, nargs="+", help="folders that vigil crops wrote")
    for name in ("data", "imagenet", "out"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--per-clip", type=int, default=40)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--shard", default="0/1", help="which part of the crops: I/N, or only `strangers` (nobody learns from them)")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    cv2.setNumThreads(0)
    rule, cut, _, _ = VIEWS[options.task]
    crops = Crops(options.crops, rule, cut, options.data)
    mine = sharded(crops.items, options.shard)
    crops.items = [item for item in crops.items if item.path in mine]
    features = features_of(options.task, options.imagenet).to(memory_format=torch.channels_last)
    rows = forgery_rows(crops, options.per_clip) if options.task == "forgery" else spoof_rows(crops, options.task)
    found, about, start = [], [], time.time()
    batches = {True: [], False: []}

    def flush(coarse):
        batch = batches[coarse]
        if not batch:
            return
        x = torch.from_numpy(np.stack([picture for picture, _ in batch])).permute(0, 3, 1, 2)
        with torch.inference_mode():
            found.append(features(scaled(x).contiguous(memory_format=torch.channels_last), coarse).numpy())
        about.extend(words for _, words in batch)
        batch.clear()
        if len(found) % 32 == 0:
            print(f"{len(about)} pictures, {len(about) / (time.time() - start):.1f} a second", flush=True)

    for item, kind, label, picture in rows:
        words = (item.path, item.frame, kind, int(label), item.group, item.source, origin(item), item.kind)
        coarse = kind not in ("plain", "doubtful")  # tests see full precision
        batches[coarse].append((picture, words))
        if len(batches[coarse]) == 32:
            flush(coarse)
    flush(True)
    flush(False)
    np.savez(options.out, statistics=np.concatenate(found).astype(np.float32),
             about=np.array(about, dtype=object).astype(str))
    print(f"{len(about)} pictures in {time.time() - start:.0f} s", flush=True)


if __name__ == "__main__":
    main()
