"""Checks of leaving sources out: python -m unittest discover -s Training/tests (needs requirements.txt)."""

import sys
import tempfile
import unittest
from pathlib import Path
from types import SimpleNamespace

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from vigil_training import pad, padrobust
from vigil_training.regions import layout
from vigil_training.statistics import SPOOF

SIZE = sum(n for _, n in layout(pad.REGIONS, **SPOOF))


def table(folder, doubtful=-1):
    """Three sources of 30 live files and 30 attacks that differ in eight statistics, one of live files, and pairs."""
    rng, rows, about = np.random.default_rng(2), [], []
    for number, source in enumerate(("a", "b", "c", "d")):
        for index in range(60):
            attack = index % 2 if source != "d" else 0
            kinds = ["plain", "changed"] + ([] if attack else ["blended"])
            for kind in kinds:
                for label in ((0, 1) if kind == "blended" else (attack,)):
                    x = rng.normal(0, 0.3, SIZE)
                    x[:8] += 2 * label
                    x[9] += number  # the room
                    rows.append(x)
                    path = f"pad/{source}/{'attack' if attack else 'real'}/{index:02}.jpg"
                    about.append((path, 0, kind, label, source, source, source, "x"))
    for index in range(10):
        x = rng.normal(0, 0.3, SIZE)
        x[:8] += doubtful
        rows.append(x)
        about.append((f"pad/a/attack/9{index}.jpg", 0, "doubtful", 0, "a", "a", "a", "x"))
    file = Path(folder) / "t.npz"
    np.savez(file, statistics=np.array(rows, np.float32), about=np.array(about, dtype=object).astype(str))
    return file


def line(head):
    """The weights of a linear head."""
    return head.layers[1].weight.detach().numpy()


class LeavingOut(unittest.TestCase):
    def test_a_source_left_out_changes_nothing_of_its_head(self):
        with tempfile.TemporaryDirectory() as folder:
            one, other = pad.View(table(folder)), pad.View(table(folder))
        held = other.source == "b"
        other.table.x[held] = 7
        self.assertTrue(np.array_equal(line(one.head(["b"])), line(other.head(["b"]))))
        self.assertFalse(np.array_equal(line(one.head(["c"])), line(other.head(["c"]))))

    def test_doubtful_files_are_in_no_training(self):
        with tempfile.TemporaryDirectory() as folder:
            one, other = pad.View(table(folder)), pad.View(table(folder, doubtful=9))
        self.assertTrue(np.array_equal(line(one.head([])), line(other.head([]))))
        self.assertNotIn("pad/a/attack/90.jpg", one.about())

    def test_sources_are_ranked_and_refused_files_counted_apart(self):
        with tempfile.TemporaryDirectory() as folder:
            view = pad.View(table(folder, doubtful=3))
            about = view.about()
            entry, rows = pad.left_out({"spoof-face": view}, about, "a", ["a", "b", "c", "d"], ["a", "b", "c"],
                                       Path(folder))
            self.assertTrue((Path(folder) / "spoof-face-a.pt").exists())
        self.assertGreater(entry["spoof-face"]["auc"], 0.95)
        self.assertEqual((entry["spoof-face"]["apcer"]["of"], entry["spoof-face"]["bpcer"]["of"]), (30, 30))
        self.assertEqual(entry["spoof-face"]["doubtful"]["of"], 10)
        self.assertGreater(entry["spoof-face"]["doubtful"]["refused"], 8)
        self.assertEqual(sum(path.endswith(pad.SIMULATED) for path, _, _ in rows), 30)

    def test_simulated_attacks_and_sources_of_one_class_are_in_no_mean(self):
        lines = [("p", "attack", "a", "a", 0.9)] * 20 + [("p", "real", "a", "a", 0.1)] * 15
        lines += [("p", "real", "a", "a", 0.8)] * 5 + [("p", "real", "d", "d", 0.9)] * 20
        lines += [("p", "attack", "a", "a" + pad.SIMULATED, 0.1)] * 50
        found = pad.summary(lines)
        self.assertAlmostEqual(found["mean_error"], 0.125)
        self.assertEqual((list(found["sources"]), found["files"]), (["a"], 60))


class Changed(unittest.TestCase):
    def test_files_are_chosen_evenly_for_each_class_of_a_source(self):
        items = [SimpleNamespace(path=f"pad/a/real/{k:03}.jpg", label="real", frame=0) for k in range(100)]
        items += [SimpleNamespace(path=f"pad/a/attack/{k:03}.jpg", label="attack", frame=0) for k in range(3)]
        kept = [item.path for item in padrobust.chosen(items, 5)]
        self.assertEqual(len([p for p in kept if "/real/" in p]), 5)
        self.assertEqual(len([p for p in kept if "/attack/" in p]), 3)
        self.assertTrue({"pad/a/real/000.jpg", "pad/a/real/099.jpg"} <= set(kept))

    def test_a_clip_counts_once(self):
        items = [SimpleNamespace(path="clips/x/real/1.mp4", label="real")] * 5
        items += [SimpleNamespace(path=f"pad/a/attack/{k}.jpg", label="attack") for k in range(2)]
        found = padrobust.figures(items, np.array([1.0, 1, 1, 1, -9, 2, -2]))
        self.assertEqual(found[pad.LIVE]["bpcer"], {**found[pad.LIVE]["bpcer"], "wrong": 1, "of": 1})
        self.assertEqual((found["all"]["apcer"]["wrong"], found["all"]["apcer"]["of"]), (1, 2))


if __name__ == "__main__":
    unittest.main()
