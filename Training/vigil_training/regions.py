"""Networks that compare the parts of a face: a fixed ImageNet stem, region statistics, a small trained head.

Crops are aligned, so eyes, mouth, inner face, its border and what surrounds it lie at fixed places. Means and spreads of
features and of high-pass residuals in each of these say whether the parts belong together, which is what a swap breaks.
Only the head is trained: some ten thousand crops of few people are not enough to train more without learning the people.
"""

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from .nets import LiteNet

# After which blocks of EfficientNet-Lite0 features are taken, and how many channels they have there.
TAPS = {2: 24, 4: 40, 7: 80, 10: 112}
TAPS_OF = {"lite0": TAPS, "lite2": {3: 24, 6: 48, 10: 88, 14: 120}}
STRIDES = (4, 8, 16, 16)  # at the four taps
KERNELS = 6  # high-pass residuals
TONES = 5  # spread of luma and of two colours, mean luma, share of clipped pixels


def layout(regions, taps=TAPS, tone=False, variant="lite0", colour=True):
    """[(name, how many)] of the statistics, in their order."""
    channels = TAPS_OF[variant]
    parts = [("residual", KERNELS), *[("colour", 3)] * colour, *((tap, 2 * channels[tap]) for tap in taps)]
    return [(name, regions * size) for name, size in parts + [("tone", TONES)] * tone]


def _ellipse(x, y, centre, radii):
    return np.sqrt(((x - centre[0]) / radii[0]) ** 2 + ((y - centre[1]) / radii[1]) ** 2)


def face_regions(side):
    """Five masks of an aligned crop, 5 x side x side: eyes, mouth, rest of the face, its border, the surroundings."""
    y, x = (np.mgrid[0:side, 0:side] + 0.5) / side
    face = _ellipse(x, y, (0.5, 0.62), (0.27, 0.36))
    eyes = (np.abs(y - 0.43) < 0.09) & (np.abs(x - 0.5) < 0.24)
    mouth = _ellipse(x, y, (0.5, 0.77), (0.16, 0.09)) < 1
    inner = (face < 0.85) & ~eyes & ~mouth
    border = (face >= 0.85) & (face < 1.2) & ~eyes
    outer = face >= 1.2
    return np.stack([eyes, mouth, inner, border, outer]).astype(np.float32)


def box_regions(side):
    """Four masks of an upright box with surroundings: face, ring about it, the rest above and below the chin."""
    y, x = (np.mgrid[0:side, 0:side] + 0.5) / side
    face = _ellipse(x, y, (0.5, 0.5), (0.16, 0.2))
    inner, ring = face < 1, (face >= 1) & (face < 1.7)
    upper, lower = (face >= 1.7) & (y < 0.6), (face >= 1.7) & (y >= 0.6)
    return np.stack([inner, ring, upper, lower]).astype(np.float32)


def residual_kernels():
    """High-pass filters of 5 x 5 on luma: first and second differences, the SRM square (Fridrich and Kodovsky 2012)."""
    kernels = np.zeros((KERNELS, 5, 5), np.float32)
    kernels[0, 2, 1:4] = (-0.5, 1, -0.5)
    kernels[1, 1:4, 2] = (-0.5, 1, -0.5)
    kernels[2, 1:4, 1:4] = np.array([[-1, 2, -1], [2, -4, 2], [-1, 2, -1]]) / 4
    kernels[3] = np.array([[-1, 2, -2, 2, -1], [2, -6, 8, -6, 2], [-2, 8, -12, 8, -2], [2, -6, 8, -6, 2],
                           [-1, 2, -2, 2, -1]]) / 12
    kernels[4, 2] = (-0.25, 0, 0.5, 0, -0.25)
    kernels[5, :, 2] = (-0.25, 0, 0.5, 0, -0.25)
    return kernels


class RegionFeatures(nn.Module):
    """N x 3 x S x S to N x D statistics; nothing here is trained by us."""

    def __init__(self, masks, imagenet=None, taps=None, tone=False, variant="lite0", colour=True):
        """`taps`: after which blocks to look (all of TAPS unless given); blocks behind the last are left out. `tone`: with
        spreads of brightness and colour; `colour`: with their means."""
        super().__init__()
        self.tone, self.colour, self.variant = tone, colour, variant
        every = TAPS_OF[variant]
        self.taps = every if taps is None else {tap: every[tap] for tap in taps}
        net = LiteNet(max(self.taps, default=-1) + 1, variant=variant)
        if imagenet:
            net.load_imagenet(imagenet)
        self.stem, self.blocks = net.stem if self.taps else None, net.blocks
        self.high = nn.Conv2d(1, KERNELS, 5, padding=2, bias=False)
        self.high.weight.data = torch.from_numpy(residual_kernels())[:, None]
        self.luma = nn.Conv2d(3, 1, 1, bias=False)
        self.luma.weight.data = torch.tensor([0.299, 0.587, 0.114]).view(1, 3, 1, 1)
        side = masks.shape[1]
        # At full size the masks are 0 and 1: bytes in the file, a quarter of the space.
        self.register_buffer("mask_full", torch.from_numpy(masks.astype(np.uint8)).flatten(1).T.contiguous())
        self.register_buffer("area_full", torch.from_numpy(masks.sum((1, 2))))
        sizes = {tap: side // stride for tap, stride in zip(every, STRIDES)}
        for name, size in sizes.items():
            if name not in self.taps:
                continue
            small = F.adaptive_avg_pool2d(torch.from_numpy(masks)[None], size)[0].flatten(1)
            self.register_buffer(f"mask_{name}", (small / small.sum(1, keepdim=True)).T.contiguous())
        self.count = masks.shape[0]
        for weight in self.parameters():
            weight.requires_grad = False

    def _statistics(self, maps, mask):
        flat = maps.flatten(2)
        mean = torch.matmul(flat, mask)
        spread = torch.sqrt(torch.matmul(flat * flat, mask) - mean * mean + 1e-4)
        return [mean.flatten(1), spread.flatten(1)]

    def _tones(self, x, mask):
        """What a display and the exposure do: spread of luma and colours (log), mean luma (log), clipped share."""
        light = (x + 127 / 128) * (128 / 255)
        luma = self.luma(light)
        flat = torch.cat([luma, light[:, :1] - luma, light[:, 2:] - luma], 1).flatten(2)
        mean = torch.matmul(flat, mask)
        spread = torch.sqrt(torch.relu(torch.matmul(flat * flat, mask) - mean * mean) + 1e-6)
        brightest = torch.maximum(torch.maximum(light[:, :1], light[:, 1:2]), light[:, 2:])
        clipped = torch.matmul(torch.sigmoid((brightest - 0.97) * 60).flatten(2), mask)
        return [torch.log(spread + 4e-3).flatten(1), torch.log(torch.relu(mean[:, :1]) + 0.02).flatten(1),
                clipped.flatten(1)]

    def forward(self, x, coarse=False):
        """`coarse`: the blocks in bfloat16, three times as fast; good enough to train from."""
        return self.with_maps(x, coarse)[0]

    def with_maps(self, x, coarse=False):
        """The statistics, and what the last block gives."""
        residual = torch.abs(self.high(self.luma(x)))
        full = self.mask_full.float()
        energy = torch.matmul(residual.flatten(2), full) / self.area_full
        found = [torch.log(energy + 1e-3).flatten(1)]
        if self.colour:
            found.append((torch.matmul(x.flatten(2), full) / self.area_full).flatten(1))
        with torch.autocast("cpu", torch.bfloat16, enabled=coarse):
            y, taps = self.stem(x) if self.taps else None, []
            for index, block in enumerate(self.blocks):
                y = block(y)
                if index in self.taps:
                    taps.append((index, y))
        for index, y in taps:
            found += self._statistics(y.float(), getattr(self, f"mask_{index}"))
        if self.tone:
            found += self._tones(x, full / self.area_full)
        return torch.cat(found, 1), y

    @property
    def size(self):
        return sum(size for _, size in layout(self.count, self.taps, self.tone, self.variant, self.colour))


class Head(nn.Module):
    """Standardized statistics to one logit, through `hidden` units or straight (0)."""

    def __init__(self, mean, spread, hidden=48, dropout=0.5):
        super().__init__()
        self.register_buffer("mean", torch.as_tensor(mean, dtype=torch.float32))
        self.register_buffer("gain", 1 / torch.as_tensor(spread, dtype=torch.float32))
        size = len(mean)
        self.layers = nn.Sequential(nn.Dropout(dropout), nn.Linear(size, hidden), nn.ReLU(), nn.Dropout(dropout / 2),
                                    nn.Linear(hidden, 1)) if hidden else nn.Sequential(
                                        nn.Dropout(dropout), nn.Linear(size, 1))

    def forward(self, statistics):
        return self.layers(torch.clamp((statistics - self.mean) * self.gain, -4, 4))[:, 0]


class RegionNet(nn.Module):
    """The whole network as it is shipped: the mean of several heads trained from different seeds."""

    def __init__(self, features, heads):
        super().__init__()
        self.features, self.heads = features, nn.ModuleList(heads)

    def forward(self, x):
        statistics = self.features(x)
        return torch.stack([head(statistics) for head in self.heads]).mean(0)[:, None]
