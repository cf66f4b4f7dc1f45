"""What cameras, calls and files do to a picture; the same chain for a real picture and its fake."""

from fractions import Fraction

import av
import cv2
import numpy as np

from .blend import RESAMPLING


def jpeg(picture, quality):
    """Through JPEG and back. `picture`: RGB, uint8."""
    _, code = cv2.imencode(".jpg", picture[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, int(quality)])
    return cv2.imdecode(code, cv2.IMREAD_COLOR)[:, :, ::-1]


def h264(picture, crf):
    """Through one key frame of H.264 and back; sides are cut to even numbers and the rest repeated."""
    height, width = picture.shape[:2]
    even = np.ascontiguousarray(picture[: height // 2 * 2, : width // 2 * 2])
    encoder = av.CodecContext.create("libx264", "w")
    encoder.width, encoder.height, encoder.pix_fmt = even.shape[1], even.shape[0], "yuv420p"
    encoder.time_base = Fraction(1, 25)
    encoder.options = {"crf": str(int(crf)), "preset": "ultrafast", "tune": "zerolatency"}
    encoder.thread_count = 1
    packets = encoder.encode(av.VideoFrame.from_ndarray(even, "rgb24")) + encoder.encode(None)
    decoder = av.CodecContext.create("h264", "r")
    decoder.thread_count = 1
    for packet in packets + [None]:
        for frame in decoder.decode(packet):
            out = frame.to_ndarray(format="rgb24")
            return cv2.copyMakeBorder(out, 0, height - out.shape[0], 0, width - out.shape[1],
                                      cv2.BORDER_REPLICATE)
    return picture


def degraded(picture, rng):
    """A random chain of resize, blur, noise, compression, gamma and back to size."""
    height, width = picture.shape[:2]
    out = picture
    if rng.random() < 0.45:
        factor = rng.uniform(0.4, 1.0)
        out = cv2.resize(out, (max(int(width * factor), 40), max(int(height * factor), 40)),
                         interpolation=int(rng.choice(RESAMPLING)))
    if rng.random() < 0.2:
        out = cv2.GaussianBlur(out, (0, 0), rng.uniform(0.3, 1.1))
    if rng.random() < 0.25:
        noise = rng.normal(0, rng.uniform(1, 7), out.shape)
        out = np.clip(out + noise, 0, 255).astype(np.uint8)
    choice = rng.random()
    if choice < 0.4:
        out = jpeg(out, rng.uniform(35, 97))
    elif choice < 0.6:
        out = h264(out, rng.uniform(18, 36))
    if rng.random() < 0.3:
        table = (np.arange(256) / 255) ** rng.uniform(0.7, 1.4) * 255
        out = np.clip(table, 0, 255).astype(np.uint8)[out]
    if out.shape[:2] != (height, width):
        out = cv2.resize(out, (width, height), interpolation=int(rng.choice(RESAMPLING[1:])))
    return np.ascontiguousarray(out)


def view(picture, side, rng=None):
    """The middle `side` x `side` pixels; with `rng` a little shifted, scaled and mirrored (for training)."""
    edge = (picture.shape[0] - side) // 2
    if rng is None:
        return picture[edge : edge + side, edge : edge + side]
    factor = rng.uniform(0.93, 1.07)
    shift = rng.uniform(-0.04, 0.04, 2) * side
    centre = picture.shape[0] / 2
    place = np.float32([[factor, 0, side / 2 - factor * (centre + shift[0])],
                        [0, factor, side / 2 - factor * (centre + shift[1])]])
    out = cv2.warpAffine(picture, place, (side, side), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return out[:, ::-1] if rng.random() < 0.5 else out
