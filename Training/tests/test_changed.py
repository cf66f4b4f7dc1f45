"""Checks of the table of changed clips."""

import tempfile
import unittest
from pathlib import Path
from types import SimpleNamespace

from vigil_training import changed


def clip(name, label, group, origin):
    return dict(path="/d/" + name, name=name, label=label, group=group, kind="", origin=origin)


class Changed(unittest.TestCase):
    def test_each_clip_is_judged_once_by_a_fold_that_holds_it(self):
        files = [clip("clips/DeepFaceLive/real/a.mp4", 0, "dfl16", "DeepFaceLive"),
                 clip("clips/DeepFaceLive/fake/a.mp4", 1, "dfl16", "DeepFaceLive"),
                 clip("clips/DeepFaceLive/real/d.mp4", 0, "dfl06", "DeepFaceLive"),
                 clip("clips/EDTalk/fake/t.mp4", 1, "t", "EDTalk"), clip("clips/EDTalk/real/e.mp4", 0, "e", "EDTalk"),
                 clip("clips/x/real/hamilton.mp4", 0, "hamilton", "x")]
        found = {fold: [f["name"] for f in some] for fold, some in changed.assigned(files).items()}
        self.assertEqual(found["swap-A"], ["clips/DeepFaceLive/real/a.mp4", "clips/DeepFaceLive/fake/a.mp4"])
        self.assertEqual(found["swap-D"], ["clips/DeepFaceLive/real/d.mp4"])
        self.assertEqual(found["out-EDTalk"], ["clips/EDTalk/real/e.mp4"])
        self.assertEqual(sum(map(len, found.values())), 5)

    def test_figures_and_the_line(self):
        def one(name, label, value, fold="swap-A"):
            return dict(clip(f"c/{name}", label, name[-1], "o"), fold=fold, limit=0.6, value=value)
        judged = [one("real/1", 0, 0.2), one("fake/1", 1, 0.7), one("real/2", 0, 0.65), one("fake/2", 1, 0.5),
                  one("real/3", 0, 0.9, "out-EDTalk"), one("fake/4", 1, None)]
        e = changed.figures(judged)
        self.assertEqual((e["auc"], e["above"], e["pairs"]), (0.75, 1, 2))
        self.assertEqual((e["found"], e["fakes"], e["alarms"], e["real"], e["unscored"]), (1, 2, 2, 3, 1))
        self.assertIn("| 1 of 2 | 1 of 2 | 2 of 3", changed.line("none", e))

    def test_h264_is_done_before_and_the_rest_by_the_program(self):
        options = SimpleNamespace(vigil="v", policy="low", every=5, models="m")
        place = SimpleNamespace(networks="n", calibration="c")
        self.assertIn("--perturb blur:1", " ".join(changed.command(options, place, "blur:1", Path("f"), "s")))
        for change in ("none", "h264:23"):
            self.assertNotIn("--perturb", changed.command(options, place, change, Path("f"), "s"))

    def test_scores_of_files_with_one(self):
        with tempfile.TemporaryDirectory() as folder:
            table = Path(folder, "s.tsv")
            table.write_text("path\tprobability\nc/a.mkv\t0.25\nc/b.mkv\t\n")
            self.assertEqual(changed.probabilities(table), {"c/a": 0.25})


if __name__ == "__main__":
    unittest.main()
