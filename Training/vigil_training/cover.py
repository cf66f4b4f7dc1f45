"""Trains the network that says whether a part of a face is covered, and judges it on sources and covers left out.

    python -m vigil_training.cover PLAIN COVERED MADE --out MODEL_FOLDER [--report FILE]

PLAIN: comma-separated folders with face.rgb and face.tsv of uncovered faces, cut by `vigil crops --rule
Training/rules/cover.json`; COVERED: the same of the pictures that `coverdraw` made; MADE: its made.tsv tables. A small
network of four convolutions, trained here from nothing. Each fold leaves a quarter of the sources out; each kind of
cover is left out once as well. The bias of the calibration puts the answer 0.5 where 2 % of the uncovered faces of
left-out sources are called covered.
"""
import argparse
import collections
import csv
import hashlib
import json
import pathlib

import numpy as np
import torch

SIDE = 64
FOLDS = 4
FALSE_ALARMS = 0.02


class Cover(torch.nn.Module):
    """[1,3,64,64] with values about -1 to 1, to one logit."""

    def __init__(self):
        super().__init__()
        layers, before = [], 3
        for channels in (12, 24, 32, 48):
            layers += [torch.nn.Conv2d(before, channels, 3, stride=2, padding=1), torch.nn.ReLU()]
            before = channels
        self.features = torch.nn.Sequential(*layers)
        self.head = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(48 * 16, 24), torch.nn.ReLU(), torch.nn.Linear(24, 1))

    def forward(self, pictures):
        return self.head(self.features(pictures))


def read(folders):
    """Crops and the paths they were cut from."""
    pictures, paths = [], []
    for folder in map(pathlib.Path, folders.split(",")):
        rows = list(csv.DictReader(open(folder / "face.tsv", newline=""), delimiter="\t"))
        pixels = np.fromfile(folder / "face.rgb", dtype=np.uint8)
        count = min(len(rows), len(pixels) // (SIDE * SIDE * 3))
        pictures.append(pixels[:count * SIDE * SIDE * 3].reshape(count, SIDE, SIDE, 3))
        paths += [row["path"] for row in rows[:count]]
    return np.concatenate(pictures), paths


def varied(random, pictures):
    """A batch with other light, colour, sharpness, noise and place."""
    batch = torch.from_numpy(pictures).permute(0, 3, 1, 2).float() / 127.5 - 1
    count = len(batch)
    draw = lambda low, high, *size: torch.from_numpy(random.uniform(low, high, size)).float()
    if random.random() < 0.5:
        batch = batch.flip(3)
    gain = draw(0.5, 1.5, count, 1, 1, 1) * draw(0.88, 1.12, count, 3, 1, 1)
    batch = ((batch + 1) * gain + draw(-0.2, 0.2, count, 1, 1, 1)).clamp(0, 2) - 1
    turn = draw(-0.12, 0.12, count)
    size = draw(0.9, 1.12, count)
    place = torch.stack([torch.stack([size * turn.cos(), -size * turn.sin(), draw(-0.1, 0.1, count)], 1),
                         torch.stack([size * turn.sin(), size * turn.cos(), draw(-0.1, 0.1, count)], 1)], 1)
    grid = torch.nn.functional.affine_grid(place, list(batch.shape), align_corners=False)
    batch = torch.nn.functional.grid_sample(batch, grid, padding_mode="border", align_corners=False)
    if random.random() < 0.4:
        small = int(random.integers(16, 56))
        batch = torch.nn.functional.interpolate(batch, small, mode="area")
        batch = torch.nn.functional.interpolate(batch, SIDE, mode="bilinear", align_corners=False)
    return batch + torch.randn_like(batch) * draw(0, 0.08, count, 1, 1, 1)


def fit(pictures, labels, seed, epochs):
    """A network, its weights the mean over the second half of the training."""
    torch.manual_seed(seed)
    random = np.random.default_rng(seed)
    network = Cover()
    optimizer = torch.optim.AdamW(network.parameters(), lr=2e-3, weight_decay=1e-3)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs)
    mean = torch.optim.swa_utils.AveragedModel(network)
    where = [np.flatnonzero(labels == value) for value in (0, 1)]
    for epoch in range(epochs):
        for _ in range(len(pictures) // 64):
            chosen = np.concatenate([random.choice(one, 32) for one in where])
            optimizer.zero_grad()
            answers = network(varied(random, pictures[chosen])).squeeze(1)
            loss = torch.nn.functional.binary_cross_entropy_with_logits(answers, torch.from_numpy(labels[chosen]).float())
            loss.backward()
            optimizer.step()
        schedule.step()
        if epoch >= epochs // 2:
            mean.update_parameters(network)
    return mean.module.eval()


def asked(network, pictures):
    """Logits of crops as they are."""
    with torch.no_grad():
        batches = [torch.from_numpy(part).permute(0, 3, 1, 2).float() / 127.5 - 1
                   for part in np.array_split(pictures, max(len(pictures) // 256, 1))]
        return np.concatenate([network(batch).squeeze(1).numpy() for batch in batches])


def ship(network, bias, folder):
    """The network with its manifest and check."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "face-cover.onnx"
    torch.onnx.export(network, torch.zeros(1, 3, SIDE, SIDE), file, input_names=["picture"], output_names=["logit"],
                      opset_version=13, dynamo=False)
    y, x, c = np.meshgrid(np.arange(SIDE), np.arange(SIDE), np.arange(3), indexing="ij")
    drawn = ((7 * x + 13 * y + 29 * c + 3 * (x * y % 31)) % 256).astype(np.uint8)
    rule = json.loads((pathlib.Path(__file__).parents[1] / "rules" / "cover.json").read_text())
    manifest = {**rule, "name": "face-cover", "task": "cover", "file": file.name,
                "sha256": hashlib.sha256(file.read_bytes()).hexdigest(),
                "licence": "Trained weights: the project's licence, made with pictures of which several sets bar commercial "
                           "use, see MODEL.md",
                "input": {"colour": "rgb", "layout": "nchw", "scale": [1 / 127.5] * 3, "bias": [-1.0] * 3},
                "calibration": {"temperature": 1.0, "bias": round(float(bias), 4)}}
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")
    check = {"logit": round(float(asked(network, drawn[None])[0]), 6), "tolerance": 0.0001}
    (folder / "check.json").write_text(json.dumps(check) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("plain", "covered", "made"):
        parser.add_argument(name)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--epochs", type=int, default=24)
    parser.add_argument("--kinds", action="store_true", help="also leave out each kind of cover in turn")
    options = parser.parse_args()
    torch.set_num_threads(1)
    known = {row["path"]: row for table in options.made.split(",") for row in csv.DictReader(open(table, newline=""), delimiter="\t")}
    (plain, plain_paths), (covered, covered_paths) = read(options.plain), read(options.covered)
    pictures = np.concatenate([plain, covered])
    paths = plain_paths + covered_paths
    labels = np.array([0] * len(plain) + [1] * len(covered))
    kinds = np.array([known[path]["kind"] if path in known else "none" for path in paths])
    # A source is the folder of the picture the crop was made from.
    sources = np.array([str(pathlib.Path(known[path]["source"] if path in known else path).parent) for path in paths])
    order = sorted(set(sources))
    np.random.default_rng(0).shuffle(order)
    scores = np.zeros(len(pictures))
    for fold in range(FOLDS):
        out = np.isin(sources, order[fold::FOLDS])
        scores[out] = asked(fit(pictures[~out], labels[~out], fold, options.epochs), pictures[out])
    limit = np.quantile(scores[labels == 0], 1 - FALSE_ALARMS)
    table = {kind: [int((scores[kinds == kind] >= limit).sum()), int((kinds == kind).sum())] for kind in sorted(set(kinds))}
    print("sources left out, found at the limit:", json.dumps(table), flush=True)
    worst = collections.Counter({source: round(float((scores[(sources == source) & (labels == 0)] >= limit).mean()), 3)
                                 for source in order if ((sources == source) & (labels == 0)).sum() >= 8})
    print("uncovered faces called covered, worst sources:", json.dumps(worst.most_common(6)))
    ship(fit(pictures, labels, 0, options.epochs), -limit, options.out)
    if not options.kinds:
        return
    half = np.isin(sources, order[::2])
    for kind in sorted(set(kinds) - {"none"}):
        train = ~half & (kinds != kind)
        network = fit(pictures[train], labels[train], 9, max(options.epochs // 2, 1))
        at = np.quantile(asked(network, pictures[half & (labels == 0)]), 1 - FALSE_ALARMS)
        hits = asked(network, pictures[half & (kinds == kind)]) >= at
        print(f"{kind} and half the sources left out: {int(hits.sum())} of {len(hits)}", flush=True)


if __name__ == "__main__":
    main()
