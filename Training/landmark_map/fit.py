"""Fits the linear map from the 478-point mesh to the 68 landmarks and writes it as calibration.

    python fit.py --pairs pairs.npz --out ../../Calibration/landmarks.json

`pairs.npz` comes from extract.py. Each landmark becomes a weighted mean (weights sum to 1, the same for x and y) of the
mesh points nearest to it on average. Least squares with a penalty on leaving the nearest point; penalty and number of
points are chosen on persons held aside, never on the dlib faces, which are only measured at the end. Every face is
used mirrored as well: a map that treats left and right alike cannot learn the one-sided habits of the labels. Distances
are shares of the distance between the outer eye corners. Needs numpy.
"""
import argparse
import datetime
import json

import numpy as np

FOLDS = 5
SOUND = 0.08
# The stiffest map whose error is within 5 % of the best: closer than that, a map follows one labelling model's habits.
SLACK = 1.05
MIRRORED_68 = [*range(16, -1, -1), *range(26, 16, -1), 27, 28, 29, 30, 35, 34, 33, 32, 31, 45, 44, 43, 42, 47, 46, 39, 38,
               37, 36, 41, 40, 54, 53, 52, 51, 50, 49, 48, 59, 58, 57, 56, 55, 64, 63, 62, 61, 60, 67, 66, 65]


def normalised(pairs, chosen):
    """Mesh and landmarks of the chosen faces, centred and in units of the outer-eye distance."""
    mesh = pairs["mesh"][chosen][:, :, :2].astype(np.float64)
    points = pairs["points"][chosen].astype(np.float64)
    unit = np.linalg.norm(points[:, 36] - points[:, 45], axis=1)[:, None, None]
    middle = mesh.mean(axis=1, keepdims=True)
    return (mesh - middle) / unit, (points - middle) / unit


def mirror_of_mesh(meshes):
    """For each mesh point its partner on the other side, from the mean of the frontal faces (3-D, eyes level)."""
    level = []
    for mesh in meshes.astype(np.float64):
        eyes = mesh[263] - mesh[33]
        unit = np.hypot(eyes[0], eyes[1])
        cosine, sine = eyes[:2] / unit
        flat = (mesh[:, :2] - (mesh[33, :2] + mesh[263, :2]) / 2) @ np.array([[cosine, sine], [-sine, cosine]]).T / unit
        level.append(np.concatenate([flat, mesh[:, 2:] / unit], axis=1))
    level = np.array(level)
    mean = level[np.abs(level[:, 1, 0]) < 0.05].mean(axis=0)
    partner = np.linalg.norm((mean * [-1, 1, 1])[:, None] - mean[None], axis=2).argmin(axis=1)
    assert (partner[partner] == np.arange(len(partner))).all(), "the mean face is not symmetric"
    return partner


def with_mirrored(mesh, points, partner):
    return (np.concatenate([mesh, mesh[:, partner] * [-1, 1]]),
            np.concatenate([points, points[:, MIRRORED_68] * [-1, 1]]))


def fit(mesh, points, count, penalty):
    """Indices and weights per landmark."""
    rows = []
    for landmark in range(68):
        distance = np.linalg.norm(mesh - points[:, landmark, None], axis=2)
        near = np.argsort(np.median(distance, axis=0))[:count]
        start = np.zeros(count)
        start[0] = 1
        # Differences from the nearest point, so that the weights sum to 1 whatever is found.
        basis = (mesh[:, near[1:]] - mesh[:, near[:1]]).transpose(0, 2, 1).reshape(-1, count - 1)
        rest = (points[:, landmark] - mesh[:, near[0]]).reshape(-1)
        # Labels made by a model have gross faults: three rounds of weights that fall off beyond 5 % (Huber).
        trust = np.ones(len(points))
        for _ in range(4):
            w = np.repeat(np.sqrt(trust), 2)
            a = basis * w[:, None]
            solution = np.linalg.solve(
                a.T @ a + penalty * len(points) * np.eye(count - 1), a.T @ (rest * w))
            left = np.linalg.norm((rest - basis @ solution).reshape(-1, 2), axis=1)
            trust = np.minimum(1, 0.05 / np.maximum(left, 1e-9))
        weights = np.concatenate([[1 - solution.sum()], solution])
        rows.append((near, weights))
    return rows


def apply(rows, mesh):
    return np.stack([(mesh[:, near] * weights[None, :, None]).sum(axis=1) for near, weights in rows], axis=1)


def error(rows, mesh, points, first=17):
    """Mean distance over faces and landmarks from `first` on."""
    return np.linalg.norm(apply(rows, mesh) - points, axis=2)[:, first:].mean()


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--pairs", required=True)
    arguments.add_argument("--out", required=True)
    arguments = arguments.parse_args()
    pairs = np.load(arguments.pairs)
    tuning = pairs["source"] != "dlib"
    mesh, points = normalised(pairs, tuning)
    persons = pairs["person"][tuning]
    # Labels that a model made are wrong by the width of an eye in some frames: such faces teach nothing.
    sound = np.linalg.norm(apply(fit(mesh, points, 2, 1e6), mesh) - points, axis=2)[:, 17:].mean(axis=1) < SOUND
    print(f"{sound.sum()} of {len(sound)} faces agree with the mesh to {SOUND:.0%}; the others are left out")
    mesh, points, persons = mesh[sound], points[sound], persons[sound]
    partner = mirror_of_mesh(pairs["mesh"][tuning][sound])
    names = np.unique(persons)
    np.random.default_rng(1).shuffle(names)
    fold = {name: index % FOLDS for index, name in enumerate(names)}
    folds = np.array([fold[person] for person in persons])
    nearest = error(fit(mesh, points, 2, 1e6), mesh, points)
    print(f"{len(points)} faces of {len(names)} persons; nearest single points: {nearest:.4f}")
    table = []
    for count in (4, 8, 16):
        for penalty in (1e-3, 1e-4, 1e-5, 1e-6):
            held = []
            for one in range(FOLDS):
                rows = fit(*with_mirrored(mesh[folds != one], points[folds != one], partner), count, penalty)
                held.append(error(rows, mesh[folds == one], points[folds == one]))
            table.append((float(np.mean(held)), count, penalty))
    table.sort()
    best = min((row for row in table if row[0] < table[0][0] * SLACK), key=lambda row: (-row[2], row[1]))
    print(f"held persons: {best[0]:.4f} with {best[1]} points, penalty {best[2]:g}; best of all {table[0]}")
    rows = fit(*with_mirrored(mesh, points, partner), best[1], best[2])
    check, truth = normalised(pairs, ~tuning)
    print(f"dlib, {len(truth)} faces: inner 51 {error(rows, check, truth):.4f}, all 68 {error(rows, check, truth, 0):.4f};"
          f" nearest single points {error(fit(mesh, points, 2, 1e6), check, truth):.4f}")
    with open(arguments.out, "w") as file:
        json.dump({
            "schema": 1, "id": "landmarks-" + datetime.date.today().isoformat(),
            "data": f"{len(points)} frames of {len(names)} persons of YouTube Faces, landmarks made by a model",
            "metric": f"mean error of the inner 51 points on persons held aside: {best[0]:.4f} of the outer-eye distance",
            "tool": "Training/landmark_map/fit.py",
            "rows": [{"points": near.tolist(), "weights": [round(float(w), 5) for w in weights]} for near, weights in rows],
        }, file, indent=None, separators=(",", ":"))
        file.write("\n")


if __name__ == "__main__":
    main()
