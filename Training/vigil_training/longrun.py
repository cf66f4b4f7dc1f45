"""A larger network, trained end to end on pairs for as long as it is let: stopped and continued at will.

    python -m vigil_training.longrun --crops DIR... --data DATA --imagenet FILE --out DIR --minutes 60 [--generators DIR]
    python -m vigil_training.longrun --judge FILE.npz --crops DIR... --data DATA --out DIR

EfficientNet-Lite2 up to its eleventh block at 240 pixels, its first two blocks as they were. Pairs: those of made.py, drawn
anew at every step, and frames of live swaps beside their originals, of the clips that judge nothing (real.py). Kinds whose
pairs are still wrong come more often. Beside the logit a map is learnt of what was changed where. Every ten minutes
DIR/state.pt (everything needed to go on) and DIR/average-STEP.pt (weights averaged over steps). `--judge` scores the newest
average on the clips of a table of looks.py that were not learnt from. Output: DIR/judged.npz (column `longrun`) and its summary.
"""

import argparse
import time
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import nn

from .crops import Crops
from .degrade import view
from .familystudy import Clips, summary, words
from .finetune import Average, Front, losses, rate
from .generators import Drawn
from .looks import seen
from .made import observed, pair
from .nets import LiteNet, scaled
from .real import Live, Reals

VARIANT, DEPTH, FROZEN = "lite2", 11, 2
CELLS = 30  # a side of the map of what was changed


def network(imagenet=None):
    net = LiteNet(depth=DEPTH, variant=VARIANT)
    if imagenet:
        net.load_imagenet(imagenet)
    return net.to(memory_format=torch.channels_last)


def changes(real, fake):
    """How much was changed where, CELLS x CELLS in 0...1; noise of the codec counts nothing."""
    difference = cv2.GaussianBlur(np.abs(np.float32(real) - fake).mean(2), (0, 0), 3)
    return cv2.resize(np.clip((difference - 1) / 6, 0, 1), (CELLS, CELLS), interpolation=cv2.INTER_AREA)


class Pairs(torch.utils.data.Dataset):
    """Batches by the number of their step: views (reals first), maps of changes and kinds. `wrong` may be changed."""

    def __init__(self, reals, live, generators, count, seed):
        self.reals, self.live, self.generators, self.count, self.seed = reals, live, generators, count, seed
        self.kinds = ["blend", "replace", *generators.nets] + ["live"] * bool(live.pairs)
        self.wrong = torch.full((len(self.kinds),), 0.5).share_memory_()

    def __len__(self):
        return 1 << 30

    def __getitem__(self, step):
        rng = np.random.default_rng([self.seed, step])
        share = self.wrong.numpy().astype(float) + 0.1
        kinds = rng.choice(len(self.kinds), self.count, p=share / share.sum())
        drawn = [self.drawn(self.kinds[k], rng) for k in kinds]
        views = [seen(half, VARIANT) for side in (0, 1) for half in (halves[side] for halves in drawn)]
        return np.stack(views), np.stack([changes(*halves) for halves in drawn]), kinds

    def drawn(self, kind, rng):
        if kind != "live":
            return pair(kind, self.reals, self.generators, rng)[0]
        seed = int(rng.integers(1 << 62))
        return [observed(half, seed) for half in self.live.draw(rng)]


class Steps:
    """Numbers of steps from `first` on, as a loader takes them."""

    def __init__(self, first):
        self.first = first

    def __iter__(self):
        return iter(range(self.first, 1 << 30))


def train(options):
    crops = Crops(options.crops, "forgery-large", 288, options.data)
    pairs = Pairs(Reals(crops, clips=True), Live(crops), Drawn(options.generators), options.pairs, options.seed)
    torch.manual_seed(options.seed)
    net, local = network(options.imagenet), None
    local = nn.Conv2d(net.last.in_features, 1, 1)
    front = Front(net, FROZEN)
    front.part.to(memory_format=torch.channels_last)
    parts = [p for n in (net, local) for p in n.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW([dict(params=[p for p in parts if p.ndim > 1], weight_decay=0.02),
                                   dict(params=[p for p in parts if p.ndim < 2], weight_decay=0.0)], lr=options.rate)
    average, step, spent = Average(net, 0.998), 0, 0.0
    state = options.out / "state.pt"
    if state.exists():
        kept = torch.load(state, map_location="cpu", weights_only=True)
        for module, name in ((net, "net"), (average.net, "average"), (local, "local"), (optimizer, "optimizer")):
            module.load_state_dict(kept[name])
        step, average.steps, spent = kept["step"], kept["step"], kept["spent"]
        front = Front(net, FROZEN)
        if len(kept["wrong"]) == len(pairs.wrong):
            pairs.wrong.copy_(kept["wrong"])

    def save():
        torch.save(dict(net=net.state_dict(), average=average.net.state_dict(), local=local.state_dict(), step=step, spent=spent,
                        optimizer=optimizer.state_dict(), wrong=pairs.wrong), state.with_suffix(".part"))
        state.with_suffix(".part").rename(state)
        torch.save(average.net.state_dict(), options.out / f"average-{step:06}.pt")

    start, saved, recent, before = time.time(), time.time(), [], spent
    net.train()
    loader = torch.utils.data.DataLoader(pairs, batch_size=None, sampler=Steps(step), num_workers=options.workers)
    for pictures, changed, kinds in loader:
        if spent >= options.minutes * 60 or step >= options.steps:
            break
        for group in optimizer.param_groups:
            group["lr"] = options.rate * rate(step, max(step / options.steps, spent / 60 / options.minutes))
        views = scaled(torch.as_tensor(pictures).permute(0, 3, 1, 2)).contiguous(memory_format=torch.channels_last)
        loss, logits = losses(net, local, front, views, torch.as_tensor(changed))
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(parts, 2.0)
        optimizer.step()
        average.update(net)
        step, spent = step + 1, before + time.time() - start
        count = options.pairs
        miss = ((logits[:count] > 0).float() + (logits[count:] < 0).float()) / 2
        for kind, value in zip(kinds, miss):
            pairs.wrong[kind] = 0.98 * pairs.wrong[kind] + 0.02 * float(value)
        recent.append((float(loss.detach()), float(miss.mean())))
        if step % 25 == 0:
            print(step, "loss {:.4f}, wrong {:.4f}".format(*np.mean(recent[-25:], 0)), f"{spent:.0f} s",
                  dict(zip(pairs.kinds, [round(float(v), 3) for v in pairs.wrong])), flush=True)
        if time.time() - saved > 600:
            save()
            saved = time.time()
    save()


def judge(options):
    """The newest average's logits of the rows of a table of looks.py (`--each` crops a clip)."""
    table = dict(np.load(options.judge))
    net = network()
    weights = sorted(options.out.glob("average-*.pt"))[-1]
    net.load_state_dict(torch.load(weights, map_location="cpu", weights_only=True))
    net.eval()
    crops = Crops(options.crops, "forgery-large", 288, options.data)
    at = {(i.path, i.frame): i for i in crops.items}
    found, count = np.full(len(table["path"]), np.nan), {}
    order = np.random.default_rng(0).permutation(len(table["path"]))
    rows = [r for r in order if (count.setdefault(table["path"][r], []).append(r) or len(count[table["path"][r]]) <= options.each)
            and (table["path"][r], table["frame"][r]) in at]
    for first in range(0, len(rows), 24):
        some = rows[first : first + 24]
        x = np.stack([seen(view(crops.pixels(at[table["path"][r], table["frame"][r]]), 244), VARIANT) for r in some])
        with torch.inference_mode():
            found[some] = net(scaled(torch.from_numpy(x).permute(0, 3, 1, 2)).contiguous(memory_format=torch.channels_last)).numpy()
    np.savez(options.out / "judged.npz", longrun=found)
    here = ~np.isnan(found)
    clips = Clips.of({k: v[here] for k, v in table.items() if v.ndim == 1})
    print(weights.name, words(summary(clips, clips.mean(found[here]), ~clips.before)))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--crops", nargs="+", required=True)
    parser.add_argument("--data", required=True)
    parser.add_argument("--generators", default="", help="folder of generators.py, to draw their pairs too")
    parser.add_argument("--imagenet")
    parser.add_argument("--out", required=True, type=Path)
    parser.add_argument("--minutes", type=float, default=60, help="in all, with earlier runs: the length of the cosine")
    parser.add_argument("--steps", type=int, default=30000, help="ends there when it comes first")
    parser.add_argument("--pairs", type=int, default=12)
    parser.add_argument("--rate", type=float, default=4e-4)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=1, help="processes that draw pairs")
    parser.add_argument("--judge", help="a table of looks.py")
    parser.add_argument("--each", type=int, default=4)
    options = parser.parse_args()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    options.out.mkdir(parents=True, exist_ok=True)
    if options.judge:
        judge(options)
    else:
        train(options)


if __name__ == "__main__":
    main()
