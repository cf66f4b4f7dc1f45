"""Checks of the training's pieces: python -m unittest discover -s Training/tests (needs requirements.txt)."""

import sys
import unittest
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).parents[1]))

from vigil_training import folds, linear
from vigil_training.blend import self_blended
from vigil_training.calibrate import platt
from vigil_training.degrade import degraded, view
from vigil_training.metrics import auc, robust_mean, share_interval
from vigil_training.recapture import recaptured
from vigil_training.regions import KERNELS, TAPS, Head, RegionFeatures, face_regions
from vigil_training.ship import Shipped, drawn_picture


def face(side=208):
    """A smooth random picture and 68 points on an oval."""
    rng = np.random.default_rng(3)
    y, x = np.mgrid[0:side, 0:side] / side
    picture = np.stack([np.sin(6 * x + k) * np.cos(5 * y) for k in range(3)], -1) * 90 + 128
    turn = np.linspace(0, 2 * np.pi, 68)
    points = np.stack([side / 2 + side * 0.25 * np.cos(turn), side * 0.6 + side * 0.3 * np.sin(turn)], 1)
    return np.clip(picture + rng.normal(0, 4, picture.shape), 0, 255).astype(np.uint8), points.astype(np.float32)


class Pictures(unittest.TestCase):
    def test_blend_changes_the_face_and_keeps_the_corners_alike(self):
        picture, points = face()
        real, fake = self_blended(picture, points, np.random.default_rng(1))
        self.assertEqual(real.shape, fake.shape)
        apart = np.abs(real.astype(int) - fake).mean(2)
        self.assertGreater(apart[90:170, 60:150].mean(), 0.5)
        self.assertLess(apart[:10, :10].mean(), 0.01)

    def test_same_seed_same_picture(self):
        picture, points = face()
        for change in (degraded, recaptured):
            one, two, other = (change(picture, np.random.default_rng(s)) for s in (5, 5, 6))
            self.assertTrue((one == two).all())
            self.assertTrue((one != other).any())
            self.assertEqual(one.shape, picture.shape)

    def test_view_is_the_middle(self):
        picture, _ = face()
        self.assertTrue((view(picture, 176) == picture[16:192, 16:192]).all())


class Figures(unittest.TestCase):
    def test_auc_by_hand(self):
        self.assertEqual(auc([1, 1, 0, 0], [3, 2, 2, 1]), 0.875)

    def test_robust_mean_leaves_out_fifths(self):
        self.assertEqual(robust_mean([0, 1, 2, 3, 100]), 2)

    def test_no_error_in_fifty_is_not_none(self):
        low, high = share_interval(0, 50)
        self.assertEqual(low, 0)
        self.assertAlmostEqual(high, 0.0713, places=3)

    def test_platt_finds_the_slope_it_was_made_with(self):
        rng = np.random.default_rng(2)
        z = rng.normal(0, 2, 20000)
        y = rng.random(20000) < 1 / (1 + np.exp(-(0.7 * z - 0.4)))
        slope, bias = platt(z, y.astype(int))
        self.assertAlmostEqual(slope, 0.7, delta=0.05)
        self.assertAlmostEqual(bias, -0.4, delta=0.08)

    def test_no_group_is_in_two_swap_folds(self):
        names = [n for fold, rules in folds.read().items() if fold.startswith("swap") for _, n in rules]
        self.assertEqual(len(names), len(set(names)))
        self.assertEqual(len(names), 17)


class Networks(unittest.TestCase):
    def test_linear_head_separates_and_ignores_what_it_may_not_use(self):
        rng = np.random.default_rng(4)
        size = 5 * (KERNELS + 3 + 2 * sum(TAPS.values()))
        x = rng.normal(0, 1, (400, size)).astype(np.float32)
        y = (x[:, 0] + 0.1 * rng.normal(0, 1, 400) > 0).astype(int)
        used = linear.columns(5, ("residual",))
        head = linear.fit(x, y, np.full(400, 1 / 400), used, 0.02)
        with torch.inference_mode():
            z = head(torch.from_numpy(x)).numpy()
            x[:, ~used] = 9
            again = head(torch.from_numpy(x)).numpy()
        self.assertGreater(auc(y, z), 0.97)
        np.testing.assert_allclose(z, again, atol=1e-5)

    def test_shipped_network_with_fewer_blocks_says_the_same(self):
        torch.manual_seed(1)
        masks = face_regions(64)
        size = 5 * (KERNELS + 3 + 2 * sum(TAPS.values()))
        used = linear.columns(5, ("residual", 2))
        head = Head(np.zeros(size), np.ones(size), 0, 0.0).eval()
        with torch.no_grad():
            head.layers[1].weight[0, torch.from_numpy(np.flatnonzero(~used))] = 0
        full = RegionFeatures(masks).eval()
        net = Shipped(masks, None, [head], used).eval()
        net.features.stem.load_state_dict(full.stem.state_dict())
        for mine, theirs in zip(net.features.blocks, full.blocks):
            mine.load_state_dict(theirs.state_dict())
        x = (torch.from_numpy(drawn_picture(64)).permute(2, 0, 1)[None].float() - 127) / 128
        with torch.inference_mode():
            self.assertAlmostEqual(float(head(full(x))[0]), float(net(x)[0, 0]), places=3)
        self.assertEqual(len(net.features.blocks), 3)


if __name__ == "__main__":
    unittest.main()
