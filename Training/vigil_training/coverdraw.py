"""Draws what covers faces over pictures of faces: masks, scarves, sunglasses, hands, things held before the face.

    python -m vigil_training.coverdraw CROPS OUT [--seed N]

CROPS: folder with wide.rgb and wide.tsv of `vigil crops --rule Training/rules/cover-wide.json`. Writes one covered
picture a face to OUT/KIND/NUMBER.png and the plain ones to OUT/none/NUMBER.png, with the place of each in OUT/made.tsv
(path, kind, source picture). Every cover is drawn before the program looks for landmarks, as it would be in front of a
camera: the landmarks under it are the program's guesses.
"""
import argparse
import csv
import pathlib

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

SIDE = 256
KINDS = ["mask", "darkmask", "scarf", "sunglasses", "hand", "thing", "hood"]


def crops(folder):
    """The pictures and their 68 points."""
    rows = list(csv.DictReader(open(folder / "wide.tsv", newline=""), delimiter="\t"))
    pixels = np.memmap(folder / "wide.rgb", dtype=np.uint8, mode="r").reshape(len(rows), SIDE, SIDE, 3)
    for row, picture in zip(rows, pixels):
        points = np.array([[float(row[f"x_{i}"]), float(row[f"y_{i}"])] for i in range(68)])
        yield row["path"], np.array(picture), points


def cloth(random, colour, size, grain):
    """A piece of material: a colour, folds, grain, sometimes stripes or checks."""
    height, width = size
    fold = Image.fromarray((random.normal(0, 1, (9, 9)) * 28 + 128).clip(0, 255).astype(np.uint8))
    fold = np.asarray(fold.resize((width, height), Image.BICUBIC), dtype=np.float32) - 128
    picture = np.ones((height, width, 3), dtype=np.float32) * colour
    picture += fold[..., None] * random.uniform(0.2, 1)
    if random.random() < 0.3:
        period, angle = random.uniform(5, 40), random.uniform(0, np.pi)
        y, x = np.mgrid[:height, :width]
        wave = np.sin((x * np.cos(angle) + y * np.sin(angle)) * 2 * np.pi / period)
        picture += np.sign(wave)[..., None] * random.uniform(-60, 60, 3)
    return picture + random.normal(0, grain, picture.shape)


def skin(picture, points):
    """The mean colour of the cheeks."""
    spots = [(points[1] + points[31]) / 2, (points[15] + points[35]) / 2, points[29]]
    return np.mean([picture[int(np.clip(y, 2, 253)), int(np.clip(x, 2, 253))] for x, y in spots], axis=0)


def shape(random, kind, points):
    """The outline of a cover, as a drawing on a black plate."""
    plate = Image.new("L", (SIDE, SIDE))
    draw = ImageDraw.Draw(plate)
    eyes = np.linalg.norm(points[45] - points[36])
    jitter = lambda p: tuple(p + random.normal(0, 0.03, 2) * eyes)
    grown = points + (points - points.mean(0)) * random.uniform(0, 0.12)
    if kind in ("mask", "darkmask"):
        top = [28, 29, 30][random.integers(3)]
        draw.polygon([jitter(grown[i]) for i in range(random.integers(1, 4), random.integers(13, 16))] + [jitter(points[top])], fill=255)
    elif kind == "scarf":
        level = points[[29, 30, 33, 51][random.integers(4)]][1]
        draw.polygon([(0, level + random.normal(0, 12)), (SIDE, level + random.normal(0, 12)), (SIDE, SIDE), (0, SIDE)], fill=255)
    elif kind == "sunglasses":
        for start in (36, 42):
            middle, wide, high = points[start:start + 6].mean(0), eyes * random.uniform(0.22, 0.32), eyes * random.uniform(0.15, 0.27)
            draw.ellipse((middle[0] - wide, middle[1] - high, middle[0] + wide, middle[1] + high * 1.15), fill=255)
        draw.line([tuple(points[36]), tuple(points[45])], fill=255, width=max(2, int(eyes * 0.06)))
    elif kind == "hand":
        middle = points[[30, 33, 57, 36, 45, 8][random.integers(6)]] + random.normal(0, 0.2, 2) * eyes
        wide, high = eyes * random.uniform(0.35, 0.6), eyes * random.uniform(0.4, 0.8)
        draw.rounded_rectangle((middle[0] - wide, middle[1] - high, middle[0] + wide, middle[1] + high), int(wide * 0.4), fill=255)
        for finger in range(4):
            left = middle[0] - wide + finger * wide / 2
            draw.rounded_rectangle((left, middle[1] - high - eyes * random.uniform(0.2, 0.6),
                                    left + wide * 0.45, middle[1]), int(wide * 0.2), fill=255)
    elif kind == "thing":
        middle = points[[30, 57, 36, 45, 3, 13][random.integers(6)]] + random.normal(0, 0.2, 2) * eyes
        wide, high = eyes * random.uniform(0.35, 0.9), eyes * random.uniform(0.35, 0.9)
        draw.polygon([jitter(middle + np.array(p) * (wide, high)) for p in ((-1, -1), (1, -1), (1, 1), (-1, 1))], fill=255)
    else:
        level = points[[37, 41, 28][random.integers(3)]][1] + random.normal(0, 5)
        draw.rectangle((0, 0, SIDE, level), fill=255)
    return np.asarray(plate.filter(ImageFilter.GaussianBlur(random.uniform(0.3, 1.5))), dtype=np.float32)[..., None] / 255


def colour(random, kind, picture, points):
    """The colour of a cover under the picture's light."""
    light = float(picture.mean()) / 128
    if kind == "hand":
        return skin(picture, points) * random.uniform(0.75, 1.2)
    if kind in ("darkmask", "sunglasses"):
        return random.uniform(5, 55) * np.ones(3) * min(light, 1) + random.normal(0, 5, 3)
    if kind == "mask":
        shades = [[150, 190, 215], [225, 228, 230], [190, 205, 190], [230, 190, 200]]
        return np.array(shades[random.integers(4)]) * np.clip(light, 0.3, 1.15)
    return random.uniform(10, 245, 3) * np.clip(light, 0.3, 1.1)


def covered(random, kind, picture, points):
    """`picture` with a cover of `kind`, its shadow and the picture's own noise."""
    alpha = shape(random, kind, points)
    material = cloth(random, colour(random, kind, picture, points), (SIDE, SIDE), random.uniform(0, 6))
    if kind == "hand":
        material += (np.sin(np.arange(SIDE) / random.uniform(5, 9))[None, :, None]) * random.uniform(2, 12)
    return (picture * (1 - alpha) + material * alpha).clip(0, 255).astype(np.uint8)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("crops", type=pathlib.Path)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    random = np.random.default_rng(asked.seed)
    asked.out.mkdir(parents=True, exist_ok=True)
    with open(asked.out / "made.tsv", "w") as table:
        table.write("path\tkind\tsource\n")
        for number, (source, picture, points) in enumerate(crops(asked.crops)):
            kind = KINDS[(number + asked.seed) % len(KINDS)]
            for name, made in (("none", picture), (kind, covered(random, kind, picture, points))):
                place = asked.out / name / f"{number:05d}.jpg"
                place.parent.mkdir(exist_ok=True)
                Image.fromarray(made).save(place, quality=int(random.integers(75, 96)))
                table.write(f"{place}\t{name}\t{source}\n")


if __name__ == "__main__":
    main()
