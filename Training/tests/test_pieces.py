"""Checks of the training's pieces: cd Training && python -m unittest discover -t . -s tests (needs Tools/requirements/train.txt)."""

import tempfile
import unittest
from pathlib import Path

import numpy as np
import torch
from vigil_training import folds
from vigil_training.blend import self_blended
from vigil_training.calibrate import platt, shrunk
from vigil_training.crops import CORRECTIONS, labels_of
from vigil_training.degrade import degraded, view
from vigil_training.exposure import linear_light, photographed, shown
from vigil_training.finetune import Front, losses, rate
from vigil_training.metrics import auc, robust_mean, share_interval
from vigil_training.nets import LiteNet, NoiseNet, scaled
from vigil_training.recapture import paper
from vigil_training.regions import RegionFeatures, face_regions, layout
from vigil_training.robust import attacked
from vigil_training.ship import Mapped, drawn_picture
from vigil_training.swaps import Faces, regenerated, replaced, warp, warped


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
        for change in (degraded, paper):
            one, two, other = (change(picture, np.random.default_rng(s)) for s in (5, 5, 6))
            self.assertTrue((one == two).all())
            self.assertTrue((one != other).any())
            self.assertEqual(one.shape, picture.shape)

    def test_a_camera_brings_dark_and_bright_to_the_same_level(self):
        picture, _ = face()
        dark = (picture * 0.4).astype(np.uint8)
        levels = []
        for given in (picture, dark):
            rng = np.random.default_rng(5)
            levels.append(linear_light(photographed(given, rng)).mean())
        self.assertLess(abs(levels[0] / levels[1] - 1), 0.2)

    def test_a_camera_draws_alike_for_both_halves_of_a_pair(self):
        picture, _ = face()
        for seed in range(12):
            ends = []
            for given in (picture, picture[:, ::-1]):
                rng = np.random.default_rng(seed)
                photographed(np.ascontiguousarray(given), rng)
                ends.append(rng.random())
            self.assertEqual(*ends)

    def test_a_display_changes_the_picture_and_loses_detail(self):
        picture, _ = face()
        fine = lambda p: np.abs(np.diff(p.astype(float).mean(2), 2, axis=1)).mean()  # noqa: E731
        lost = 0
        for seed in range(8):
            again = shown(picture, np.random.default_rng(seed))
            self.assertEqual((again.shape, again.dtype), (picture.shape, np.dtype(np.uint8)))
            lost += fine(again) < fine(picture)
        self.assertGreaterEqual(lost, 7)

    def test_view_is_the_middle(self):
        picture, _ = face()
        self.assertTrue((view(picture, 176) == picture[16:192, 16:192]).all())


class Figures(unittest.TestCase):
    def test_a_correction_overrules_a_label_and_only_there(self):
        with tempfile.TemporaryDirectory() as folder:
            table = Path(folder) / "LABELS.tsv"
            table.write_text("path\tlabel\tkind\tgroup\tsource\n"
                             "pad/a/attack/1.jpg\tattack\tx\ta\ta\npad/b/attack/1.jpg\tattack\tx\tb\tb\n")
            change = Path(folder) / "corrections.tsv"
            change.write_text("prefix\tlabel\twhy\npad/a/attack/\tdoubtful\tlooked\n")
            found = labels_of(folder, change)
        self.assertEqual([row["label"] for row in found.values()], ["doubtful", "attack"])

    def test_every_correction_says_why(self):
        for line in CORRECTIONS.read_text().splitlines()[1:]:
            self.assertTrue(all(line.split("\t")[:3]) and line.count("\t") == 2, line)

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

    def test_scores_that_mean_less_elsewhere_are_believed_less(self):
        rng = np.random.default_rng(6)
        y = np.tile([0, 1], 300)
        sources = np.repeat(["a", "b", "c"], 200)
        offset = {"a": 2.5, "b": 0.0, "c": -2.5}
        alike = 3 * (2 * y - 1) + rng.normal(0, 1, 600)
        apart = alike + [offset[s] for s in sources]
        weigh = lambda sources, labels: np.ones(len(labels))
        self.assertLess(shrunk(apart, y, sources, weigh), shrunk(alike, y, sources, weigh))

    def test_no_group_is_in_two_swap_folds(self):
        names = [n for fold, rules in folds.read().items() if fold.startswith("swap") for _, n in rules]
        self.assertEqual(len(names), len(set(names)))
        self.assertEqual(len(names), 17)


class Networks(unittest.TestCase):
    def test_tones_tell_a_flat_face_from_a_strong_one(self):
        masks, given = face_regions(48)[:4], dict(taps=(2,), tone=True)
        net = RegionFeatures(masks, None, **given).eval()
        self.assertEqual(net.size, sum(n for _, n in layout(4, **given)))
        picture = torch.rand(2, 3, 48, 48, generator=torch.Generator().manual_seed(1)) - 0.5
        picture[1] *= 2
        with torch.no_grad():
            flat, strong = net(picture)[:, -20:-8]
            self.assertTrue((strong > flat + 0.3).all())


class Swaps(unittest.TestCase):
    def test_warp_brings_landmarks_to_where_they_are_wanted(self):
        _, points = face()
        picture = np.zeros((208, 208, 3), np.uint8)
        wanted = points * 0.9 + 8
        for number in (3, 20, 45):
            picture[:] = 0
            x, y = points[number].round().astype(int)
            picture[y - 3 : y + 4, x - 3 : x + 4] = 255
            moved = warp(picture, points, wanted).astype(float).mean(2)
            rows, columns = np.mgrid[0:208, 0:208]
            centre = np.array([(moved * columns).sum(), (moved * rows).sum()]) / moved.sum()
            self.assertLess(np.abs(centre - wanted[number]).max(), 1.5)

    def test_a_replaced_face_changes_the_face_and_not_the_frame(self):
        picture, points = face()
        donor = np.ascontiguousarray(picture[:, ::-1])
        for seed in range(6):
            rng = np.random.default_rng(seed)
            inner = warped(donor, points, points, rng)
            real, fake = replaced(picture, points, inner, rng, Faces([picture, donor], count=2))
            self.assertTrue((real == picture).all())
            apart = np.abs(real.astype(int) - fake).mean(2)
            self.assertGreater(apart[100:160, 80:130].mean(), 0.5)
            self.assertLess(apart[:6].mean(), 1)

    def test_components_give_back_what_they_were_made_of(self):
        rng = np.random.default_rng(1)
        pictures = [rng.integers(0, 255, (80, 80, 3)).astype(np.uint8) for _ in range(4)]
        faces = Faces(pictures, side=80, count=3)
        back = faces.mean + (faces.basis @ (pictures[1].ravel() - faces.mean)) @ faces.basis
        self.assertLess(np.abs(back - pictures[1].ravel()).max(), 1)

    def test_regenerated_has_less_detail_on_the_whole(self):
        picture, _ = face()
        fine = [np.abs(np.diff(np.float32(regenerated(picture, np.random.default_rng(s))), axis=1)).mean()
                for s in range(12)]
        self.assertLess(np.median(fine), np.abs(np.diff(np.float32(picture), axis=1)).mean())


class EndToEnd(unittest.TestCase):
    def setUp(self):
        torch.manual_seed(2)
        self.net = LiteNet(depth=4, dropout=0.0)
        torch.nn.init.normal_(self.net.last.weight, 0, 0.1)
        self.x = scaled(torch.from_numpy(np.stack([drawn_picture(64), face(64)[0]])).permute(0, 3, 1, 2))

    def test_map_has_the_logit_as_its_mean(self):
        with torch.inference_mode():
            logit, cells = Mapped(self.net.eval())(self.x)
        self.assertEqual(cells.shape[:2], (2, 1))
        np.testing.assert_allclose((cells.mean((1, 2, 3)) + self.net.last.bias.detach()).numpy(), logit[:, 0], atol=1e-5)

    def test_frozen_front_gives_the_same_maps_and_learns_nothing(self):
        self.net.train()(self.x)
        front = Front(self.net, 2)
        self.net.blocks[2:].eval(), self.net.head.eval()
        with torch.inference_mode():
            np.testing.assert_allclose(front.maps(self.net, self.x), self.net.maps(self.x), atol=1e-4)
        before = self.net.stem[1].weight.clone() if self.net.stem[1].weight is not None else None
        loss, _ = losses(self.net, torch.nn.Conv2d(80, 1, 1), front, self.x, torch.ones(1, 64, 64))
        loss.backward()
        self.assertIsNone(self.net.stem[1].weight.grad)
        self.assertTrue((before == self.net.stem[1].weight).all())
        self.assertIsNotNone(self.net.last.weight.grad)

    def test_rate_rises_then_falls(self):
        self.assertLess(rate(0, 0), 0.02)
        self.assertAlmostEqual(rate(100, 0), 1)
        self.assertAlmostEqual(rate(2000, 1), 0.02)

    def test_noise_sees_nothing_in_flat_colour(self):
        net = NoiseNet().eval()
        with torch.inference_mode():
            flat = net.residual(torch.full((1, 3, 32, 32), 0.7))
        self.assertLess(float(flat.abs().max()), 1e-4)
        self.assertAlmostEqual(float(net.residual.weights()[0].sum()), 0, places=5)

    def test_attack_lowers_the_score_within_its_bound(self):
        pictures = np.stack([drawn_picture(64)])
        net = self.net.eval()
        moved = attacked(net, pictures, 2, 5)
        self.assertLessEqual(np.abs(moved.astype(int) - pictures).max(), 2)
        with torch.inference_mode():
            before, after = (float(net(scaled(torch.from_numpy(p).permute(0, 3, 1, 2)))) for p in (pictures, moved))
        self.assertLess(after, before)


if __name__ == "__main__":
    unittest.main()
