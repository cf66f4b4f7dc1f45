"""From crops to a table of region statistics, once; folds and heads are then a matter of seconds.

    python -m vigil_training.statistics --crops DIR... --data DIR --imagenet FILE --out FILE.npz

Rows are of three kinds: `plain` (the crop as the program sees it: for tests), `changed` (the same after degradation) and
`blended` (self-blended pairs, for training only).
"""

import argparse
import time
import zlib

import cv2
import numpy as np
import torch

from .blend import self_blended
from .crops import Crops, origin
from .degrade import degraded, view
from .nets import scaled
from .regions import RegionFeatures, face_regions

RULE, CUT, SIDE = "forgery-wide", 208, 176  # the cutting rule, its side, the side of the middle that is used
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
    seen = {}
    for item in crops.items:
        if item.label not in ("real", "fake"):
            continue
        picture = crops.pixels(item)
        # Many people as they are, so that an unusual picture of a real face is not taken for a forgery.
        known = item.path.startswith(("clips", "forgery")) or origin(item) in ("no_mask", "utkface")
        count = seen[item.path] = seen.get(item.path, 0) + 1
        if known and count <= per_clip:
            yield item, "plain", item.label == "fake", view(picture, SIDE)
            turns = 2 if item.label == "fake" or "DeepFaceLive" in item.path else origin(item) != "utkface"
            for turn in range(turns):
                rng = np.random.default_rng(seed_of(*pair_name(item), turn))
                yield item, "changed", item.label == "fake", view(degraded(picture, rng), SIDE, rng)
        if item.label == "real":
            rng = np.random.default_rng(seed_of(item.path, item.frame, "blend"))
            times = BLENDS.get(origin(item), 0)
            for _ in range(int(times) + (rng.random() < times % 1)):
                halves, seed = self_blended(picture, item.points, rng), rng.integers(1 << 31)
                for label, half in enumerate(halves):
                    same = np.random.default_rng(seed)
                    yield item, "blended", bool(label), view(degraded(half, same), SIDE, same)


def features_of(imagenet):
    """The part of the network that is not trained."""
    return RegionFeatures(face_regions(SIDE), imagenet).eval()


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
    parser.add_argument("--crops", required=True, nargs="+", help="folders that vigil crops wrote")
    for name in ("data", "imagenet", "out"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--per-clip", type=int, default=40)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--shard", default="0/1", help="which part of the crops: I/N, or only `strangers` (nobody learns from them)")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    cv2.setNumThreads(0)
    crops = Crops(options.crops, RULE, CUT, options.data)
    mine = sharded(crops.items, options.shard)
    crops.items = [item for item in crops.items if item.path in mine]
    features = features_of(options.imagenet).to(memory_format=torch.channels_last)
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

    for item, kind, label, picture in forgery_rows(crops, options.per_clip):
        words = (item.path, item.frame, kind, int(label), item.group, item.source, origin(item), item.kind)
        coarse = kind != "plain"  # tests see full precision
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
