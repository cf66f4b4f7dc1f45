"""Checks of making files from clones: cd Training && python -m unittest discover -t . -s tests."""

import subprocess
import tempfile
import unittest
from pathlib import Path

import cv2
import numpy as np
from vigil_training import collect

HEAD = "path\tlabel\tkind\tgroup\trepository\tcommit\tobject\trotate\n"


class Collecting(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.root = Path(self.folder.name)
        clone = self.root / "clones" / "someone+thing"
        clone.mkdir(parents=True)
        picture = np.zeros((20, 30, 3), np.uint8)
        picture[:10] = 255
        cv2.imwrite(str(clone / "a.png"), picture)
        (clone / "b.txt").write_text("bytes\n")
        for command in (["init", "-q"], ["add", "."], ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "x"]):
            subprocess.run(["git", "-C", clone, *command], check=True)
        self.objects = {name: subprocess.run(["git", "-C", clone, "rev-parse", f"HEAD:{name}"], check=True, capture_output=True,
                                             text=True).stdout.strip() for name in ("a.png", "b.txt")}

    def table(self, *lines):
        path = self.root / "table.tsv"
        path.write_text(HEAD + "".join("\t".join(line) + "\n" for line in lines))
        return path

    def made(self, *lines):
        out = self.root / "out"
        return collect.collect(collect.rows_of(self.table(*lines)), self.root / "clones", out), out

    def test_files_are_the_objects_bytes_and_pictures_are_turned(self):
        missing, out = self.made(("pad/x/b.txt", "real", "live", "x", "someone/thing", "", self.objects["b.txt"], ""),
                                 ("pad/x/a.png", "attack", "print", "x", "someone/thing", "", self.objects["a.png"], "90"))
        self.assertEqual(dict(missing), {})
        self.assertEqual((out / "pad/x/b.txt").read_text(), "bytes\n")
        turned = cv2.imread(str(out / "pad/x/a.png"))
        self.assertEqual(turned.shape, (30, 20, 3))
        self.assertEqual(turned[15, 0].tolist(), [255] * 3)  # the upper half is now the left one
        self.assertEqual(turned[15, 19].tolist(), [0] * 3)

    def test_what_is_not_there_is_counted(self):
        missing, out = self.made(("a", "real", "live", "x", "someone/thing", "", "0" * 40, ""),
                                 ("b", "real", "live", "x", "no/body", "", "1" * 40, ""))
        self.assertEqual(dict(missing), {"someone/thing": 1, "no/body": 1})
        self.assertFalse((out / "a").exists())

    def test_what_is_there_is_left_alone(self):
        (self.root / "out").mkdir()
        (self.root / "out" / "b.txt").write_text("mine")
        _, out = self.made(("b.txt", "real", "live", "x", "someone/thing", "", self.objects["b.txt"], ""))
        self.assertEqual((out / "b.txt").read_text(), "mine")

    def test_paths_outside_and_broken_objects_are_refused(self):
        for path, name in (("../x", "0" * 40), ("/etc/x", "0" * 40), ("", "0" * 40), ("x", "--help"), ("x", "0" * 39 + "\n")):
            with self.assertRaises(SystemExit, msg=path):
                collect.rows_of(self.table((path, "real", "live", "x", "someone/thing", "", name, "")))


if __name__ == "__main__":
    unittest.main()
