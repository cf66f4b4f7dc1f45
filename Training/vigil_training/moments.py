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
    """Sums over cells (bucket, label) of z, z z' and the weight. z: standardized statistics, those of `columns_`."""

    def __init__(self, table, regions, reference, widest, known=KNOWN):
        self.table, self.regions = table, regions
        self.kept = np.flatnonzero(columns(regions, widest))
        self.place = {int(column): index for index, column in enumerate(self.kept)}
        x = table.x[:, self.kept]
        self.mean, self.spread = x[reference].mean(0), x[reference].std(0) + 1e-3
        self.z = torch.from_numpy(np.clip((x - self.mean) / self.spread, -4, 4))
        self.bucket = np.array([bucket(g, p, o) for g, p, o in zip(table.group, table.path, table.origin)])
        train = np.flatnonzero(table.kind != "plain")
        weight = self._weights(train, known)
        _, place = np.unique(np.char.add(self.bucket[train], table.label[train].astype(str)), return_inverse=True)
        self.cells = []
        for cell in range(place.max() + 1):
            part = np.flatnonzero(place == cell)
            rows = train[part]
            w, z = torch.from_numpy(weight[part]).float()[:, None], self.z[rows]
            self.cells.append((self.bucket[rows[0]], int(table.label[rows[0]]), float(w.sum()), (w * z).sum(0),
                               (w * z).T @ z))
        self.total = [self._sum([c for c in self.cells if c[1] == label]) for label in (0, 1)]

    def _weights(self, rows, known):
        """Origins by the root of their size; self-blended and known pictures share each class."""
        table, weight = self.table, np.zeros(len(rows))
        for synthetic in (False, True):
            for label in (0, 1):
                part = np.flatnonzero(((table.kind[rows] == "blended") == synthetic) & (table.label[rows] == label))
                _, place = np.unique(table.origin[rows[part]], return_inverse=True)
                size = np.bincount(place)
                share = (1 - known if synthetic else known) / (size**0.5).sum()
                weight[part] = share * (size**-0.5)[place]
        return weight

    def _sum(self, cells):
        size = self.z.shape[1]
        found = [0.0, torch.zeros(size), torch.zeros(size, size)]
        for _, _, weight, first, second in cells:
            found[0] += weight
            found[1] += first
            found[2] += second
        return found

    def solve(self, out_buckets, wanted_sets, ridges):
        """Weights and bias for each (wanted, ridge), trained without some buckets. Label 1 against 0, least squares."""
        gram, mean = 0, []
        for label in (0, 1):
            out = self._sum([c for c in self.cells if c[0] in out_buckets and c[1] == label])
            weight, first, second = (a - b for a, b in zip(self.total[label], out))
            mean.append(first / weight)
            gram = gram + second / (2 * weight)
        middle, apart = (mean[0] + mean[1]) / 2, mean[1] - mean[0]
        gram -= torch.outer(middle, middle)
        found = {}
        for wanted in wanted_sets:
            used = torch.tensor([self.place[int(c)] for c in np.flatnonzero(columns(self.regions, wanted))])
            part = gram[used][:, used]
            for ridge in ridges:
                factor = torch.linalg.cholesky(part + ridge * part.diagonal().mean() * torch.eye(len(used)))
                beta = torch.cholesky_solve(apart[used][:, None], factor)[:, 0]
                found[wanted, ridge] = (used, beta, float(-(middle[used] @ beta)))
        return found

    def head(self, solution):
        """The solution as a Head over all statistics."""
        used, beta, bias = solution
        mean, spread = np.zeros(self.table.x.shape[1], np.float32), np.ones(self.table.x.shape[1], np.float32)
        mean[self.kept], spread[self.kept] = self.mean, self.spread
        head = Head(mean, spread, 0, 0.0)
        with torch.no_grad():
            line = head.layers[1]
            line.weight.zero_()
            line.weight[0, torch.from_numpy(self.kept)[used]] = beta
            line.bias.fill_(bias)
        return head.eval()

    def score(self, solution, rows):
        used, beta, bias = solution
        full = torch.zeros(self.z.shape[1])
        full[used] = beta
        return (self.z[rows] @ full + bias).numpy()
