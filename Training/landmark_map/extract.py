"""Runs the pretrained mesh network on annotated faces and saves pairs (mesh, 68 points).

    python extract.py --models DIR --data DIR --out pairs.npz

needs ai-edge-litert, numpy and opencv-python-headless. The mesh region is found as the program finds it: near or
full-range detector, square of 1.5 times the box with level eyes, then once more from the mesh itself.
"""
import argparse
import csv
import os
import xml.etree.ElementTree as ElementTree

import cv2
import numpy as np
from ai_edge_litert.interpreter import Interpreter


class Network:
    def __init__(self, path):
        self.interpreter = Interpreter(path, num_threads=1)
        self.interpreter.allocate_tensors()
        self.input = self.interpreter.get_input_details()[0]["index"]
        self.outputs = [d["index"] for d in self.interpreter.get_output_details()]

    def __call__(self, picture):
        self.interpreter.set_tensor(self.input, picture[None].astype(np.float32))
        self.interpreter.invoke()
        return [self.interpreter.get_tensor(i) for i in self.outputs]


def warp(picture, to_frame, side, border):
    """to_frame maps picture points to frame points, both with centres at +0.5; OpenCV has centres at 0."""
    matrix = np.array(to_frame, dtype=np.float64)
    matrix[:, 2] += matrix[:, :2].sum(axis=1) * 0.5 - 0.5
    return cv2.warpAffine(picture, matrix, (side, side), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, borderMode=border)


def anchors(kind):
    grids, side = ([(16, 2), (8, 6)], 128) if kind == "near" else ([(48, 1)], 192)
    return np.array([((x + 0.5) * side / g, (y + 0.5) * side / g)
                     for g, n in grids for y in range(g) for x in range(g) for _ in range(n)])


def overlap(a, b):
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    if width <= 0 or height <= 0:
        return 0
    return width * height / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - width * height)


class Detector:
    def __init__(self, folder, kind):
        name = {"near": "face_detector", "full": "face_detection_full_range"}[kind]
        self.network = Network(os.path.join(folder, name + ".tflite"))
        self.side = 128 if kind == "near" else 192
        self.anchors = anchors(kind)

    def __call__(self, picture, least=0.5):
        height, width = picture.shape[:2]
        scale = max(height, width) / self.side
        offset = np.array([width / 2, height / 2]) - self.side / 2 * scale
        square = warp(picture, [[scale, 0, offset[0]], [0, scale, offset[1]]], self.side, cv2.BORDER_CONSTANT)
        outputs = self.network(square / 127.5 - 1)
        numbers, logits = sorted(outputs, key=lambda t: -t.shape[-1])
        scores = 1 / (1 + np.exp(-np.clip(logits[0, :, 0], -100, 100)))
        faces = []
        for i in np.argsort(-scores, kind="stable"):
            if scores[i] < least:
                break
            points = numbers[0, i].reshape(8, 2).copy()
            points[0] += self.anchors[i]
            points[2:] += self.anchors[i]
            points[[0, 2, 3, 4, 5, 6, 7]] = points[[0, 2, 3, 4, 5, 6, 7]] * scale + offset
            size = points[1] * scale
            faces.append((scores[i], np.concatenate([points[0] - size / 2, points[0] + size / 2]), points[2:]))
        return merge(faces)


def merge(faces, limit=0.3):
    result = []
    while faces:
        group = [f for f in faces if overlap(f[1], faces[0][1]) >= limit] or faces[:1]
        faces = [f for f in faces[1:] if all(f is not g for g in group)]
        weights = np.array([g[0] for g in group]) / sum(g[0] for g in group)
        box = sum(w * g[1] for w, g in zip(weights, group))
        points = sum(w * g[2] for w, g in zip(weights, group))
        result.append((group[0][0], box, points))
    return result


class Mesh:
    def __init__(self, folder):
        self.network = Network(os.path.join(folder, "face_landmarks_detector.tflite"))

    def __call__(self, picture, center, side, angle):
        cosine, sine = np.cos(angle) * side / 256, np.sin(angle) * side / 256
        matrix = np.array([[cosine, -sine, center[0] - 128 * cosine + 128 * sine],
                           [sine, cosine, center[1] - 128 * sine - 128 * cosine]])
        outputs = self.network(warp(picture, matrix, 256, cv2.BORDER_REPLICATE) / 255.0)
        points = outputs[0].reshape(478, 3)
        frame = points[:, :2] @ matrix[:, :2].T + matrix[:, 2]
        return np.concatenate([frame, points[:, 2:] * side / 256], axis=1), float(outputs[1].ravel()[0])


def region_of_detection(face):
    _, box, points = face
    eyes = points[1] - points[0]
    return (box[:2] + box[2:]) / 2, 1.5 * max(box[2:] - box[:2]), np.arctan2(eyes[1], eyes[0])


def region_of_mesh(mesh):
    eyes = mesh[263, :2] - mesh[33, :2]
    angle = np.arctan2(eyes[1], eyes[0])
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    level = mesh[:, :2] @ turn.T
    low, high = level.min(axis=0), level.max(axis=0)
    return turn.T @ ((low + high) / 2), 1.5 * max(high - low), angle


class Finder:
    def __init__(self, models):
        self.near, self.full, self.mesh = Detector(models, "near"), Detector(models, "full"), Mesh(models)

    def __call__(self, picture, box):
        """The mesh of the face that overlaps `box` (x0 y0 x1 y1) best, and its presence logit; None without one."""
        faces = [f for f in self.near(picture) if overlap(f[1], box) > 0.2]
        if not faces:
            faces = [f for f in self.full(picture, 0.4) if overlap(f[1], box) > 0.2]
        if not faces:
            return None
        face = max(faces, key=lambda f: overlap(f[1], box))
        mesh, _ = self.mesh(picture, *region_of_detection(face))
        return self.mesh(picture, *region_of_mesh(mesh))


def youtube(data):
    with open(os.path.join(data, "landmarks/youtube_faces.tsv")) as file:
        for row in csv.DictReader(file, delimiter="\t"):
            points = np.array([[float(row[f"x{i}"]), float(row[f"y{i}"])] for i in range(68)])
            name = os.path.basename(row["path"]).rsplit("_", 1)[0]
            yield row["path"], "youtube", name, points


def dlib(data):
    for part in ["testing", "training"]:
        tree = ElementTree.parse(os.path.join(data, f"landmarks/dlib/{part}_with_face_landmarks.xml"))
        for picture in tree.iter("image"):
            for box in picture.iter("box"):
                points = np.zeros((68, 2))
                for p in box.iter("part"):
                    points[int(p.get("name"))] = float(p.get("x")) + 0.5, float(p.get("y")) + 0.5
                yield "landmarks/dlib/" + picture.get("file"), "dlib", part, points


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--models", required=True)
    arguments.add_argument("--data", required=True)
    arguments.add_argument("--out", required=True)
    arguments = arguments.parse_args()
    finder = Finder(arguments.models)
    rows = []
    missed = {}
    for path, source, person, points in [*dlib(arguments.data), *youtube(arguments.data)]:
        picture = cv2.cvtColor(cv2.imread(os.path.join(arguments.data, path)), cv2.COLOR_BGR2RGB)
        low, high = points.min(axis=0), points.max(axis=0)
        found = finder(picture, [*low, *high])
        if found is None:
            missed[source] = missed.get(source, 0) + 1
            continue
        rows.append((source, person, path, points, *found))
    np.savez_compressed(arguments.out, source=[r[0] for r in rows], person=[r[1] for r in rows],
                        path=[r[2] for r in rows], points=np.array([r[3] for r in rows]),
                        mesh=np.array([r[4] for r in rows]), presence=np.array([r[5] for r in rows]))
    print(f"{len(rows)} faces; not found: {missed}")


if __name__ == "__main__":
    main()
