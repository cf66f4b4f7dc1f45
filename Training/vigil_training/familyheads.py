"""Heads on frozen statistics, trained on made pairs and on known forgeries, each family left out with all its people.

    python -m vigil_training.familyheads --looks FILE.npz --made DIR... --variant lite2 --out DIR

Two linear heads in closed form: `made` learns from made pairs (made.py) and, with a share `--live`, from live swaps beside their
originals of clips that judge nothing, so one training serves every family; `known` also from the real clips and talkers that a
fold does not hold back. Their sum is one linear head again.
Output: DIR/frame.pt (nothing held back: what is shipped) and DIR/scores.npz: of every row of looks.py the answers of heads
that saw neither its family nor its people.
"""

import argparse
import json
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from scipy.linalg import cho_factor, cho_solve

from . import families
from .familystudy import Clips, summary, words
from .looks import WIDTH
from .real import learnt_before
from .regions import Head

PLANES = 700


class Made:
    """Rows of made pairs: statistics, kind, whether forged."""

    def __init__(self, folders, variant):
        parts = [np.load(f) for folder in folders for f in sorted(Path(folder).glob("*.npz"))]
        self.x = np.concatenate([p[variant][:, : WIDTH[variant]] for p in parts])
        self.kind = np.concatenate([p["kind"] for p in parts])
        self.fake = np.concatenate([p["fake"] for p in parts]).astype(np.float32)

    def weights(self, kinds):
        """Weights of rows, kinds alike, that sum to one."""
        out = np.zeros(len(self.x))
        for kind in kinds:
            out[self.kind == kind] = 1 / (self.kind == kind).sum()
        return out / out.sum()


def moments(x, weight):
    """Weighted mean and spread of columns."""
    mean = weight @ x
    return mean, np.sqrt(np.maximum(weight @ (x * x) - mean * mean, 0)) + 1e-3


def head(x, y, weight, seed, hidden=48, steps=500, decay=0.3, dropout=0.5):
    """One head on rows `x` (float16 or 32), drawn by `weight`."""
    torch.manual_seed(seed)
    generator = torch.Generator().manual_seed(seed)
    some = np.random.default_rng(seed).choice(len(x), min(6000, len(x)), False)
    share = weight[some] / weight[some].sum()
    net = Head(*moments(np.float32(x[some]), share.astype(np.float32)), hidden, dropout)
    optimizer = torch.optim.AdamW(net.parameters(), lr=1e-3, weight_decay=decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 2e-3, total_steps=steps)
    order = torch.multinomial(torch.from_numpy(weight), 256 * steps, True, generator=generator).view(steps, 256).numpy()
    net.train()
    for step in range(steps):
        rows = order[step]
        logits = net(torch.from_numpy(np.float32(x[rows])))
        loss = F.binary_cross_entropy_with_logits(logits, torch.from_numpy(np.float32(y[rows])) * 0.9 + 0.05)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    return net.eval()


def said(heads, x):
    """The mean logit of several heads."""
    with torch.inference_mode():
        x = torch.from_numpy(np.float32(x))
        return torch.stack([net(x) for net in heads]).mean(0).numpy()


def clip_weights(clips, files, roots=True, least=1):
    """Weights of files: classes alike, and in a class each line (family, or origin of real ones) by the root of its size.

    Without `roots` lines weigh alike; those of fewer than `least` files count as one together.
    """
    lines = np.where(clips.label == 1, clips.line(), np.char.add("real ", clips.origin)).astype(object)
    names, size = np.unique(lines[files].astype(str), return_counts=True)
    small = np.isin(lines.astype(str), names[size < least])
    lines[small] = np.where(clips.label[small] == 1, "few", "real few")
    lines, out = lines.astype(str), np.zeros(len(files))
    for label in (0, 1):
        names, size = np.unique(lines[files & (clips.label == label)], return_counts=True)
        for name, count in zip(names, size):
            mine = files & (lines == name) & (clips.label == label)
            out[mine] = (count**0.5 if roots else 1) / count
        part = clips.label == label
        out[part] /= max(out[part].sum(), 1e-9)
    return out


class Ridge:
    """Closed-form linear heads on standardized statistics, from sums that folds take parts out of.

    Columns are standardized by the made pairs and reduced to their PLANES strongest directions (what lies beyond, the ridge
    would shrink to nothing), so nothing of a clip enters either.
    """

    def __init__(self, made, kinds, table, clips, variant, types, live=0.0):
        """`live`: the share of live swaps beside their originals in what stands for made pairs."""
        mine = made.weights(kinds)
        use = mine > 0
        self.mean, self.spread = moments(np.float32(made.x[use]), np.float32(mine[use]))
        full = self._clipped(made.x[use])
        torch.manual_seed(0)
        self.planes = torch.svd_lowrank(torch.from_numpy(full), min(PLANES, full.shape[1], len(full)), niter=2)[2].numpy()
        self.made = self._sums(self._reduced(full), made.fake[use], np.float32(mine[use]))
        self.clips, self.rows = clips, clips.rows
        self.x = self.standard(table[variant][self.rows])
        allowed = (clips.label == 0) | np.isin(clips.type, types)
        share = clip_weights(clips, allowed) / np.bincount(clips.place)
        self.weight = np.float32(share[clips.place])
        self.label = clips.label[clips.place]
        if live:
            old = old_live(table)
            fake = table["label"][old] == "fake"
            weight = np.where(fake, 0.5 / fake.sum(), 0.5 / (~fake).sum()).astype(np.float32)
            pairs = self._sums(self.standard(table[variant][old]), fake, weight)
            self.made = tuple((1 - live) * a / self.made[2] + live * b / pairs[2] for a, b in zip(self.made, pairs))
        self.known = [self._sums(self.x[y], self.label[y], self.weight[y]) for y in (self.label == 0, self.label == 1)]

    def _clipped(self, x):
        return np.clip((np.float32(x) - self.mean) / self.spread, -4, 4)

    def _reduced(self, x):
        return np.column_stack([x @ self.planes, np.ones(len(x), np.float32)])

    def standard(self, x):
        """Standardized columns in few directions, and one of ones."""
        return self._reduced(self._clipped(x))

    @staticmethod
    def _sums(x, y, weight):
        """(weighted moments of x, of x with the target -1 or 1, and the weight)."""
        return (x * weight[:, None]).T @ x, x.T @ (weight * (2 * np.float32(y) - 1)), float(weight.sum())

    def solve(self, share, ridge, barred=None):
        """Coefficients from made pairs (`share` of the weight) and all clips but the files `barred`."""
        gram, cross = share * self.made[0] / self.made[2], share * self.made[1] / self.made[2]
        if share < 1:
            for label, sums in enumerate(self.known):
                if barred is not None:
                    out = barred[self.clips.place] & (self.label == label)
                    sums = [a - b for a, b in zip(sums, self._sums(self.x[out], self.label[out], self.weight[out]))]
                gram = gram + (1 - share) * 0.5 * sums[0] / sums[2]
                cross = cross + (1 - share) * 0.5 * sums[1] / sums[2]
        gram = gram + ridge * np.diag(np.r_[np.ones(len(gram) - 1), 1e-6]).astype(np.float32)
        return cho_solve(cho_factor(gram), cross)

    def head(self, beta):
        """The same as a head without hidden units."""
        net = Head(self.mean, self.spread, 0, 0.0)
        with torch.no_grad():
            net.layers[1].weight[0] = torch.from_numpy(self.planes @ (2 * beta[:-1]))
            net.layers[1].bias[0] = float(2 * beta[-1])
        return net.eval()

    def left_out(self, share, ridge, count):
        """Of each row of the table (`count`) the answer of a head that saw neither its family nor its people.

        Each family's fold is fitted twice, each time without one half of the real people, and its forgeries take the mean of
        both. Real clips of a half are judged by the fit that leaves out that half alone; so that the two can be compared, a
        fold's answers are shifted and scaled until its own left-out real clips have the mean and spread they have there.
        """
        clips, out = self.clips, np.full(count, np.nan)
        lines, halves = clips.line(), np.array([families.half(g) for g in clips.group])
        for fold in ["", *sorted(set(lines[clips.label == 1]))]:
            own = (lines == fold) & (clips.label == 1)
            found = []
            for part in (0, 1):
                real = (clips.label == 0) & (halves == part)
                beta = self.solve(share, ridge, own | np.isin(clips.group, clips.group[own | real]))
                said_real = 2 * self.x[real[clips.place]] @ beta
                at = self.rows[real[clips.place]]
                if not fold:
                    out[at] = said_real
                    continue
                gain = out[at].std() / (said_real.std() + 1e-9)
                found.append((2 * self.x[own[clips.place]] @ beta - said_real.mean()) * gain + out[at].mean())
            if fold:
                out[self.rows[own[clips.place]]] = np.mean(found, 0)
        return out


def old_live(table):
    """Which rows are live swaps and their originals of clips that judge nothing (real.learnt_before)."""
    return np.array([path.startswith(f"clips/{families.LIVE}/") and learnt_before(group, source)
                     for path, group, source in zip(table["path"], table["group"], table["origin"])])


def merged(linear, betas, spreads):
    """Two linear heads as one: the sum of their answers, each in units of its spread over left-out real clips."""
    return linear.head(sum(beta / spread for beta, spread in zip(betas, spreads)))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--looks", required=True)
    parser.add_argument("--made", required=True, nargs="+")
    parser.add_argument("--variant", default="lite2")
    parser.add_argument("--kinds", nargs="*", default=["blend", "replace"], help="of made pairs; those of generators won nothing")
    parser.add_argument("--types", nargs="*", default=["talker"], help="of known forgeries; known swaps made unseen ones worse")
    parser.add_argument("--share", type=float, default=0.3, help="of made pairs in what the head `known` sees")
    parser.add_argument("--live", type=float, default=0.1, help="share of old live swaps and their originals among the made pairs")
    parser.add_argument("--ridge", type=float, default=3.0)
    parser.add_argument("--seeds", type=int, default=0, help="of heads with hidden units, to compare")
    parser.add_argument("--out", required=True, type=Path)
    options = parser.parse_args()
    torch.set_num_threads(1)
    options.out.mkdir(parents=True, exist_ok=True)
    table, made = dict(np.load(options.looks)), Made(options.made, options.variant)
    table[options.variant] = table[options.variant][:, : WIDTH[options.variant]]
    clips, x, count = Clips.of(table), table[options.variant], len(table["path"])
    linear, unseen = Ridge(made, options.kinds, table, clips, options.variant, options.types, options.live), ~clips.before
    betas = [linear.solve(1.0, options.ridge), linear.solve(options.share, options.ridge)]
    scores = dict(made=said([linear.head(betas[0])], x), known=linear.left_out(options.share, options.ridge, count))
    spreads = [clips.mean(scores[name])[unseen & (clips.label == 0)].std() for name in ("made", "known")]
    scores["frame"] = scores["made"] / spreads[0] + scores["known"] / spreads[1]
    keep(options.out / "frame.pt", [merged(linear, betas, spreads)])
    np.savez(options.out / "spreads.npz", spreads=spreads)
    for seed in range(options.seeds):
        weight = made.weights(options.kinds)
        use = weight > 0
        scores[f"deep {seed}"] = said([head(made.x[use], made.fake[use], weight[use], seed)], x)
    still = ~np.char.startswith(table["path"], "clips/")
    scores["frame"][still] = said([merged(linear, betas, spreads)], x[still])  # nothing learns from these
    np.savez(options.out / "scores.npz", **scores)
    report = {name: summary(clips, clips.mean(values), unseen) for name, values in scores.items()}
    for name, found in report.items():
        print(name, words(found))
    (options.out / "report.json").write_text(json.dumps(report, indent=1) + "\n")


def keep(file, heads):
    """Writes heads as ship.py reads them."""
    hidden = heads[0].layers[1].out_features if len(heads[0].layers) > 2 else 0
    torch.save(dict(hidden=hidden, states=[net.state_dict() for net in heads]), file)


if __name__ == "__main__":
    main()
