"""The networks: ours and the published baselines. Input N x 3 x S x S, (RGB - 127) / 128; output N logits."""

import torch
import torch.nn.functional as F
from torch import nn

# Stages of EfficientNet-Lite0 (kernel, stride, expansion, channels), blocks 0 to 15.
BLOCKS = [
    (3, 1, 1, 16), (3, 2, 6, 24), (3, 1, 6, 24), (5, 2, 6, 40), (5, 1, 6, 40), (3, 2, 6, 80), (3, 1, 6, 80),
    (3, 1, 6, 80), (5, 1, 6, 112), (5, 1, 6, 112), (5, 1, 6, 112), (5, 2, 6, 192), (5, 1, 6, 192), (5, 1, 6, 192),
    (5, 1, 6, 192), (3, 1, 6, 320),
]
# The same of EfficientNet-Lite2, without the stages of stride 32.
LITE2 = [(3, 1, 1, 16), (3, 2, 6, 24), (3, 1, 6, 24), (3, 1, 6, 24), (5, 2, 6, 48), (5, 1, 6, 48), (5, 1, 6, 48),
         (3, 2, 6, 88), (3, 1, 6, 88), (3, 1, 6, 88), (3, 1, 6, 88), (5, 1, 6, 120), (5, 1, 6, 120), (5, 1, 6, 120),
         (5, 1, 6, 120)]
VARIANTS = {"lite0": BLOCKS, "lite2": LITE2}


class Unit(nn.Sequential):
    """Convolution with TensorFlow's "same" padding, batch norm, ReLU6 or nothing."""

    def __init__(self, inputs, outputs, kernel, stride=1, groups=1, active=True):
        # Even sides and stride 2: one pixel less before than after.
        before = (kernel - 1) // 2 if stride == 1 else (kernel - 2) // 2
        after = kernel // 2 if stride == 1 else kernel - 2 - before
        layers = [] if before == after else [nn.ZeroPad2d((before, after, before, after))]
        padding = before if before == after else 0
        layers += [nn.Conv2d(inputs, outputs, kernel, stride, padding, groups=groups, bias=False),
                   nn.BatchNorm2d(outputs, eps=1e-3, momentum=0.01)]
        super().__init__(*layers, *([nn.ReLU6()] if active else []))


class Block(nn.Module):
    """Inverted residual: expand, depthwise, project."""

    def __init__(self, inputs, kernel, stride, expansion, outputs):
        super().__init__()
        wide = inputs * expansion
        layers = [Unit(inputs, wide, 1)] if expansion > 1 else []
        layers += [Unit(wide, wide, kernel, stride, wide), Unit(wide, outputs, 1, active=False)]
        self.layers = nn.Sequential(*layers)
        self.short = stride == 1 and inputs == outputs

    def forward(self, x):
        y = self.layers(x)
        return x + y if self.short else y


class LiteNet(nn.Module):
    """The first `depth` blocks of EfficientNet-Lite0, global mean, one logit: 0.69 million weights at 11.

    A seam is a small thing: the deep blocks of stride 32, three quarters of the weights, see it no better. The logit is
    the mean of a map, so the map shows where it comes from.
    """

    def __init__(self, depth=11, dropout=0.3, variant="lite0"):
        super().__init__()
        self.stem = Unit(3, 32, 3, 2)
        blocks, channels = [], 32
        for kernel, stride, expansion, outputs in VARIANTS[variant][:depth]:
            blocks.append(Block(channels, kernel, stride, expansion, outputs))
            channels = outputs
        self.blocks = nn.Sequential(*blocks)
        self.head = Unit(channels, 2 * channels, 1)
        self.last = nn.Linear(2 * channels, 1)
        self.dropout = dropout
        nn.init.zeros_(self.last.weight)
        nn.init.zeros_(self.last.bias)

    def maps(self, x):
        """N x channels x S/16 x S/16: what the logit is the mean of, before its weights."""
        return self.head(self.blocks(self.stem(x)))

    def decide(self, maps):
        """N logits of `maps`."""
        features = F.adaptive_avg_pool2d(maps, 1).flatten(1)
        return self.last(F.dropout(features, self.dropout, self.training))[:, 0]

    def forward(self, x):
        return self.decide(self.maps(x))

    def load_imagenet(self, path):
        """Takes over the published ImageNet weights (Apache-2.0), which come in the same order."""
        given = torch.load(path, map_location="cpu", weights_only=True)
        given = [v for k, v in given.items() if k.startswith(("_conv_stem", "_bn0", "_blocks"))]
        own = {**{f"stem.{k}": v for k, v in self.stem.state_dict().items()},
               **{f"blocks.{k}": v for k, v in self.blocks.state_dict().items()}}
        state = self.state_dict()
        for (name, mine), theirs in zip(own.items(), given):
            if mine.shape != theirs.shape:
                raise ValueError(f"{path}: {name} is {tuple(mine.shape)}, the file has {tuple(theirs.shape)}")
            state[name] = theirs
        if len(own) > len(given):
            raise ValueError(f"{path}: {len(given)} arrays, expected at least {len(own)}")
        self.load_state_dict(state)

    def freeze_early(self, blocks):
        """Keeps the stem and the first `blocks` blocks as they are."""
        for part in [self.stem, *self.blocks[:blocks]]:
            for weight in part.parameters():
                weight.requires_grad = False


class Residual(nn.Module):
    """Constrained convolutions (Bayar and Stamm 2018): each predicts green from its neighbours and keeps the error.

    The centre weighs -1 and the others sum to 1 whatever is learnt, so flat colour gives nothing.
    """

    def __init__(self, each=8, kernel=5):
        super().__init__()
        self.raw = nn.Parameter(torch.randn(each, 1, kernel, kernel) * 0.1 + 1 / (kernel * kernel - 1))
        around = torch.ones(1, 1, kernel, kernel)
        around[..., kernel // 2, kernel // 2] = 0
        self.register_buffer("around", around)

    def weights(self):
        """The convolution's weights, each x 1 x kernel x kernel."""
        other = self.raw * self.around
        other = other + (1 - other.sum((2, 3), keepdim=True)) / self.around.sum() * self.around
        return other - (1 - self.around)

    def forward(self, x):
        # Padding would be an edge that the picture does not have: the border is lost instead.
        return F.hardtanh(F.conv2d(x[:, 1:2].contiguous(), self.weights()) * 12, -1.5, 1.5)


class NoiseNet(nn.Module):
    """Sees only what neighbours do not predict: grain, resampling, compression. 0.15 million weights.

    Plain convolutions: at these sizes they train faster on a processor than the depthwise ones of LiteNet.
    """

    def __init__(self, dropout=0.3):
        super().__init__()
        self.residual = Residual()
        self.stem = Unit(8, 24, 3, 2)
        self.blocks = nn.Sequential(Unit(24, 48, 3, 2), Unit(48, 64, 3), Unit(64, 64, 3, 2), Unit(64, 96, 3))
        self.head = Unit(96, 160, 1)
        self.last = nn.Linear(160, 1)
        self.dropout = dropout
        nn.init.zeros_(self.last.weight)
        nn.init.zeros_(self.last.bias)

    def maps(self, x):
        """N x channels x about S/8 x S/8."""
        return self.head(self.blocks(self.stem(self.residual(x))))

    decide = LiteNet.decide
    forward = LiteNet.forward


class Meso4(nn.Module):
    """Meso-4 (Afchar et al., WIFS 2018): four convolutions with batch norm and pooling, two dense layers."""

    def __init__(self, side=176, first=None):
        super().__init__()

        def stage(inputs, outputs, kernel, pool):
            return [nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2), nn.ReLU(),
                    nn.BatchNorm2d(outputs), nn.MaxPool2d(pool, ceil_mode=True)]

        start = first or [*stage(3, 8, 3, 2), *stage(8, 8, 5, 2)]
        channels = 8 if first is None else 12
        self.features = nn.Sequential(*start, *stage(channels, 16, 5, 2), *stage(16, 16, 5, 4))
        with torch.no_grad():
            size = self.features(torch.zeros(2, 3, side, side)).flatten(1).shape[1]
        self.head = nn.Sequential(nn.Dropout(0.5), nn.Linear(size, 16), nn.LeakyReLU(0.1), nn.Dropout(0.5),
                                  nn.Linear(16, 1))

    def forward(self, x):
        return self.head(self.features(x).flatten(1))[:, 0]


class Inception(nn.Module):
    """MesoInception's module: 1x1; 1x1-3x3; and 3x3 with dilations 2 and 3 after 1x1; then norm and pooling."""

    def __init__(self, inputs, a, b, c, d):
        super().__init__()
        self.paths = nn.ModuleList([
            nn.Sequential(nn.Conv2d(inputs, a, 1), nn.ReLU()),
            nn.Sequential(nn.Conv2d(inputs, b, 1), nn.ReLU(), nn.Conv2d(b, b, 3, padding=1), nn.ReLU()),
            nn.Sequential(nn.Conv2d(inputs, c, 1), nn.ReLU(), nn.Conv2d(c, c, 3, padding=2, dilation=2), nn.ReLU()),
            nn.Sequential(nn.Conv2d(inputs, d, 1), nn.ReLU(), nn.Conv2d(d, d, 3, padding=3, dilation=3), nn.ReLU()),
        ])
        self.after = nn.Sequential(nn.BatchNorm2d(a + b + c + d), nn.MaxPool2d(2))

    def forward(self, x):
        return self.after(torch.cat([path(x) for path in self.paths], 1))


def meso_inception4(side=176):
    """MesoInception-4: Meso-4 with two inception modules first."""
    return Meso4(side, first=[Inception(3, 1, 4, 4, 2), Inception(11, 2, 4, 4, 2)])


def build(name, side, imagenet=None):
    """A network by name: lite, noise, meso4, mesoinception4."""
    if name == "noise":
        return NoiseNet()
    if name == "meso4":
        return Meso4(side)
    if name == "mesoinception4":
        return meso_inception4(side)
    if name != "lite":
        raise ValueError(f"{name}: expected lite, noise, meso4 or mesoinception4")
    net = LiteNet()
    if imagenet:
        net.load_imagenet(imagenet)
        net.freeze_early(2)
    return net


def scaled(pictures):
    """uint8 N x 3 x S x S to the networks' input."""
    return (pictures.float() - 127) / 128
