"""Linear discriminants from sums: the statistics are added up once a group, after which any fold is one small solve."""

import numpy as np
import torch

from .heads import KNOWN
from .linear import columns
from .regions import Head

BUCKETS = 6  # pictures of an origin that are groups of their own are added up in this many parts


def bucket(group, path, origin):
    """The group of a clip; for stills one of a few parts of the origin, by the group's name."""
    if path.startswith("clips"):
        return group
    return f"{origin}#{sum(map(ord, group)) % BUCKETS}"


class Moments:
    """Sums over cells (bucket, origin, synthetic, label) of z, z z' and their number. z: standardized statistics."""

    def __init__(self, table, regions, reference):
        self.table, self.regions = table, regions
        self.mean, self.spread = table.x[reference].mean(0), table.x[reference].std(0) + 1e-3
        self.bucket = np.array([bucket(g, p, o) for g, p, o in zip(table.group, table.path, table.origin)])
        train = table.kind != "plain"
        keys = np.array([f"{b}\t{o}\t{int(k == 'blended')}\t{label}" for b, o, k, label in
                         zip(self.bucket, table.origin, table.kind, table.label)])
        self.cells = []
        for key in np.unique(keys[train]):
            rows = np.flatnonzero((keys == key) & train)
            z = torch.from_numpy(self.z(rows))
            name, origin, synthetic, label = key.split("\t")
            self.cells.append((name, origin, synthetic == "1", int(label), len(rows), z.sum(0), z.T @ z))

    def z(self, rows):
        return np.clip((self.table.x[rows] - self.mean) / self.spread, -4, 4).astype(np.float32)

    def solve(self, out_buckets, wanted_sets, ridges, known=KNOWN):
        """Weights and bias for each (wanted, ridge), trained without some buckets. Label 1 against 0, least squares."""
        cells = [c for c in self.cells if c[0] not in out_buckets]
        size = {}
        for _, origin, synthetic, label, count, _, _ in cells:
            size[synthetic, label, origin] = size.get((synthetic, label, origin), 0) + count
        total = {}
        for (synthetic, label, _), count in size.items():
            total[synthetic, label] = total.get((synthetic, label), 0) + count**0.5
        share = {True: 1 - known, False: known}
        gram = torch.zeros_like(cells[0][6])
        mean = [torch.zeros_like(cells[0][5]) for _ in range(2)]
        for _, origin, synthetic, label, count, first, second in cells:
            weight = share[synthetic] / size[synthetic, label, origin] ** 0.5 / total[synthetic, label] / 2
            gram.add_(second, alpha=weight)
            mean[label].add_(first, alpha=weight * 2)
        middle, apart = (mean[0] + mean[1]) / 2, (mean[1] - mean[0])
        gram -= torch.outer(middle, middle)
        found = {}
        for wanted in wanted_sets:
            used = torch.from_numpy(np.flatnonzero(columns(self.regions, wanted)))
            part = gram[used][:, used]
            for ridge in ridges:
                factor = torch.linalg.cholesky(part + ridge * part.diagonal().mean() * torch.eye(len(used)))
                beta = torch.cholesky_solve(apart[used][:, None], factor)[:, 0]
                found[wanted, ridge] = (used.numpy(), beta.numpy(), float(-(middle[used] @ beta)))
        return found

    def head(self, solution):
        """The solution as a Head over all statistics."""
        used, beta, bias = solution
        head = Head(self.mean, self.spread, 0, 0.0)
        with torch.no_grad():
            line = head.layers[1]
            line.weight.zero_()
            line.weight[0, torch.from_numpy(used)] = torch.from_numpy(beta)
            line.bias.fill_(bias)
        return head.eval()

    def score(self, solution, rows):
        used, beta, bias = solution
        return self.z(rows)[:, used] @ beta + bias
