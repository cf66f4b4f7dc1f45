"""Linear heads by Newton's method: no seed, no schedule, seconds a fold."""

import numpy as np
import torch

from .regions import TAPS, Head, layout


def columns(regions, wanted, taps=TAPS, tone=False):
    """Which statistics a head may use: a mask over D. `wanted`: of "residual", "colour", "tone", 2, 4, 7, 10 (blocks)."""
    return np.concatenate([np.full(size, name in wanted) for name, size in layout(regions, taps, tone)])


def fit(x, labels, weight, used, ridge=0.02, steps=8, smoothing=0.05):
    """Ridge logistic regression on the standardized statistics named by `used`.

    `weight` sums to 1; `ridge` is the share of the mean curvature added to every weight but the bias. Returns a Head
    for all D statistics, whose unused ones count nothing.
    """
    mean, spread = x.mean(0), x.std(0) + 1e-3
    z = torch.from_numpy(np.clip((x[:, used] - mean[used]) / spread[used], -4, 4))
    target = torch.from_numpy(labels * (1 - 2 * smoothing) + smoothing).float()
    w = torch.from_numpy(weight).float()
    beta, bias = torch.zeros(z.shape[1]), torch.zeros(())
    penalty = ridge * torch.ones(len(beta) + 1)
    penalty[-1] = 1e-6
    for _ in range(steps):
        said = torch.sigmoid(z @ beta + bias)
        miss, curve = w * (said - target), w * said * (1 - said)
        gradient = torch.cat([z.T @ miss, miss.sum()[None]]) + penalty * torch.cat([beta, bias[None]])
        scaled = z * curve[:, None]
        side = scaled.sum(0)
        hessian = torch.zeros(len(penalty), len(penalty))
        hessian[:-1, :-1] = scaled.T @ z
        hessian[-1, :-1] = hessian[:-1, -1] = side
        hessian[-1, -1] = curve.sum()
        step = torch.linalg.solve(hessian + torch.diag(penalty), gradient)
        beta, bias = beta - step[:-1], bias - step[-1]
        if step.abs().max() < 1e-3:
            break
    head = Head(mean, spread, 0, 0.0)
    with torch.no_grad():
        line = head.layers[1]
        line.weight.zero_()
        line.weight[0, torch.from_numpy(np.flatnonzero(used))] = beta
        line.bias.fill_(bias)
    return head.eval()


def mean(heads):
    """One head that says the mean of linear heads of the same statistics."""
    out = Head(heads[0].mean, 1 / heads[0].gain, 0, 0.0)
    out.gain.copy_(heads[0].gain)
    with torch.no_grad():
        for name in ("weight", "bias"):
            value = torch.stack([getattr(head.layers[1], name) for head in heads]).mean(0)
            getattr(out.layers[1], name).copy_(value)
    return out.eval()
