"""Figures with their uncertainty."""

import numpy as np


def auc(labels, scores):
    """Area under the ROC curve, ties counted half; nan when a class is missing."""
    labels, scores = np.asarray(labels, bool), np.asarray(scores, float)
    positive, negative = scores[labels], np.sort(scores[~labels])
    if len(positive) == 0 or len(negative) == 0:
        return float("nan")
    below = np.searchsorted(negative, positive, "left") + np.searchsorted(negative, positive, "right")
    return float(below.mean() / 2 / len(negative))


def auc_interval(labels, scores, groups, rounds=1000, seed=0):
    """95 % bootstrap interval of the AUC; whole groups are drawn, as their members are alike."""
    labels, scores, groups = map(np.asarray, (labels, scores, groups))
    members = [np.flatnonzero(groups == g) for g in np.unique(groups)]
    rng, values = np.random.default_rng(seed), []
    for _ in range(rounds):
        chosen = np.concatenate([members[i] for i in rng.integers(len(members), size=len(members))])
        values.append(auc(labels[chosen], scores[chosen]))
    values = [v for v in values if v == v]
    return tuple(np.percentile(values, [2.5, 97.5])) if values else (float("nan"),) * 2


def share_interval(hits, count):
    """95 % interval of a share (Wilson 1927)."""
    if count == 0:
        return 0.0, 1.0
    z, p = 1.959964, hits / count
    middle = (p + z * z / (2 * count)) / (1 + z * z / count)
    half = z / (1 + z * z / count) * (p * (1 - p) / count + z * z / (4 * count * count)) ** 0.5
    return max(middle - half, 0.0), min(middle + half, 1.0)


def robust_mean(values):
    """Mean without the lowest and highest fifth: what the program does over time."""
    values = np.sort(np.asarray(values, float))
    cut = len(values) // 5
    return float(values[cut : len(values) - cut].mean())


def calibration_error(probability, labels, bins=10, weight=None):
    """Expected calibration error, and (files, mean said, share fake) of each bin; `weight`: of files."""
    place = np.minimum((probability * bins).astype(int), bins - 1)
    weight = np.ones(len(labels)) if weight is None else weight
    table = [(int((place == b).sum()), float(np.average(probability[place == b], weights=weight[place == b])),
              float(np.average(labels[place == b], weights=weight[place == b])), float(weight[place == b].sum()))
             for b in range(bins) if (place == b).any()]
    error = sum(w * abs(said - share) for _, said, share, w in table) / weight.sum()
    return error, [row[:3] for row in table]


def tenths(probability, labels, bins=10):
    """Expected calibration error with bins of equally many files."""
    order = np.argsort(probability, kind="stable")
    parts = np.array_split(order, bins)
    return float(sum(len(p) * abs(probability[p].mean() - labels[p].mean()) for p in parts if len(p)) / len(order))
