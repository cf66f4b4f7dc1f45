"""Members of the forgery score: joining, the study of the folds, the network over time, pools."""

import json
import tempfile
import unittest
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import torch
from vigil_training import folds
from vigil_training.crops import Crop
from vigil_training.filescores import Files, source_weight
from vigil_training.finetune import MAP, Drawn
from vigil_training.foldtune import Known, barrier
from vigil_training.members import Study, bounds
from vigil_training.metrics import auc, calibration_error, tenths
from vigil_training.ship import drawn_steps, over_time
from vigil_training.temporal import LENGTH, Several, TimeNet, clip_logits, trained, window
from vigil_training.weights import believed, choose, fitted


def alike(rows):
    return np.full(len(rows), 1 / max(rows.sum(), 1))


class Joining(unittest.TestCase):
    def setUp(self):
        rng = np.random.default_rng(5)
        self.y = np.tile([0.0, 1.0], 100)
        self.groups = np.repeat(list("abcd"), 50)
        self.good = self.y * 2 + rng.normal(0, 1, 200)
        self.noise = rng.normal(0, 1, 200)
        self.rng = rng

    def test_a_member_that_ranks_the_wrong_way_gets_no_weight(self):
        x = np.column_stack([self.good, -self.y * 2 + self.rng.normal(0, 1, 200)])
        beta, _ = fitted(x, self.y, np.full(200, 1 / 200), 0.01)
        self.assertGreater(beta[0], 0.5)
        self.assertEqual(beta[1], 0)

    def test_a_strong_ridge_means_equal_weights(self):
        x = np.column_stack([self.good, self.good + self.noise])
        weak, strong, equal = (fitted(x, self.y, np.full(200, 1 / 200), r)[0] for r in (1e-4, 1e4, np.inf))
        self.assertGreater(weak[0] - weak[1], 0.2)
        self.assertAlmostEqual(strong[0], strong[1], places=3)
        self.assertAlmostEqual(equal[0], strong[0], places=2)

    def test_a_useless_member_is_left_out_and_a_good_one_taken(self):
        for third, expected in ((self.noise * 3, [0, 1]), (self.y * 3 + self.rng.normal(0, 1, 200), [0, 1, 2])):
            x = np.column_stack([self.good, self.y + self.rng.normal(0, 1, 200), third])
            some, _, table = choose(x, self.y, self.groups, alike)
            self.assertEqual(some, expected)
            self.assertEqual(len(table), 8)

    def test_what_groups_disagree_on_is_believed_less(self):
        z = np.where(self.groups == "a", -1, 1) * (self.y * 4 - 2)
        factor, bias, share = believed(z, self.y, self.groups, alike)
        sure = believed(self.y * 4 - 2 + self.noise, self.y, self.groups, alike)
        self.assertLess(share, sure[2])
        self.assertLess(factor * 2 + abs(bias), 1.3)
        self.assertGreater(sure[0], 0.5)

    def test_limits_hold_for_clips_and_for_stills_of_every_origin(self):
        known = dict(clips=[-1.0] * 19 + [1.0], stills=[-1.0] * 90 + [2.0] * 10, weights=[0.01] * 100)
        found = bounds(known)
        self.assertAlmostEqual(found["standard"]["suspect"], 0.8808, places=3)  # a tenth of the stills lie there
        self.assertEqual(bounds(dict(known, stills=[-1.0] * 100))["standard"]["suspect"], 0.5)

    def test_calibration_error_by_hand(self):
        error, bins = calibration_error(np.array([0.05, 0.05, 0.95, 0.95]), np.array([0, 1, 1, 1]))
        self.assertAlmostEqual(error, 0.5 * 0.45 + 0.5 * 0.05)
        self.assertEqual(len(bins), 2)

    def test_bins_of_equally_many_files_by_hand(self):
        said, labels = np.array([0.9, 0.1, 0.3, 0.7]), np.array([1, 0, 1, 1])
        self.assertAlmostEqual(tenths(said, labels, 2), 0.5 * abs(0.2 - 0.5) + 0.5 * abs(0.8 - 1))


def swap_table(seed, signal):
    """Made-up scores: every live swap and its original, and a generator with two origins; three crops a file."""
    rng, rows = np.random.default_rng(seed), []
    for fold, rules in folds.read().items():
        for _, group in rules if fold.startswith("swap") else []:
            rows += [(f"clips/DeepFaceLive/{side}/{group}.mp4", side, group, "DeepFaceLive") for side in ("fake", "real")]
    for origin in ("jphdotam-DFDC", "DeepFake-Detect"):
        rows += [(f"clips/{origin}/{side}/{n}.mp4", side, f"{origin}{side}{n}", origin)
                 for side in ("fake", "real") for n in range(4)]
    rows = [row for row in rows for _ in range(3)]
    label = np.array([int(row[1] == "fake") for row in rows])
    return dict(path=np.array([r[0] for r in rows]), label=label, group=np.array([r[2] for r in rows]),
                origin=np.array([r[3] for r in rows]), logit=signal * label + rng.normal(0, 0.2, len(rows)),
                features=np.zeros((len(rows), 0)), sharpness=rng.normal(0, 1, len(rows)))


class WholeStudy(unittest.TestCase):
    def test_a_good_member_is_found_good_beside_a_useless_one(self):
        tables = [swap_table(1, 1.0), swap_table(2, 0.0)]
        files = Files(tables[0])
        good, none = ({"": files.of(t["path"], t["logit"])} for t in tables)
        report, lines = Study(files, {"good": [none, good], "none": [none]}, must=1).run()
        swaps = [report[f"swap-{letter}"] for letter in "ABCD"]
        self.assertEqual(sum(e["joined"]["pairs"] for e in swaps), 17)
        self.assertEqual(sum(e["joined"]["above"] for e in swaps), 17)
        self.assertTrue(all(e["joined"]["auc"] == 1 and e["picked"]["good"] == 1 for e in swaps))
        self.assertEqual(report["real_clips"]["called_fake"], 0)
        self.assertEqual(report["final"]["weights"]["none"], 0)
        self.assertGreater(report["final"]["weights"]["good"], 0)
        self.assertEqual(sum(line[0] == "out-DFDC" for line in lines), 16 + 5)  # its own, and the panel's originals

    def test_a_network_over_time_speaks_for_clips_and_the_others_for_stills(self):
        tables = [swap_table(seed, signal) for seed, signal in ((1, 0.4), (2, 0.4), (3, 3.0))]
        stills = [(f"forgery/yonsei/{side}/{n}.jpg", side) for side in ("fake", "real") for n in range(9)]
        for table in tables[:2]:
            more = dict(path=[p for p, _ in stills], label=[int(s == "fake") for _, s in stills],
                        group=[p for p, _ in stills], origin=["yonsei"] * 18, logit=[(s == "fake") - 0.5 for _, s in stills],
                        sharpness=[0.0] * 18)
            table.update({k: np.concatenate([table[k], v]) for k, v in more.items()})
        files = Files(tables[0])
        first, second, over = ({"": files.of(t["path"], t["logit"])} for t in tables)
        report, lines = Study(files, {"first": [first], "second": [second], "over": [over]}).run()
        final = report["final"]
        self.assertEqual(final["weights"]["over"], 0)
        self.assertGreater(final["over"]["weights"]["over"], 0)
        self.assertEqual(report["out-composites"]["fake"], 9)
        self.assertEqual(sum(report[f"swap-{letter}"]["joined"]["above"] for letter in "ABCD"), 17)

    def test_generators_weigh_by_the_root_of_their_size_from_however_many_origins(self):
        files = Files(swap_table(1, 1.0))
        weight = source_weight(files, np.ones(len(files.paths), bool))
        dfdc = np.isin(files.origin, ["jphdotam-DFDC", "DeepFake-Detect"])
        for label in (0, 1):
            some = files.label == label
            share = weight[some & dfdc].sum() / weight[some & ~dfdc].sum()
            self.assertAlmostEqual(share, (8 / 17) ** 0.5)

    def test_known_pairs_are_the_same_frame_and_leave_out_what_is_barred(self):
        crops = type("Crops", (), {})()
        crops.items = [Crop(0, i, f"clips/DeepFaceLive/{side}/{group}.mp4", frame, 0, 1.0, side, "", group, "", None)
                       for i, (side, group, frame) in enumerate(
                           (s, g, f) for s in ("real", "fake") for g in ("dfl16", "dfl36") for f in (0, 9, 18))]
        crops.pixels = lambda item: np.full((208, 208, 3), item.row * 10, np.uint8)
        known = Known(crops, 176, 1, barrier(["swap-A"]))
        self.assertEqual(list(known.fakes["DeepFaceLive"]), ["clips/DeepFaceLive/fake/dfl36.mp4"])
        for fake in known.fakes["DeepFaceLive"]["clips/DeepFaceLive/fake/dfl36.mp4"]:
            original = known._original(fake)
            self.assertEqual((original.group, original.frame, original.label), ("dfl36", fake.frame, "real"))
        self.assertEqual(known.batch(3).shape, (6, 176, 176, 3))


class OverTime(unittest.TestCase):
    def test_a_window_repeats_the_oldest_in_front(self):
        steps = np.arange(5, dtype=np.float32)[:, None]
        self.assertEqual(window(steps, 3)[:, 0].tolist(), [0.0] * (LENGTH - 2) + [1, 2])
        self.assertEqual(window(np.arange(30)[:, None], 25)[:, 0].tolist(), list(range(5, 25)))

    def test_flicker_is_learnt_where_the_mean_says_nothing(self):
        rng, rows = np.random.default_rng(2), []
        for number in range(24):
            steps = rng.normal(0, 0.2, (40, 6)).astype(np.float32)
            if number % 2:
                steps[:, 0] += np.where(np.arange(40) % 2, 1, -1)
            item = Crop(0, 0, f"clips/ghost/{number}.mp4", 0, 0, 1.0, "fake" if number % 2 else "real", "", str(number), "", None)
            rows.append((item, number % 2, False, steps))
        net = trained(rows[:16], dict(steps=120, made=0.0), 1)
        said = [clip_logits(net, r[3]).mean() for r in rows[16:]]
        self.assertEqual(auc([r[1] for r in rows[16:]], said), 1.0)
        self.assertEqual(net(torch.zeros(2, LENGTH, 6)).shape, (2,))


    def test_a_network_over_time_is_written_and_answers_alike(self):
        try:
            import onnx  # noqa: F401
        except ImportError:
            self.skipTest("needs onnx")
        with tempfile.TemporaryDirectory() as folder:
            torch.manual_seed(1)
            net = Several([TimeNet(np.zeros(6), np.ones(6)) for _ in range(2)]).eval()
            torch.save(net.state_dict(), Path(folder) / "all.pt")
            over_time("forgery-time", "forgery-spatial", Path(folder) / "all.pt", Path(folder))
            written = json.loads((Path(folder) / "forgery-time" / "manifest.json").read_text())
            self.assertEqual(written["sequence"], dict(of="forgery-spatial", length=LENGTH, least=8))
            self.assertNotIn("crop", written)
            check = json.loads((Path(folder) / "forgery-time" / "check.json").read_text())
            self.assertAlmostEqual(check["logit"], float(net(drawn_steps(6))), places=5)


class Pools(unittest.TestCase):
    def test_a_pool_gives_back_what_was_written_in_another_order(self):
        with tempfile.TemporaryDirectory() as folder:
            rng = np.random.default_rng(1)
            given = rng.integers(0, 255, (3, 4, 44, 44, 3), np.uint8)
            place = Path(folder) / "pool"
            place.write_bytes(given.tobytes())
            maps = rng.integers(0, 255, (3, 2, MAP, MAP), np.uint8)
            Path(f"{place}.map").write_bytes(maps.tobytes())
            drawn = Drawn(SimpleNamespace(pairs=2, side=44, seed=1, pool=place, steps=9, pool_steps=9))
            found = [drawn.batch(step) for step in range(3)]
            for pictures, changed in found:
                number = next(i for i in range(3) if changed.sum() == maps[i].sum())
                self.assertEqual(pictures.sum(), given[number].sum())
                for one in range(2):  # both halves of a pair are mirrored, or neither
                    turned = [not np.array_equal(pictures[k], given[number][k]) for k in (one, one + 2)]
                    self.assertEqual(turned[0], turned[1])
                    self.assertEqual(turned[0], not np.array_equal(changed[one], maps[number][one]))
            self.assertEqual(len({p.sum() for p, _ in found}), 3)


if __name__ == "__main__":
    unittest.main()
