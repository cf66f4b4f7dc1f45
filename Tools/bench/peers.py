#!/usr/bin/env python3
"""CPU time per frame of a peer on a clip; prints one line: NAME <tab> milliseconds of CPU per frame <tab> faces found.

    Tools/bench/peers.py mediapipe CLIP FRAMES face_landmarker.task
    Tools/bench/peers.py dlib CLIP FRAMES [shape_predictor_68_face_landmarks.dat]

Frames are decoded beforehand and not timed. Timed is what a caller must do with a decoded BGR frame: its conversion, and the
peer's call. CPU time of all threads of this process; the first ten frames warm up and do not count. Without a
predictor file dlib's detector is timed alone, and the name says so.
"""

import sys
import time

import cv2

WARM_UP = 10


def frames(clip, count):
    video = cv2.VideoCapture(clip)
    rate = video.get(cv2.CAP_PROP_FPS) or 25
    decoded = []
    while len(decoded) < count:
        there, frame = video.read()
        if not there:
            break
        decoded.append(frame)
    if len(decoded) <= WARM_UP:
        raise SystemExit(f"peers.py: {clip}: fewer than {WARM_UP + 1} frames can be read")
    return decoded, rate


def mediapipe_peer(task):
    import mediapipe
    from mediapipe.tasks.python import BaseOptions, vision

    landmarker = vision.FaceLandmarker.create_from_options(vision.FaceLandmarkerOptions(
        base_options=BaseOptions(model_asset_path=task), running_mode=vision.RunningMode.VIDEO,
        output_face_blendshapes=True, output_facial_transformation_matrixes=True, num_faces=1))

    def look(frame, milliseconds):
        rgb = cv2.cvtColor(frame, cv2.COLOR_BGR2RGB)
        image = mediapipe.Image(image_format=mediapipe.ImageFormat.SRGB, data=rgb)
        return len(landmarker.detect_for_video(image, milliseconds).face_landmarks)

    return f"mediapipe {mediapipe.__version__} FaceLandmarker, video mode", look


def dlib_peer(predictor=None):
    import dlib

    detector = dlib.get_frontal_face_detector()
    shape = dlib.shape_predictor(predictor) if predictor else None

    def look(frame, _):
        rgb = cv2.cvtColor(frame, cv2.COLOR_BGR2RGB)
        boxes = detector(rgb, 0)
        if shape:
            for box in boxes:
                shape(rgb, box)
        return len(boxes)

    return f"dlib {dlib.__version__} HOG detector" + (" and 68 points" if shape else " alone, no predictor file"), look


def main():
    peer, clip, count, *files = sys.argv[1:]
    decoded, rate = frames(clip, int(count))
    name, look = {"mediapipe": mediapipe_peer, "dlib": dlib_peer}[peer](*files)
    found = 0
    for index, frame in enumerate(decoded):
        if index == WARM_UP:
            started = time.process_time()
        found += look(frame, int(index * 1000 / rate)) > 0
    spent = (time.process_time() - started) / (len(decoded) - WARM_UP) * 1000
    print(f"{name}\t{spent:.3f}\t{found}/{len(decoded)}")


if __name__ == "__main__":
    main()
