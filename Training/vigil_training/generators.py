"""Small generators of our own, trained on real faces: a laboratory, to make forgeries beside their originals (made.py).

    python -m vigil_training.generators --crops DIR... --data DATA --out DIR [--minutes 2.5] [--only NAME...]

Autoencoders as live-swap tools use them (a face through a narrow bottleneck and back), one that redraws the lower face and
one that repairs a warped picture as photo-driven talkers do. They learn from stills of real people alone, never from a
clip: every clip is a test. Output: NAME.pt (weights, and where the training stands: a stopped run goes on).
"""

import argparse
import time
from pathlib import Path

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from .crops import Crops
from .real import Reals

# name: side in pixels, part of the crop, bottleneck (units, or channels of a map when negative), decoder
KINDS = {"dense-shuffle-64": (64, "face", 256, "shuffle"), "dense-transposed-80": (80, "face", 384, "transposed"),
         "map-bilinear-96": (96, "face", -32, "bilinear"), "mouth-96": (96, "face", 0, "bilinear"),
         "talker-128": (128, "whole", 0, "shuffle")}
FACE = (0.2, 0.27, 0.6)  # left, top and side of the square that holds the face, in parts of a `forgery-large` crop
WIDTHS = (32, 64, 96, 128)


def inside(part, side):
    """(left, top, side) in pixels of a part of a crop of `side` pixels."""
    left, top, size = FACE if part == "face" else (0, 0, 1)
    return round(left * side), round(top * side), round(size * side)


def up(inputs, outputs, kind):
    """Twice the size, in one of three ways, each of which leaves its own trace."""
    if kind == "shuffle":
        return nn.Sequential(nn.Conv2d(inputs, 4 * outputs, 3, padding=1), nn.PixelShuffle(2), nn.LeakyReLU(0.1))
    if kind == "transposed":
        return nn.Sequential(nn.ConvTranspose2d(inputs, outputs, 4, 2, 1), nn.LeakyReLU(0.1))
    return nn.Sequential(nn.Upsample(scale_factor=2, mode="bilinear", align_corners=False),
                         nn.Conv2d(inputs, outputs, 3, padding=1), nn.LeakyReLU(0.1))


class Generator(nn.Module):
    """Pictures in 0...1, N x 3 x S x S, to pictures of the same size."""

    def __init__(self, side, bottleneck, decoder):
        super().__init__()
        self.bottleneck, last = bottleneck, WIDTHS[-1]
        ends = (3, *WIDTHS)
        self.down = nn.ModuleList(nn.Sequential(nn.Conv2d(a, b, 5, 2, 2), nn.LeakyReLU(0.1)) for a, b in zip(ends, ends[1:]))
        small = side // 16
        if bottleneck > 0:
            self.middle = nn.Sequential(nn.Flatten(), nn.Linear(last * small**2, bottleneck),
                                        nn.Linear(bottleneck, last * small**2), nn.Unflatten(1, (last, small, small)))
        elif bottleneck < 0:
            self.middle = nn.Sequential(nn.Conv2d(last, -bottleneck, 1), nn.Conv2d(-bottleneck, last, 3, padding=1))
        else:
            self.middle = nn.Conv2d(last, last, 3, padding=1)
        steps = []
        for i in range(3, -1, -1):
            wide = WIDTHS[i] * (2 if bottleneck == 0 and i < 3 else 1)
            steps.append(up(wide, WIDTHS[i - 1] if i else 24, decoder))
        self.up = nn.ModuleList(steps)
        self.last = nn.Conv2d(24, 3, 5, padding=2)

    def forward(self, x):
        kept, y = [], x
        for step in self.down:
            y = step(y)
            kept.append(y)
        y = self.middle(y)
        for i, step in enumerate(self.up):
            if self.bottleneck == 0 and i:
                y = torch.cat([y, kept[3 - i]], 1)
            y = step(y)
        return torch.sigmoid(self.last(y))


def bent(x, strength, generator):
    """Pictures under a smooth random warp of `strength` parts of their side."""
    grid = F.affine_grid(torch.eye(2, 3)[None].expand(len(x), 2, 3), list(x.shape), align_corners=False)
    move = F.interpolate((torch.rand(len(x), 2, 5, 5, generator=generator) - 0.5) * 4 * strength, x.shape[2:], mode="bicubic",
                         align_corners=True)
    return F.grid_sample(x, grid + move.permute(0, 2, 3, 1), mode="bilinear", padding_mode="border", align_corners=False)


def damaged(name, x, generator):
    """What a generator is given to draw `x` from."""
    if name.startswith("mouth"):
        hint = F.interpolate(F.interpolate(bent(x, 0.06, generator), (8, 8), mode="area"), x.shape[2:], mode="bilinear")
        out = x.clone()
        out[:, :, x.shape[2] * 52 // 100 :] = hint[:, :, x.shape[2] * 52 // 100 :]
        return out
    if name.startswith("talker"):
        out = bent(bent(x, 0.05, generator), 0.05, generator)
        holes = F.interpolate((torch.rand(len(x), 1, 12, 12, generator=generator) < 0.1).float(), x.shape[2:])
        return out * (1 - holes) + 0.5 * holes
    return bent(x, 0.025, generator)


def edges(x):
    return x[..., 1:] - x[..., :-1], x[..., 1:, :] - x[..., :-1, :]


def train(name, pictures, out, minutes, seed=0, most=10**9):
    """Trains one generator for `minutes` more of processor time or `most` steps; goes on from what `out` holds."""
    side, _, bottleneck, decoder = KINDS[name]
    torch.manual_seed(seed)
    net = Generator(side, bottleneck, decoder).to(memory_format=torch.channels_last)
    optimizer = torch.optim.Adam(net.parameters(), 1e-3, betas=(0.5, 0.98))
    steps, file = 0, out / f"{name}.pt"
    if file.exists():
        kept = torch.load(file, map_location="cpu", weights_only=True)
        net.load_state_dict(kept["net"])
        optimizer.load_state_dict(kept["optimizer"])
        steps = kept["steps"]
    generator, start, losses = torch.Generator().manual_seed(seed + steps), time.process_time(), []
    while (done := max((time.process_time() - start) / 60 / minutes, len(losses) / most)) < 1:
        for group in optimizer.param_groups:
            group["lr"] = 1e-3 if done < 0.7 else 3e-4
        chosen = torch.randint(len(pictures), (24,), generator=generator).numpy()
        x = torch.from_numpy(pictures[chosen]).permute(0, 3, 1, 2).float() / 255
        x = torch.where(torch.rand(len(x), 1, 1, 1, generator=generator) < 0.5, x, x.flip(3)).contiguous(memory_format=torch.channels_last)
        drawn = net(damaged(name, x, generator).contiguous(memory_format=torch.channels_last))
        loss = (drawn - x).abs().mean() + sum((a - b).abs().mean() for a, b in zip(edges(drawn), edges(x)))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
        steps += 1
    torch.save(dict(net=net.state_dict(), optimizer=optimizer.state_dict(), steps=steps), file)
    print(f"{name}: {steps} steps, loss {np.mean(losses[:20]):.4f} to {np.mean(losses[-50:]):.4f}", flush=True)


class Drawn:
    """The generators of a folder, to redraw faces with."""

    def __init__(self, folder):
        self.nets = {}
        for name, (side, _, bottleneck, decoder) in KINDS.items():
            file = Path(folder) / f"{name}.pt"
            if file.exists():
                net = Generator(side, bottleneck, decoder)
                net.load_state_dict(torch.load(file, map_location="cpu", weights_only=True)["net"])
                self.nets[name] = net.eval()

    def redrawn(self, name, picture, rng):
        """`picture` (square, uint8) with the face, or all of it, as the generator draws it; float32."""
        side, part, _, _ = KINDS[name]
        left, top, size = inside(part, picture.shape[0])
        piece = picture[top : top + size, left : left + size]
        small = cv2.resize(piece, (side, side), interpolation=cv2.INTER_AREA)
        x = torch.from_numpy(small).permute(2, 0, 1)[None].float() / 255
        with torch.inference_mode():
            y = self.nets[name](damaged(name, x, torch.Generator().manual_seed(int(rng.integers(1 << 40)))))
        drawn = y[0].permute(1, 2, 0).numpy() * 255
        way = int(rng.choice((cv2.INTER_LINEAR, cv2.INTER_CUBIC, cv2.INTER_LANCZOS4)))
        out = np.float32(picture)
        out[top : top + size, left : left + size] = cv2.resize(drawn, (size, size), interpolation=way)
        return np.clip(out, 0, 255)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--crops", nargs="+", required=True)
    parser.add_argument("--data", required=True)
    parser.add_argument("--out", required=True, type=Path)
    parser.add_argument("--minutes", type=float, default=2.5, help="of processor time, for each")
    parser.add_argument("--only", nargs="*", default=list(KINDS))
    options = parser.parse_args()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    options.out.mkdir(parents=True, exist_ok=True)
    reals = Reals(Crops(options.crops, "forgery-large", 288, options.data))
    for name in options.only:
        side, part, _, _ = KINDS[name]
        left, top, size = inside(part, 288)
        pictures = np.stack([cv2.resize(reals.crops.pixels(item)[top : top + size, left : left + size], (side, side),
                                        interpolation=cv2.INTER_AREA) for item in reals.items])
        train(name, pictures, options.out, options.minutes)


if __name__ == "__main__":
    main()
