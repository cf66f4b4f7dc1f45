"""Checks of the families' study: folds, generators, made pairs, limits. Needs no labelled data."""

import tempfile
import unittest
from pathlib import Path
from types import SimpleNamespace
from unittest import mock

import numpy as np
import torch
from vigil_training import families, longrun
from vigil_training.familyheads import Ridge, clip_weights, head, old_live, said
from vigil_training.familyjoin import Joint, calibration, even, largest, limit, quantiles
from vigil_training.familystudy import Clips, figures, order, summary
from vigil_training.generators import KINDS, Drawn, inside, train
from vigil_training.made import pair, put_back
from vigil_training.real import Live, Reals

from tests.test_pieces import face


def table(people=8, frames=3, seed=0):
    """A table as looks.py writes it: reals of two origins, live swaps and talkers, with a score that knows the answer."""
    rng, rows = np.random.default_rng(seed), []
    for k in range(people):
        origin = "DeepFaceLive" if k % 2 else "vlog"
        rows.append((f"clips/{origin}/real/Model{k % 3}_{k}.mp4", "real", "real", f"person{k}", origin))
        if k % 2:
            rows.append((f"clips/DeepFaceLive/fake/Model{k % 3}_{k}.mp4", "fake", "live face swap (DeepFaceLive), paired",
                         f"person{k}", "DeepFaceLive"))
        rows.append((f"clips/talk/fake/{k}.mp4", "fake", "ACTalker", f"talker{k}", "talk"))
    rows = [row for row in rows for _ in range(frames)]
    columns = [np.array(column) for column in zip(*rows)]
    out = dict(zip(("path", "label", "kind", "group", "origin"), columns))
    out["logit:good"] = (out["label"] == "fake") * 3.0 + rng.normal(0, 0.3, len(rows))
    out["logit:noise"] = rng.normal(0, 1, len(rows))
    return out


class Families(unittest.TestCase):
    def test_the_table_names_every_swap_line(self):
        from vigil_training.familystudy import SWAPS
        names = {name for name, sort in families.read().values() if sort == "swap"}
        self.assertEqual(names, set(SWAPS))

    def test_models_are_families_and_unknown_kinds_a_fault(self):
        names = families.read()
        live = "live face swap (DeepFaceLive), paired"
        self.assertEqual(families.family(names, "clips/DeepFaceLive/fake/Emily_Winston_1.mp4", live, "fake")[0],
                         "DeepFaceLive Emily_Winston")
        self.assertEqual(families.family(names, "clips/x/real/a.mp4", "real", "real"), ("", "real"))
        with self.assertRaisesRegex(ValueError, "families.tsv"):
            families.family(names, "clips/x/fake/a.mp4", "never heard of", "fake")

    def test_a_fold_holds_everything_of_its_people(self):
        held = families.held(["A", "", "B", "A", ""], ["p", "p", "q", "r", "s"], "A")
        self.assertEqual(held, [True, True, False, True, False])

    def test_originals_are_found_by_target(self):
        reals = ["clips/h/real/x_youtube_c23_videos_469.mp4", "clips/h/real/x_actors_c23_videos_01__kitchen_pan.mp4",
                 "clips/m/real/x_videos_469.mp4", "clips/d/real/A_0.mp4"]
        self.assertEqual(families.original("clips/h/fake/q_Deepfakes_c23_videos_469_481.mp4", reals), reals[0])
        self.assertEqual(families.original("clips/h/fake/q_01_11__kitchen_pan__4OJN.mp4", reals), reals[1])
        self.assertEqual(families.original("clips/d/fake/A_0.mp4", reals), reals[3])
        self.assertIsNone(families.original("clips/h/fake/q_videos_481_469.mp4", reals))


class Study(unittest.TestCase):
    def setUp(self):
        self.table = table()
        self.clips = Clips.of(self.table)

    def test_a_good_score_is_seen_and_noise_is_not(self):
        everyone = np.ones(len(self.clips.path), bool)
        good, noise = (self.clips.mean(self.table[f"logit:{n}"]) for n in ("good", "noise"))
        found = figures(self.clips, good, everyone, rounds=20)
        self.assertEqual({n: f["auc"] for n, f in found.items()}, {"DeepFaceLive": 1.0, "ACTalker": 1.0})
        self.assertEqual(order(self.clips, good, everyone), (4, 4))
        self.assertLess(summary(self.clips, noise, everyone, rounds=5)["all"]["value"], 0.85)

    def test_the_joint_score_leaves_noise_out_and_is_nobodys_own(self):
        columns = np.stack([self.clips.mean(self.table[f"logit:{n}"]) for n in ("good", "noise")])
        joint = Joint(self.clips, ["good", "noise"], columns, 1, np.ones(len(self.clips.path), bool))
        weights, _, _ = joint.fit(np.ones(len(self.clips.path), bool))
        self.assertGreater(weights[0], 0)
        self.assertLess(weights[1], weights[0] / 3)
        self.assertFalse(np.isnan(joint.left_out()).any())
        self.assertFalse(np.isnan(largest(self.clips, columns, np.ones(len(self.clips.path), bool))).any())


class Limits(unittest.TestCase):
    def test_a_large_origin_does_not_outweigh_a_small_one(self):
        origins = np.array(["a"] * 100 + ["b"] * 10)
        said = np.r_[np.linspace(0, 0.5, 100), np.linspace(0.6, 0.9, 10)]
        self.assertAlmostEqual(even(origins)[100:].sum(), 0.5)
        # 5 % of origins alike is one tenth of b; a limit by files would stand far below.
        self.assertGreaterEqual(limit(said, origins, 0.05), 0.8)

    def test_the_worst_origin_bounds_the_limit(self):
        origins = np.array(["a"] * 10 + [o for o in "bcdefghijklmnopqrstuvw" for _ in range(5)])
        said = np.r_[np.full(5, 0.9), np.full(5, 0.1), np.full(110, 0.2)]
        self.assertEqual(limit(said, origins, 0.05), 0.9)

    def test_quantiles_weigh(self):
        self.assertLess(quantiles(np.arange(5.0), np.array([9, 1, 1, 1, 1.0]), [0.5])[0], 1)


class Made(unittest.TestCase):
    def setUp(self):
        picture, points = face(288)
        item = SimpleNamespace(label="real", path="faces/mixed/real/a.jpg", group="a", points=points)
        other = SimpleNamespace(label="real", path="faces/mixed/real/b.jpg", group="b", points=points + 2)
        clip = SimpleNamespace(label="real", path="clips/mixed/real/c.mp4", group="c", points=points)
        self.crops = SimpleNamespace(items=[item, other, clip], pixels=lambda _: picture.copy())
        self.picture, self.points = picture, points

    def test_no_clip_is_learnt_from(self):
        self.assertEqual(len(Reals(self.crops).items), 2)
        self.assertEqual(len(Reals(self.crops, clips=True).items), 2)  # this one judges families

    def live(self, group, label, frame):
        return SimpleNamespace(label=label, path=f"clips/DeepFaceLive/{label}/Rob_Doe_{group}.mp4", group=group,
                               frame=frame, points=self.points)

    def test_live_swaps_are_learnt_from_beside_their_own_frames_but_not_those_that_judge(self):
        old, new = "dfl06", "a driver of no fold"
        self.crops.items = [self.live(group, label, frame) for group in (old, new) for label in ("real", "fake") for frame in (5, 15)][:-1]
        self.crops.items.append(self.live(old, "fake", 25))  # no such frame of its original
        pairs = Live(self.crops).pairs
        self.assertEqual([(a.group, b.group, a.frame, b.frame) for a, b in pairs], [(old, old, 5, 5), (old, old, 15, 15)])
        self.assertEqual([(a.label, b.label) for a, b in pairs], [("real", "fake")] * 2)
        self.assertEqual({item.group for item in Reals(self.crops, clips=True).items}, {old})

    def test_what_was_changed_where_is_seen_through_noise(self):
        fake = self.picture.copy()
        fake[100:140, 100:140] = 255 - fake[100:140, 100:140]
        noisy = np.clip(fake + np.random.default_rng(0).normal(0, 1, fake.shape), 0, 255).astype(np.uint8)
        cells = longrun.changes(self.picture, noisy)
        self.assertLess(cells[:5].max(), 0.05)
        self.assertGreater(cells[11:14, 11:14].min(), 0.9)

    def test_a_generator_goes_on_where_it_stopped_and_draws(self):
        name = "dense-shuffle-64"
        left, top, size = inside("face", 288)
        with tempfile.TemporaryDirectory() as folder:
            small = np.repeat(self.picture[None, top : top + 64, left : left + 64], 4, 0)
            train(name, small, Path(folder), 60, most=3)
            train(name, small, Path(folder), 60, most=3)
            self.assertEqual(torch.load(Path(folder) / f"{name}.pt", weights_only=True)["steps"], 6)
            drawn = Drawn(folder)
            out = drawn.redrawn(name, self.picture, np.random.default_rng(0))
            self.assertTrue((out[:top] == self.picture[:top]).all())
            self.assertFalse((out[top : top + size] == self.picture[top : top + size]).all())
            (real, fake), _ = pair(name, Reals(self.crops), drawn, np.random.default_rng(1))
        self.assertEqual(real.shape, fake.shape)
        self.assertFalse((real == fake).all())
        self.assertIn(name, KINDS)

    def test_the_long_run_goes_on_where_it_stopped(self):
        with tempfile.TemporaryDirectory() as folder, mock.patch.object(longrun, "Crops", lambda *_: self.crops):
            options = SimpleNamespace(crops=[], data="", generators=folder, imagenet=None, out=Path(folder), minutes=60, steps=1,
                                      pairs=2, rate=1e-4, seed=0, workers=0)
            for steps in (1, 2):
                options.steps = steps
                longrun.train(options)
            self.assertEqual(torch.load(Path(folder) / "state.pt", weights_only=True)["step"], 2)
            self.assertEqual(sorted(f.name for f in Path(folder).glob("average-*.pt")), ["average-000001.pt", "average-000002.pt"])

    def test_only_the_face_is_changed(self):
        fake = put_back(self.picture, self.points, np.full_like(self.picture, 128), np.random.default_rng(2))
        self.assertLess(np.abs(fake[:20].astype(int) - self.picture[:20]).max(), 2)
        self.assertGreater(np.abs(fake[150:200, 120:170].astype(int) - self.picture[150:200, 120:170]).mean(), 2)


class Heads(unittest.TestCase):
    def test_a_head_learns_a_difference(self):
        rng = np.random.default_rng(0)
        x, y = rng.normal(size=(400, 12)).astype(np.float16), np.arange(400) % 2
        x[y == 1, 0] += 3
        net = head(x, y, np.full(400, 1 / 400), 0, hidden=8, steps=300)
        logits = said([net], x)
        self.assertGreater(logits[y == 1].mean(), logits[y == 0].mean() + 0.3)


    def test_live_swaps_that_judge_nothing_stand_among_the_made_pairs(self):
        found, rng = table(people=16), np.random.default_rng(1)
        found["group"] = np.where(found["origin"] == "DeepFaceLive", np.char.add("dfl0",
                                  np.where(np.arange(len(found["path"])) % 2, "6", "7")), found["group"])
        live = found["origin"] == "DeepFaceLive"
        self.assertTrue((old_live(found) == live).all())
        found["lite0"] = np.column_stack([live * (found["label"] == "fake") * 3.0, rng.normal(size=(len(live), 5))]).astype(np.float16)
        fake = np.arange(4000) % 2
        x = np.column_stack([rng.normal(size=4000), fake * 2.0, rng.normal(size=(4000, 4))]).astype(np.float16)
        made = SimpleNamespace(x=x, fake=np.float32(fake), kind=np.full(4000, "blend"), weights=lambda kinds: np.full(4000, 1 / 4000))
        clips = Clips.of(found)
        apart = []
        for share in (0.0, 0.3):
            linear = Ridge(made, ["blend"], found, clips, "lite0", ["talker"], share)
            logits = said([linear.head(linear.solve(1.0, 0.1))], found["lite0"])
            apart.append(logits[live & (found["label"] == "fake")].mean() - logits[live & (found["label"] == "real")].mean())
        self.assertGreater(apart[1], apart[0] + 0.5)

    def test_small_lines_weigh_as_one_and_chance_has_a_floor(self):
        clips = Clips.of(table(people=40))
        everyone = np.ones(len(clips.path), bool)
        weight = clip_weights(clips, everyone, False, least=10**6)
        self.assertEqual(len({round(w, 9) for w in weight[clips.label == 0]}), 1)
        self.assertAlmostEqual(weight[clips.label == 0].sum(), 1)
        judged = np.random.default_rng(0).random(len(everyone))
        clips.label = (np.random.default_rng(1).random(len(everyone)) < judged).astype(int)
        found = calibration(clips, judged, everyone, rounds=50)["alike, small lines as one"]
        self.assertLess(found["value"], found["floor"][2] + 0.05)
        wrong = calibration(clips, 1 - judged, everyone, rounds=50)["alike, small lines as one"]
        self.assertGreater(wrong["value"], 2 * wrong["floor"][2])

    def test_no_fold_knows_its_own_family(self):
        found = table(people=16)
        rng = np.random.default_rng(1)
        own = (found["kind"] == "ACTalker") * 4.0
        found["lite0"] = np.column_stack([own, rng.normal(size=(len(own), 5))]).astype(np.float16)
        fake = np.arange(4000) % 2
        x = np.column_stack([rng.normal(size=4000), fake * 2.0, rng.normal(size=(4000, 4))]).astype(np.float16)
        made = SimpleNamespace(x=x, fake=np.float32(fake), kind=np.full(4000, "blend"), weights=lambda kinds: np.full(4000, 1 / 4000))
        clips = Clips.of(found)
        linear = Ridge(made, ["blend"], found, clips, "lite0", ["swap", "talker"])
        everyone = np.ones(len(clips.path), bool)
        knowing = clips.mean(said([linear.head(linear.solve(0.2, 0.1))], found["lite0"]))
        left_out = clips.mean(linear.left_out(0.2, 0.1, len(own)))
        self.assertFalse(np.isnan(left_out).any())
        auc = [figures(clips, score, everyone, rounds=5)["ACTalker"]["auc"] for score in (knowing, left_out)]
        self.assertGreater(auc[0], 0.95)
        self.assertLess(auc[1], 0.8)


if __name__ == "__main__":
    unittest.main()
