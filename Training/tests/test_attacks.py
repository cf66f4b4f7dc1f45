"""Checks of the attack training: cd Training && python -m unittest discover -t . -s tests (needs Tools/requirements/train.txt)."""

import csv
import hashlib
import json
import tempfile
import unittest
from pathlib import Path

import cv2
import numpy as np
import torch
from vigil_training.attacks import choose, fairness, folds, heads, limits, places, report, ship, simulate
from vigil_training.attacks.features import stem_of
from vigil_training.attacks.items import VIEWS, Face, faces, main_faces
from vigil_training.attacks.statistics import DOUBTFUL, Statistics, alike
from vigil_training.regions import layout

FOLDS = Path(__file__).parents[1] / "attack-folds.tsv"


def rooms_table(seed=0, rooms=6, each=20, width=12):
    """A table of rooms in which attacks differ in two statistics and each room in another one."""
    rng = np.random.default_rng(seed)
    x, label, room, fold = [], [], [], []
    for number in range(rooms):
        for index in range(2 * each):
            row = rng.normal(0, 0.5, width)
            row[:2] += 2 * (index % 2)
            row[3] += 0.3 * number
            x.append(row)
            label.append(index % 2)
            room.append(f"room{number}")
            fold.append(number // 2)
    data = Statistics.__new__(Statistics)
    data.x = {"face": np.array(x, np.float16)}
    data.label, data.room, data.fold = np.array(label), np.array(room), np.array(fold)
    data.kind = np.full(len(x), "plain")
    data.kind[::5] = "live"
    data.kind[(data.kind == "live") & (data.label == 1)] = "shown"
    return data


class Leaving(unittest.TestCase):
    def test_what_is_left_out_changes_nothing(self):
        one, other = rooms_table(), rooms_table()
        held = other.fold == 1
        other.x["face"][held] = 9
        other.label[held] = 1 - other.label[held]
        nets = []
        for data in (one, other):
            with tempfile.TemporaryDirectory() as folder:
                nets.append(folds.trained(data, "face", 1, Path(folder) / "a.pt", steps=20, without=()))
        for name, value in nets[0].state_dict().items():
            self.assertTrue(torch.equal(value, nets[1].state_dict()[name]), name)

    def test_heads_rank_a_room_they_never_saw(self):
        data = rooms_table()
        rows = data.rows(data.fold != 0)
        net = heads.fit(data, "face", rows, steps=200, without=())
        test = np.flatnonzero(data.fold == 0)
        said = heads.say(net, data.x["face"][test])
        self.assertGreater(said[data.label[test] == 1].mean(), said[data.label[test] == 0].mean() + 1)

    def test_light_and_colours_are_not_looked_at(self):
        size = sum(count for _, count in layout(heads.REGIONS["around"], **heads.STATISTICS))
        data = rooms_table(width=size)
        data.x = {"around": data.x["face"]}
        net = heads.fit(data, "around", data.rows(), steps=2)
        place, looked = 0, {}
        for name, count in layout(heads.REGIONS["around"], **heads.STATISTICS):
            looked[name] = bool((net.gain[place : place + count] != 0).all())
            place += count
        self.assertEqual(looked, {"residual": True, "colour": False, 2: True, 4: True, 7: True, 10: True, "tone": False})

    def test_saved_heads_say_the_same(self):
        data = rooms_table()
        net = heads.fit(data, "face", data.rows(), steps=5, without=())
        with tempfile.TemporaryDirectory() as folder:
            heads.saved(net, Path(folder) / "h.pt")
            again = heads.loaded(Path(folder) / "h.pt")
        self.assertTrue(np.array_equal(heads.say(net, data.x["face"]), heads.say(again, data.x["face"])))

    def test_doubtful_rows_are_in_no_training(self):
        data = rooms_table()
        data.label[:7] = DOUBTFUL
        self.assertEqual(data.rows().min(), 7)

    def test_rooms_and_classes_weigh_alike(self):
        rooms = ["a"] * 30 + ["b"] * 300
        labels = np.array(([0, 1] * 15) + ([0] * 260 + [1] * 40))
        weight = alike(rooms, labels)
        self.assertAlmostEqual(weight.sum(), 1)
        self.assertAlmostEqual(weight[labels == 1].sum(), 0.5)
        first = np.array(rooms) == "a"
        self.assertAlmostEqual(weight[first & (labels == 1)].sum(), 0.5 * 0.75 / 1.75)  # 15 of the 20 that make a whole room
        pair = weights_of_pairs()
        self.assertAlmostEqual(pair, heads.SIMULATED)

    def test_the_table_of_folds_is_whole(self):
        with open(FOLDS, newline="") as file:
            rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
        self.assertEqual(len({row["origin"] for row in rows}), len(rows))
        self.assertEqual({row["frames"] for row in rows}, {"whole", "tight"})
        together = {}
        for row in rows:
            self.assertEqual(together.setdefault(row["room"], row["fold"]), row["fold"], "a room is in one fold")


def weights_of_pairs():
    data = rooms_table()
    rows = data.rows()
    return heads.weights(data, rows)[np.isin(data.kind[rows], ("live", "shown"))].sum()


class Limits(unittest.TestCase):
    def setUp(self):
        rng = np.random.default_rng(1)
        self.rooms = np.repeat([f"r{k}" for k in range(10)], 40)
        self.labels = np.tile([0, 1], 200)
        self.values = rng.normal(0, 1, 400) + 4 * self.labels - 2

    def test_a_view_that_says_nothing_has_no_weight_below_zero(self):
        noise = -0.3 * self.values + np.random.default_rng(2).normal(0, 1, 400)
        weights, _ = limits.joined(np.column_stack([self.values, noise]), self.labels, self.rooms)
        self.assertGreater(weights[0], 0)
        self.assertEqual(weights[1], 0)

    def test_the_worst_rooms_move_the_limit(self):
        live = self.labels == 0
        values, rooms = self.values[live].copy(), self.rooms[live]
        before = limits.alarm_limit(values, rooms, 0.2, 0.4)
        values[rooms == "r3"] += 6  # one camera whose live faces all look like attacks
        after = limits.alarm_limit(values, rooms, 0.2, 0.4)
        self.assertLess((values[rooms != "r3"] > after).mean(), 0.02)
        self.assertLessEqual((values[rooms == "r3"] > after).mean(), 0.4)
        self.assertGreater(after, before)
        self.assertLess(limits.alarm_limit(values, rooms, 0.2, 1.0), after)

    def test_errors_of_rooms(self):
        found = limits.room_errors(np.array([1.0, -1, 2, 0]), np.array([1, 1, 0, 0]), np.array(["a"] * 4), 0.0)
        self.assertEqual(found["a"], (0.5, 0.5))

    def test_the_balanced_limit_lies_between_the_classes(self):
        limit = limits.balanced(self.values, self.labels, self.rooms)
        self.assertLess(abs(limit), 0.7)

    def test_a_sites_live_people_move_its_limit(self):
        live = self.values[self.labels == 0]
        reference = limits.typical_quantiles(live, self.rooms[self.labels == 0])
        self.assertEqual(list(reference), [str(q) for q in limits.QUANTILES])
        self.assertAlmostEqual(limits.shifted(0.5, live, reference, 1.0), 0.5, delta=0.3)
        self.assertAlmostEqual(limits.shifted(0.5, live + 3, reference, 1.0), 3.5, delta=0.3)
        self.assertAlmostEqual(limits.shifted(0.5, live + 3, reference, 0.5), 2.0, delta=0.3)


def scores_table(shift=0.0):
    """Rows as folds.py writes them: eight rooms in four folds; in the last room everything is `shift` higher."""
    rng, rows = np.random.default_rng(5), []
    for number in range(8):
        for index in range(60):
            attack = index % 2
            move = shift if number == 7 else 0.0
            rows.append(dict(path=f"pad/{number}/{index:03}.jpg", room=f"r{number}", fold=str(number // 2),
                             kind="print" if number < 4 and attack else "screen-phone" if attack else "live",
                             frames="whole" if number % 2 else "tight", label="attack" if attack else "real",
                             sharpness="1", brightness="0.5", size="0", border=f"{rng.random():.3f}",
                             **{"logit:face": f"{rng.normal(4 * attack - 2 + move, 1):.4f}",
                                "logit:around": f"{rng.normal(4 * attack - 2 + move, 1):.4f}"}))
    rows.append({**rows[0], "label": "doubtful", "path": "x"})
    return report.Scores(rows)


class Reports(unittest.TestCase):
    def test_doubtful_files_count_nowhere(self):
        self.assertEqual(len(scores_table().label), 480)

    def test_a_rooms_limit_does_not_depend_on_its_own_fold(self):
        one, other = scores_table(), scores_table(shift=5)
        _, before = report.by_others(one, one.logits)
        _, after = report.by_others(other, other.logits)
        held = one.fold == 3
        self.assertTrue(np.array_equal(before[held], after[held]))
        self.assertFalse(np.array_equal(before[~held], after[~held]))

    def test_the_site_shift_mends_a_room_whose_camera_is_different(self):
        scores = scores_table(shift=5)
        found, values, bounds = report.studied(scores)
        with tempfile.TemporaryDirectory() as folder:
            report.judged(Path(folder) / "joined.tsv", scores, values, bounds)
            rows = report.table(Path(folder) / "joined.tsv")
        self.assertEqual(len(rows), int((scores.fold >= 0).sum()))
        self.assertEqual({row["label"] for row in rows}, {"real", "attack"})
        self.assertTrue(all(0 <= float(row["probability"]) <= 1 and row["source"] == row["group"] for row in rows))
        rooms = found["joined"]["rooms"]
        self.assertGreater(rooms["r7"]["bpcer"], 0.9)
        site = found["joined"]["site"]
        self.assertEqual(site["0.0"]["rooms"], 8)
        self.assertLess(site["1.0"]["worst"], site["0.0"]["worst"] - 0.2)
        self.assertEqual(found["joined"]["all"]["worst"][0], "r7")
        self.assertEqual(found["joined"]["kinds"]["print"]["rooms"], 4)
        self.assertGreater(found["joined"]["all"]["auc"], found["cues alone"]["all"]["auc"])
        json.dumps(found)

    def test_an_interval_holds_the_mean(self):
        low, high = report.interval([0.0, 0.1, 0.2, 0.3])
        self.assertLess(low, 0.15)
        self.assertGreater(high, 0.15)


class Pictures(unittest.TestCase):
    def test_a_crop_is_found_in_its_frame(self):
        rng = np.random.default_rng(0)
        frame = cv2.GaussianBlur(rng.integers(0, 255, (480, 640)).astype(np.uint8), (0, 0), 9)
        frame = cv2.normalize(frame, None, 0, 255, cv2.NORM_MINMAX)
        wide = cv2.resize(frame[100:420, 250:570], (256, 256), interpolation=cv2.INTER_AREA)
        x, y = places.placed(frame, wide, 320 / 256)
        self.assertAlmostEqual(x, 410 / 640, delta=0.02)
        self.assertAlmostEqual(y, 260 / 480, delta=0.02)
        self.assertTrue(places.inside((x, y), [(0.64, 0.54, 0.2, 0.2)]))
        self.assertFalse(places.inside((x, y), [(0.2, 0.5, 0.2, 0.2)]))

    def test_boxes_are_read(self):
        found = places.boxes_of([dict(path="a", boxes="0,0.5,0.5,0.2,0.3;1,0.1,0.1,0.1,0.1"), dict(path="b", boxes="")])
        self.assertEqual(found, {"a": [(0.5, 0.5, 0.2, 0.3), (0.1, 0.1, 0.1, 0.1)]})

    def test_a_held_device_hides_the_room_and_shows_the_face(self):
        rng = np.random.default_rng(3)
        for _ in range(20):
            picture = np.full((256, 256, 3), 120, np.uint8)
            room = np.full((256, 256, 3), 7, np.uint8)
            inside, whole = simulate.device(256, rng)
            self.assertEqual(inside[128, 128], 1)  # the face's middle is on the device
            self.assertTrue((whole >= inside).all())
            self.assertEqual(simulate.held(picture, room, rng).shape, (256, 256, 3))

    def test_the_person_in_front_is_kept(self):
        def face(track, scale):
            return Face("f", 0, "p", 0, track, scale, "attack", "print")

        self.assertEqual([item.track for item in main_faces([face(1, 1.0), face(2, 2.0)])], [2])

    def test_rows_of_the_views_must_be_of_one_face(self):
        with tempfile.TemporaryDirectory() as folder:
            for view, track in (("face", 1), ("around", 2)):
                rule, side, _ = VIEWS[view]
                np.zeros(side * side * 3, np.uint8).tofile(Path(folder) / f"{rule}.rgb")
                (Path(folder) / f"{rule}.tsv").write_text(f"path\tframe\ttrack\tscale\tx_0\nD/pad/a/1.jpg\t0\t{track}\t1.0\t3\n")
            with self.assertRaises(ValueError):
                faces(folder, ["D"], {"pad/a/1.jpg": dict(label="real", kind="live")})


class Groups(unittest.TestCase):
    def test_the_typology_angle_of_known_colours(self):
        def angle(lightness, yellow):
            colour = cv2.cvtColor(np.float32([[[lightness, 10, yellow]]]), cv2.COLOR_Lab2RGB)
            return fairness.typology_angle(np.full((192, 192, 3), np.round(colour[0, 0] * 255), np.uint8))

        self.assertAlmostEqual(angle(70, 20), 45, delta=2)
        self.assertAlmostEqual(angle(50, 15), 0, delta=3)
        self.assertEqual([fairness.tone(a) for a in (60, 45, 30, 15, 0, -50)], [name for _, name in fairness.TONES])

    def test_a_group_stands_out_only_with_its_whole_interval(self):
        kinds = {f"{g}{k}": {"people": g} for g in "ab" for k in range(100)}
        refused = {path: path.startswith("a") and int(path[1:]) < 40 for path in kinds}
        lines = {line[1]: line for line in fairness.shares(refused, kinds)}
        self.assertEqual(lines["all"][2:4], (40, 200))
        self.assertTrue(lines["a"][-1])  # 40 of 100 [31, 50] beside a mean of 20 %
        self.assertFalse(lines["b"][-1])
        refused = {path: path.startswith("a") and int(path[1:]) < 3 for path in kinds}
        self.assertFalse({line[1]: line for line in fairness.shares(refused, kinds)}["a"][-1])

    def test_groups_are_read_from_the_files_own_name(self):
        self.assertEqual(fairness.members_of("27_1_3_2017.jpg"), {"sex": "female", "age": "age 18-29", "people": "Indian"})
        self.assertEqual(fairness.members_of("faces/x/0001.jpg"), {})

    def test_the_first_set_whose_members_are_all_there_speaks(self):
        question = dict(joined=[dict(members=[dict(name="a", weight=2), dict(name="b", weight=1)], bias=0),
                                dict(members=[dict(name="b", weight=1)], bias=0)])
        self.assertAlmostEqual(fairness.probability(question, {"a": 0.5, "b": -1}), 0.5)
        self.assertAlmostEqual(fairness.probability(question, {"b": 0}), 0.5)
        with self.assertRaises(SystemExit):
            fairness.probability(question, {"a": 1})

    def test_files_are_chosen_evenly(self):
        self.assertEqual(choose.evenly([f"{k:02}" for k in range(10)], 5), ["00", "02", "04", "06", "08"])
        self.assertEqual(choose.evenly(["b", "a"], 5), ["a", "b"])


class Shipping(unittest.TestCase):
    def test_the_program_cuts_what_training_saw(self):
        rule, cut, side = VIEWS["around"]
        self.assertAlmostEqual(ship.seen(rule, cut, side)["scale"], 2.7, places=4)
        rule, cut, side = VIEWS["face"]
        points = ship.seen(rule, cut, side)["points"]
        given = json.loads((Path(__file__).parents[1] / "rules" / "forgery.json").read_text())["crop"]["points"]
        self.assertLess(np.abs(np.array(points) - np.array(given)).max(), 1e-4)

    def test_the_mean_of_the_seeds_is_one_layer(self):
        net = heads.Heads(np.zeros(10), np.ones(10), seeds=3, hidden=5).eval()
        with torch.no_grad():
            net.bias.copy_(torch.tensor([0.1, 0.2, 0.6]))
        x = torch.randn(4, 10)
        one = ship.Shipped(torch.nn.Identity(), net).eval()
        with torch.inference_mode():
            self.assertLess((one(x)[:, 0] - net(x).mean(1)).abs().max(), 1e-5)

    def test_what_no_head_looks_at_is_not_measured(self):
        torch.manual_seed(0)
        size = sum(count for _, count in layout(heads.REGIONS["face"], **heads.STATISTICS))
        net = heads.Heads(np.zeros(size), np.ones(size)).eval()
        place = 0
        for name, count in layout(heads.REGIONS["face"], **heads.STATISTICS):
            net.leave_out(np.isin(np.arange(size), np.arange(place, place + count)) & (name in ("colour", "tone")))
            place += count
        whole, small = ship.Shipped(stem_of("face", None), net).eval(), ship.looked_at("face", None, net)
        small.features.load_state_dict(whole.features.state_dict(), strict=False)
        x = torch.rand(2, 3, 160, 160) * 2 - 1
        with torch.inference_mode():
            self.assertLess((whole(x) - small(x)).abs().max(), 1e-4)
        self.assertEqual(small.features.size, size - (3 + 5) * heads.REGIONS["face"])

    def test_halved_weights_say_nearly_the_same_and_the_check_is_of_them(self):
        class Small(torch.nn.Module):
            def __init__(self):
                super().__init__()
                self.layer = torch.nn.Linear(3 * 16 * 16, 4)
                self.last = torch.nn.Linear(4, 1)

            def forward(self, x):
                return self.last(torch.relu(self.layer(x.flatten(1))))

        torch.manual_seed(0)
        with tempfile.TemporaryDirectory() as folder:
            place = Path(folder) / "small"
            ship.write(Small().eval(), place, "spoof", dict(kind="box", width=16, height=16, scale=1.0), (1.0, 0.0))
            before, size = json.loads((place / "check.json").read_text())["logit"], (place / "small.onnx").stat().st_size
            ship.halved(place)
            after, manifest = json.loads((place / "check.json").read_text())["logit"], json.loads((place / "manifest.json").read_text())
            self.assertLess((place / "small.onnx").stat().st_size, 0.75 * size)
            self.assertEqual(manifest["sha256"], hashlib.sha256((place / "small.onnx").read_bytes()).hexdigest())
        self.assertLess(abs(after - before), 0.01)

    def test_limits_rise_with_the_policy(self):
        scores = scores_table()
        with tempfile.TemporaryDirectory() as folder:
            for name in ship.NAMES.values():
                (Path(folder) / name).mkdir()
                (Path(folder) / name / "manifest.json").write_text(json.dumps(dict(sha256="0" * 64)))
            found = ship.calibration(scores, Path(folder))
        self.assertEqual(len(found["joined"]), 3)
        for word in ("suspect", "fake"):
            self.assertGreaterEqual(found["limits"]["low"][word], found["limits"]["high"][word])
        for policy in found["limits"].values():
            self.assertGreaterEqual(policy["fake"], policy["suspect"])
        values = list(found["live_quantiles"].values())
        self.assertEqual(values, sorted(values))


if __name__ == "__main__":
    unittest.main()
