"""Calibration of scores: probability = logistic(logit / temperature + bias)."""

import numpy as np

from .metrics import robust_mean


def files(rows):
    """Scores of files in one fold: dicts of path, fold, label, group, origin, kind, logit (robust mean), sharpness."""
    found = {}
    for row in rows:
        found.setdefault((row["fold"], row["path"]), []).append(row)
    out = []
    for members in found.values():
        one = dict(members[0])
        one["logit"] = robust_mean([float(m["logit"]) for m in members])
        one["sharpness"] = robust_mean([float(m["sharpness"]) for m in members])
        one["label"] = int(one["label"])
        one["crops"] = len(members)
        out.append(one)
    return out


def platt(logits, labels, weight=None, steps=100):
    """Temperature and bias by Newton's method, with Platt's targets; weights equalize the classes."""
    z, y = np.asarray(logits, float), np.asarray(labels, float)
    w = np.ones(len(z)) if weight is None else np.asarray(weight, float)
    positives, negatives = (y == 1).sum(), (y == 0).sum()
    target = np.where(y == 1, (positives + 1) / (positives + 2), 1 / (negatives + 2))
    slope, bias = 0.0, 0.0
    for _ in range(steps):
        said = 1 / (1 + np.exp(-(slope * z + bias)))
        miss, curve = w * (said - target), w * said * (1 - said)
        gradient = np.array([(miss * z).sum(), miss.sum()])
        hessian = np.array([[(curve * z * z).sum(), (curve * z).sum()], [(curve * z).sum(), curve.sum()]])
        step = np.linalg.solve(hessian + 1e-9 * np.eye(2), gradient)
        step *= min(1, 2 / max(np.abs(step).max(), 1e-12))
        slope, bias = slope - step[0], bias - step[1]
    return slope, bias


SHARES = np.linspace(0.2, 1.2, 11)


def shrunk(logits, labels, sources, weigh, shares=SHARES):
    """The share of a Platt fit's logit to believe on a source it has not seen.

    Each source with both classes is left out of the fit in turn; of `shares` the one with the smallest log loss there.
    `weigh(sources, labels)` gives the weights of files.
    """
    z, y, sources = np.asarray(logits, float), np.asarray(labels), np.asarray(sources)
    loss = np.zeros(len(shares))
    for source in sorted(set(sources)):
        out = sources == source
        if len(set(y[out])) < 2 or len(set(y[~out])) < 2:
            continue
        slope, bias = platt(z[~out], y[~out], weigh(sources[~out], y[~out]))
        weight = weigh(sources[out], y[out])
        for i, share in enumerate(shares):
            said = 1 / (1 + np.exp(-share * (slope * z[out] + bias)))
            loss[i] -= (weight * np.log(np.where(y[out] == 1, said, 1 - said))).sum() / weight.sum()
    return float(shares[loss.argmin()])


def balanced(labels):
    """Weights under which both classes count alike."""
    labels = np.asarray(labels)
    return np.where(labels == 1, 0.5 / max((labels == 1).mean(), 1e-9), 0.5 / max((labels == 0).mean(), 1e-9))


def fit(rows, task):
    """(temperature, bias) from the scores of the folds. Forgery: only clips; the swap folds hold both classes."""
    scored = [f for f in files(rows) if task == "spoof" or f["path"].startswith("clips/")]
    labels = [f["label"] for f in scored]
    slope, bias = platt([f["logit"] for f in scored], labels, balanced(labels))
    if slope <= 0:
        raise SystemExit("the scores of the folds do not rank: a calibration would only hide that")
    return 1 / slope, bias
