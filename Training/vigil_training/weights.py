"""Weights of the members of a joint score, learnt from few files; and how far its probabilities are to be believed.

The rule, fixed before any figure was seen. Candidates are sets of members, each with weights that are equal or learnt
with a ridge towards equal ones. Whoever has the smallest log loss over groups that were left out of the fit in turn
(mean over groups) is taken; of equals the one with fewer members. A member without a weight is not shipped.
"""

import itertools

import numpy as np

RIDGES = (0.01, 0.1, 1.0, np.inf)  # share of the curvature of a weight of one; inf: equal weights
SHARES = np.linspace(0.1, 1.2, 12)


def sigmoid(z):
    return 1 / (1 + np.exp(-np.clip(z, -60, 60)))


def log_loss(z, y, weight):
    """Weighted mean of the log loss of logits `z`."""
    said = np.clip(sigmoid(z), 1e-9, 1 - 1e-9)
    return float(-(weight * (y * np.log(said) + (1 - y) * np.log(1 - said))).sum() / weight.sum())


def newton(x, y, weight, penalty, steps=100):
    """(weights, bias) of a logistic regression with the quadratic penalty matrix `penalty`. x: files x columns."""
    full = np.column_stack([x, np.ones(len(x))])
    cost = np.zeros((full.shape[1],) * 2)
    cost[:-1, :-1] = penalty
    beta = np.zeros(full.shape[1])
    for _ in range(steps):
        said = sigmoid(full @ beta)
        curve = weight * said * (1 - said) + 1e-9
        step = np.linalg.solve((full * curve[:, None]).T @ full + cost + 1e-9 * np.eye(len(beta)),
                               full.T @ (weight * (said - y)) + cost @ beta)
        step *= min(1, 2 / max(np.abs(step).max(), 1e-12))
        beta -= step
        if np.abs(step).max() < 1e-7:
            break
    return beta[:-1], float(beta[-1])


def fitted(x, y, weight, ridge):
    """(weights, bias), no weight below zero, drawn towards equal ones; columns in units of their spread over real files.

    `weight` sums to 1. Few columns: the best of all sets of columns with a weight above zero is the answer.
    """
    y = y * 0.96 + 0.02
    count = x.shape[1]
    if np.isinf(ridge):
        beta, bias = newton(x.sum(1, keepdims=True), y, weight, np.zeros((1, 1)))
        if beta[0] <= 0:
            return np.zeros(count), newton(x[:, :0], y, weight, np.zeros((0, 0)))[1]
        return np.repeat(beta, count), bias
    draw = 0.25 * ridge * (np.eye(count) - 1 / count)
    best = None
    for size in range(count + 1):
        for some in map(list, itertools.combinations(range(count), size)):
            beta, bias = newton(x[:, some], y, weight, draw[np.ix_(some, some)])
            if (beta < 0).any():
                continue
            full = np.zeros(count)
            full[some] = beta
            cost = log_loss(x @ full + bias, y, weight) + 0.5 * full @ draw @ full
            if best is None or cost < best[0] - 1e-9:
                best = (cost, full, bias)
    return best[1], best[2]


def candidates(count, must):
    """(set of columns, ridge), small sets first; every set holds the first `must` columns."""
    for size in range(count - must + 1):
        for more in itertools.combinations(range(must, count), size):
            some = [*range(must), *more]
            yield from ((some, ridge) for ridge in reversed(RIDGES) if len(some) > 1 or np.isinf(ridge))


def choose(x, y, groups, weigh, must=2):
    """(set of columns, ridge, table of all) by the rule above. `weigh(rows)`: weights of the files where rows is true."""
    table = []
    for some, ridge in candidates(x.shape[1], must):
        losses = {}
        for group in np.unique(groups):
            out = groups == group
            if len(set(y[~out])) < 2:
                continue
            beta, bias = fitted(x[~out][:, some], y[~out], weigh(~out)[~out], ridge)
            z = x[out][:, some] @ beta + bias
            losses[group] = np.mean([log_loss(z[y[out] == c], y[out][y[out] == c], np.ones((y[out] == c).sum()))
                                     for c in set(y[out])])
        table.append((some, ridge, float(np.mean(list(losses.values())))))
    best = min(table, key=lambda row: row[2])
    return best[0], best[1], table


def believed(z, y, groups, weigh):
    """(factor, bias, share): a Platt fit, times the share of it that groups left out of the fit ask for.

    Only groups with both classes take part: of one with real faces alone nobody can tell what it shows, the faces or the
    way they were taken.
    """
    y, groups = np.asarray(y), np.asarray(groups)
    both = [group for group in np.unique(groups) if len(set(y[groups == group])) == 2]
    whole, loss = np.isin(groups, both), np.zeros(len(SHARES))

    def platt(rows):
        beta, bias = newton(z[rows][:, None], y[rows] * 0.96 + 0.02, weigh(rows)[rows], np.zeros((1, 1)))
        return max(beta[0], 0), bias

    for group in both if len(both) > 1 else []:
        out = groups == group
        slope, bias = platt(whole & ~out)
        loss += [log_loss(share * (slope * z[out] + bias), y[out], weigh(out)[out]) for share in SHARES]
    share = float(SHARES[loss.argmin()]) if len(both) > 1 else 1.0
    slope, bias = platt(whole)
    return share * slope, share * bias, share
