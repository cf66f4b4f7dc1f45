"""Joining the views, and limits that travel: from scores of left-out rooms, rooms alike, with a bound on the worst ones."""

import numpy as np

from ..calibrate import platt
from .statistics import ATTACK, LIVE, alike

# Shares of live faces above (suspect, fake) of each policy: the mean over rooms, and the mean over the worst tenth of rooms.
ALARMS = {"low": ((0.05, 0.20), (0.01, 0.05)), "standard": ((0.10, 0.35), (0.05, 0.20)), "high": ((0.20, 0.60), (0.10, 0.35))}
QUANTILES = (1, 5, 10, 25, 50, 75, 90, 95, 99)
WORST = 0.1


def joined(logits, labels, rooms, steps=60, ridge=1e-3):
    """(weights of the views, never negative, bias): logistic regression with rooms and classes alike."""
    x, y = np.asarray(logits, float), np.asarray(labels, float)
    w = alike(rooms, labels)
    scale = np.sqrt((w[:, None] * x * x).sum(0)) + 1e-9
    used = list(range(x.shape[1]))
    while True:
        z = np.column_stack([x[:, used] / scale[used], np.ones(len(x))])
        beta = np.zeros(z.shape[1])
        for _ in range(steps):
            said = 1 / (1 + np.exp(-np.clip(z @ beta, -30, 30)))
            gradient = z.T @ (w * (said - (0.98 * y + 0.01))) + ridge * np.append(beta[:-1], 0)
            hessian = (z * (w * said * (1 - said))[:, None]).T @ z + ridge * np.eye(len(beta))
            step = np.linalg.solve(hessian, gradient)
            beta -= step * min(1, 2 / max(np.abs(step).max(), 1e-12))
        if (beta[:-1] > 0).all() or len(used) == 1:
            break
        used.pop(int(np.argmin(beta[:-1])))
    weights = np.zeros(x.shape[1])
    weights[used] = np.maximum(beta[:-1], 0) / scale[used]
    return weights, float(beta[-1])


def room_errors(values, labels, rooms, limit):
    """{room: (APCER, BPCER)} at a limit; nan where a class is missing. Attacks below or at the limit pass."""
    found = {}
    for room in np.unique(rooms):
        part = rooms == room
        attack, live = values[part & (labels == ATTACK)], values[part & (labels == LIVE)]
        found[str(room)] = (float((attack <= limit).mean()) if len(attack) else float("nan"),
                            float((live > limit).mean()) if len(live) else float("nan"))
    return found


def worst_mean(shares):
    """Mean of the largest tenth of the shares (at least one)."""
    shares = np.sort(np.asarray([s for s in shares if s == s]))
    return float(shares[-max(1, round(WORST * len(shares))) :].mean()) if len(shares) else 0.0


def balanced(values, labels, rooms):
    """The limit with the smallest sum of the mean error over rooms and that over the worst tenth of them."""
    best = (np.inf, 0.0)
    for limit in np.unique(np.quantile(values, np.linspace(0.02, 0.98, 193))):
        pairs = room_errors(values, labels, rooms, limit).values()
        errors = [error for error in (sum(pair) / 2 for pair in pairs) if error == error]  # rooms with both classes
        best = min(best, (float(np.mean(errors)) + worst_mean(errors), float(limit)))
    return best[1]


def alarm_limit(values, rooms, mean_share, worst_share):
    """The smallest limit that live files of rooms exceed at most at these shares: in the mean, and over the worst tenth."""
    candidates = np.unique(np.concatenate([np.quantile(values, np.linspace(0, 1, 401)), [values.max()]]))
    live = np.full(len(values), LIVE)
    for limit in candidates:
        shares = [bpcer for _, bpcer in room_errors(values, live, rooms, limit).values()]
        if np.mean(shares) <= mean_share and worst_mean(shares) <= worst_share:
            return float(limit)
    return float(candidates[-1])


def typical_quantiles(values, rooms, at=QUANTILES, least=5):
    """{percent: the median over rooms of the room's own quantile}: the live scores of an ordinary room.

    Not the quantiles of all files together: these are as wide as rooms differ, and one odd camera would set the upper ones.
    """
    of_rooms = [np.percentile(values[rooms == room], at) for room in np.unique(rooms) if (rooms == room).sum() >= least]
    return {str(q): round(float(v), 4) for q, v in zip(at, np.median(of_rooms, axis=0))}


def calibrated(values, labels, rooms):
    """Slope and bias of a Platt fit, rooms and classes alike."""
    return platt(values, labels, alike(rooms, labels) * len(labels))


def shifted(limit, live, reference, share, at=("50", "75", "90")):
    """A site's limit: moved by `share` of how far its live faces' upper quantiles lie from those of left-out rooms.

    `live`: joined logits of a few minutes of live people; `reference`: `live_quantiles` of scores.json.
    """
    if len(live) == 0:
        return limit
    own = np.percentile(live, [float(q) for q in at])
    return limit + share * float(np.mean(own - np.array([reference[q] for q in at])))
