"""Small heads on region statistics: several seeds trained side by side, their mean logit is the answer."""

import math

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from ..regions import layout
from .statistics import alike

STATISTICS = dict(taps=(2, 4, 7, 10), tone=True, variant="lite0")  # what is measured of a picture (regions.RegionFeatures)

SEEDS, HIDDEN = 4, 24
STEPS, BATCH, RATE, DECAY, SMOOTH = 400, 320, 2e-3, 0.05, 0.05
DROPOUT = (0.3, 0.3)  # of statistics, of hidden units
SIMULATED = 0.3  # share of the batch that pairs of live faces and drawn displays get
CLAMP = 4.0
WITHOUT = ("colour", "tone")  # brightness and colour cast say which room it is
REGIONS = {"face": 5, "around": 4}
MASKS = 8  # a batch is in so many parts, each without the same statistics: drawing one for each row would take most of the time


class Heads(nn.Module):
    """N x D statistics to N x SEEDS logits; one hidden layer each, side by side."""

    def __init__(self, mean, spread, seeds=SEEDS, hidden=HIDDEN):
        super().__init__()
        self.register_buffer("mean", torch.as_tensor(mean, dtype=torch.float32))
        self.register_buffer("gain", 1 / torch.as_tensor(spread, dtype=torch.float32))
        self.seeds, self.hidden = seeds, hidden
        self.first = nn.Linear(len(mean), seeds * hidden)
        self.last = nn.Parameter(torch.randn(seeds, hidden) / hidden**0.5)
        self.bias = nn.Parameter(torch.zeros(seeds))

    def standard(self, statistics):
        return torch.clamp((statistics.float() - self.mean) * self.gain, -CLAMP, CLAMP)

    def forward(self, statistics):
        return self.decide(F.relu(self.first(self.standard(statistics))))

    def decide(self, hidden):
        return (hidden.reshape(-1, self.seeds, self.hidden) * self.last).sum(2) + self.bias

    def cut(self, kept):
        """The same heads for the statistics number `kept` alone; what is left out must not have been looked at."""
        out = Heads(self.mean[kept], 1 / self.gain[kept].clamp(min=1e-9), self.seeds, self.hidden)
        with torch.no_grad():
            out.gain.copy_(self.gain[kept])
            out.first.weight.copy_(self.first.weight[:, kept])
            out.first.bias.copy_(self.first.bias)
            out.last.copy_(self.last)
            out.bias.copy_(self.bias)
        return out.eval()

    def leave_out(self, unused):
        """Statistics of the mask `unused` are no longer looked at."""
        self.gain[torch.as_tensor(unused)] = 0

    def trained_on(self, standard, dropout=DROPOUT):
        """Logits of standardized statistics while training: some statistics and hidden units dropped, products in bfloat16."""
        masks = (torch.rand(MASKS, 1, standard.shape[1]) >= dropout[0]) / (1 - dropout[0])
        with torch.autocast("cpu", torch.bfloat16):
            dropped = standard.reshape(MASKS, -1, standard.shape[1]) * masks.to(standard.dtype)
            hidden = F.relu(self.first(dropped.reshape(standard.shape)))
        return self.decide(F.dropout(hidden.float(), dropout[1]))


def weights(data, rows, share=None, simulated=SIMULATED):
    """Of each row how often it is drawn: rooms and classes alike; a share `simulated` of all are pairs."""
    pairs = np.isin(data.kind[rows], ("live", "shown"))
    weight = np.zeros(len(rows))
    for part, total in ((~pairs, 1 - simulated), (pairs, simulated)):
        if part.any():
            weight[part] = total * alike(data.room[rows][part], data.label[rows][part], share=share)
    return weight / weight.sum()


def fit(data, view, rows, seed=0, steps=STEPS, share=None, seeds=SEEDS, without=WITHOUT, dropout=DROPOUT,
        simulated=SIMULATED):
    """Heads of one view trained on `rows`. Each seed has its own weights of rooms (a draw of rooms with replacement).

    `without`: names of statistics that are not looked at (regions.layout).
    """
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    x = torch.from_numpy(data.x[view][rows])
    y = torch.from_numpy(data.label[rows]).float() * (1 - 2 * SMOOTH) + SMOOTH
    drawn = weights(data, rows, share, simulated)
    sample = rng.choice(len(rows), size=min(len(rows), 6000), p=drawn)
    net = Heads(x[sample].float().mean(0), x[sample].float().std(0) + 1e-2, seeds)
    if without:
        net.leave_out(np.concatenate([np.full(size, str(name) in without) for name, size in layout(REGIONS[view], **STATISTICS)]))
    names, number = np.unique(data.room[rows], return_inverse=True)
    bags = torch.from_numpy(0.25 + 0.75 * rng.poisson(1.0, (len(names), seeds))).float()
    room = torch.from_numpy(number)
    optimizer = torch.optim.AdamW(net.parameters(), lr=RATE, weight_decay=DECAY)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min(1, (step + 1) / 40) * 0.5 * (1 + math.cos(math.pi * step / steps)))
    order = rng.choice(len(rows), size=(steps, BATCH), p=drawn)
    with torch.no_grad():
        standard = torch.cat([net.standard(part).bfloat16() for part in x.split(4096)])
    net.train()
    for step in range(steps):
        part = torch.from_numpy(order[step])
        logits = net.trained_on(standard[part], dropout)
        loss = F.binary_cross_entropy_with_logits(logits, y[part][:, None].expand_as(logits), weight=bags[room[part]])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    return net.eval()


def saved(net, file):
    """Writes heads to `file`, whole or not at all."""
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_suffix(".part")
    torch.save(net.state_dict(), part)
    part.replace(file)


def loaded(file):
    """Heads from what `saved` wrote."""
    state = torch.load(file, map_location="cpu", weights_only=True)
    seeds, hidden = state["last"].shape
    net = Heads(state["mean"], torch.ones_like(state["mean"]), seeds, hidden)
    net.load_state_dict(state)
    return net.eval()


def say(net, statistics, batch=2048):
    """N logits, the mean of the seeds."""
    with torch.inference_mode():
        parts = [net(torch.from_numpy(statistics[i : i + batch])).mean(1) for i in range(0, len(statistics), batch)]
    return torch.cat(parts).numpy() if parts else np.zeros(0, np.float32)
