"""Checks of the comparison of the program's risk with the network alone."""

import json
import math
import os
import stat
import tempfile
import unittest
from pathlib import Path
from types import SimpleNamespace

from vigil_training import through

RULES = {"swap-A": [("group", "a")], "out-X": [("origin", "X")], "panel": [("group", "p")]}


def file(name, label, group, origin="S"):
    return dict(path="/d/" + name, name=name, label=label, group=group, kind="", origin=origin)


def answer(path, network, risk, word, alive=0.8, spoof=0.1):
    reasons = [dict(cue="liveness", value=alive, against=False)]
    track = dict(id=1, frames=9, verdict=word, risk=risk, reasons=reasons, forgery=dict(probability=network),
                 spoof=dict(probability=spoof))
    return dict(path=path, verdict=word, risk=risk, tracks=[track], duration_s=2.0)


class Sorting(unittest.TestCase):
    def test_a_fold_tests_what_it_holds_and_a_generator_against_the_panel(self):
        files = [file("a1", 1, "a"), file("b1", 1, "b"), file("x1", 1, "x", "X"), file("x0", 0, "x", "X"),
                 file("p0", 0, "p"), file("p1", 1, "p")]
        found = {fold: [f["name"] for f in some] for fold, some in through.tests(files, RULES).items()}
        self.assertEqual(found, {"swap-A": ["a1"], "out-X": ["x1", "x0", "p0"]})

    def test_labels_of_the_table(self):
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, "LABELS.tsv").write_text("path\tlabel\tgroup\nclips/X/real/1\treal\tg\nclips/X/fake/1\tfake\tg\n"
                                                  "clips/X/2\tcomposite\tg\neyes/X/3\treal\tg\n")
            found = through.rows(Path(folder), ("clips/",))
        self.assertEqual([(f["name"], f["label"], f["origin"]) for f in found],
                         [("clips/X/real/1", 0, "X"), ("clips/X/fake/1", 1, "X")])


class Figures(unittest.TestCase):
    def samples(self):
        cells = [("c/real/1", 0, 0.2, 0.5, "live"), ("c/fake/1", 1, 0.7, 0.4, "fake"), ("c/real/2", 0, 0.3, 0.3, "fake"),
                 ("c/fake/2", 1, 0.4, 0.6, "suspect")]
        return [through.sample(file(n, y, n), answer("/d/" + n, p, r, w)) for n, y, p, r, w in cells]

    def test_network_and_risk_side_by_side(self):
        e = through.figures(self.samples(), 0.65)
        self.assertEqual((e["fake"], e["real"], e["unscored"]), (2, 2, 0))
        self.assertEqual(e["scores"]["network"]["auc"], 1.0)
        self.assertEqual(e["scores"]["risk"]["auc"], 0.75)
        self.assertEqual((e["scores"]["network"]["above"], e["scores"]["risk"]["above"], e["scores"]["risk"]["pairs"]), (2, 1, 2))
        self.assertEqual(e["network_calls"], [0, 1])
        self.assertEqual(e["words"], dict(live=[1, 0], undecided=[0, 0], suspect=[0, 1], fake=[1, 1]))
        text = through.markdown({"swap-A": e})
        self.assertIn("| 2, 1 of 2 |", text)
        self.assertIn("1.000", text)

    def test_the_risk_from_its_parts(self):
        s = self.samples()[0]
        self.assertAlmostEqual(through.joined(s, ("network", "spoof", "life")), 1 - 0.8 * 0.9 * 0.8)
        self.assertAlmostEqual(through.joined(dict(s, alive=math.nan), ("network", "life")), 0.2)

    def test_what_was_not_measured_is_counted(self):
        none = through.sample(file("c/real/3", 0, "g"), dict(path="x", verdict="undecided", tracks=[]))
        e = through.figures([*self.samples(), none], 0.65)
        self.assertEqual((e["real"], e["unscored"]), (2, 1))

    def test_false_alarms_a_minute(self):
        low, high = through.poisson_interval(2)
        self.assertAlmostEqual(low, 0.242209, 4)
        self.assertAlmostEqual(high, 7.224688, 4)
        self.assertEqual(through.poisson_interval(0)[0], 0)
        real = dict(self.samples()[0], seconds=90.0, alarms=1, warnings=2)
        text = through.alarms({"swap-A": [real], "out-X": [real, dict(real, label=1)]})
        self.assertIn("1 real recordings, 1.50 minutes", text)
        self.assertIn("| fake began | 1 | 0.67 [0.02, 3.71] | 1 of 1", text)
        self.assertIn("| suspect or fake began | 2 |", text)
        self.assertEqual(through.alarms({"swap-A": [dict(real, seconds=0.0)]}), "")

    def test_calibration_counts_a_file_once(self):
        said = [dict(s, network=float(s["label"]), risk=0.5) for s in self.samples()]
        text = through.calibration({"swap-A": said, "out-X": said, "out-DeepFaceLive": self.samples()})
        self.assertIn("4 files: network 0.000, risk 0.000", text)
        wrong = through.calibration({"swap-A": [dict(s, network=0.99) for s in said]})
        self.assertIn("network 0.490", wrong)

    def test_the_fold_of_all_live_swaps_counts_last(self):
        self.assertEqual(through.ordered(["out-DeepFaceLive", "out-ghost", "swap-B"]), ["swap-B", "out-ghost", "out-DeepFaceLive"])

    def test_words_by_origin_count_a_file_once(self):
        some = self.samples()
        text = through.kinds({"out-X": some, "swap-A": some[:2]})
        self.assertIn("| S, real: 2 | 1 | 0 | 0 | 1 | 0.25, 0.40 |", text)
        self.assertIn("| S, fake: 2 | 0 | 0 | 1 | 1 | 0.55, 0.50 |", text)

    def test_pictures_have_no_signs_of_life(self):
        e = through.figures([dict(s, alive=math.nan) for s in self.samples()], 0.65)
        self.assertTrue(math.isnan(e["scores"]["no life"]["auc"]))
        self.assertEqual(e["scores"]["network"]["auc"], 1.0)

    def test_the_worst_track_decides(self):
        tracks = [dict(id=1, frames=90, verdict="live"), dict(id=2, frames=5, verdict="suspect")]
        self.assertEqual(through.deciding(dict(tracks=tracks))["id"], 2)
        tracks[1]["verdict"] = "live"
        self.assertEqual(through.deciding(dict(tracks=tracks))["id"], 1)


class Program(unittest.TestCase):
    def test_own_files_come_first_and_answers_are_kept(self):
        with tempfile.TemporaryDirectory() as folder:
            base = Path(folder)
            (base / "folds/swap-A/Models/forgery-x").mkdir(parents=True)
            (base / "folds/swap-A/Calibration").mkdir()
            (base / "folds/swap-A/Calibration/scores.json").write_text('{"schema": 1, "forgery": "own"}')
            place = through.Place(base / "folds/swap-A")
            scores = json.loads((place.calibration / "scores.json").read_text())
            self.assertEqual(scores["forgery"], "own")
            self.assertIn("limits", scores["spoof"])
            self.assertEqual((base / "folds/swap-A/Calibration/scores.json").read_text(), '{"schema": 1, "forgery": "own"}')
            self.assertTrue((place.calibration / "default.json").exists())
            networks = sorted(p.name for p in place.networks.iterdir())
            self.assertIn("forgery-x", networks)
            self.assertNotIn("forgery-spatial", networks)
            self.assertTrue((place.networks / "spoof-face").exists())
            other = base / "spoof-face"
            other.mkdir()
            (other / "manifest.json").write_text('{"sha256": "new"}')
            lent = through.Place(base / "folds/swap-A", spoof=other)
            self.assertEqual((lent.networks / "spoof-face").resolve(), other.resolve())
            members = json.loads((lent.calibration / "scores.json").read_text())["spoof"]["joined"][0]["members"]
            self.assertEqual([m["sha256"] for m in members if m["name"] == "spoof-face"], ["new"])
            program = base / "vigil"
            line = json.dumps(answer("@", 0.2, 0.3, "live"))
            program.write_text(f"#!/bin/sh\necho run >> {base}/runs\nwhile read p; do echo '{line}' | sed \"s|@|$p|\"; done\n")
            os.chmod(program, program.stat().st_mode | stat.S_IXUSR)
            options = SimpleNamespace(out=base, policy="standard", folds=base / "folds", vigil=program, models="m", spoof=None)
            files = [file("1", 0, "a"), file("2", 1, "a")]
            first = through.judged(options, "swap-A", files)
            again = through.judged(options, "swap-A", files)
            self.assertEqual(first, again)
            self.assertEqual(set(first), {"/d/1", "/d/2"})
            self.assertEqual((base / "runs").read_text(), "run\n")


if __name__ == "__main__":
    unittest.main()
