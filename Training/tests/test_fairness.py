"""Checks of the table of false alarms by group."""

import math
import unittest

from vigil_training.fairness import groups, spoofed, tables
from vigil_training.familyfairness import counted

LIMITS = dict(standard=dict(suspect=0.5, fake=0.6))
RULES = dict(forgery=dict(joined=[], limits=LIMITS),
             spoof=dict(joined=[dict(bias=1.0, members=[dict(name="s", weight=2.0)])], limits=LIMITS))


def row(path, probability, spoof="-3"):
    return {"path": path, "probability": probability, "logit:s": spoof}


class Fairness(unittest.TestCase):
    def test_groups_of_a_name(self):
        self.assertEqual(groups("25_1_2_2017.jpg"), ["female", "age 18-29", "Asian"])
        self.assertEqual(groups("96_0_0_2017.jpg"), ["male", "age 60 and older", "White"])
        self.assertEqual(groups("39_1_20170116174525125.jpg"), ["female", "age 30-44"])
        self.assertEqual(groups("portrait.jpg"), [])

    def test_counts_by_group_and_what_had_no_face(self):
        names = {"a": "10_0_0_x", "b": "10_1_0_x", "c": "40_1_1_x"}
        found, without = tables([row("a", "0.7"), row("b", "0.2"), row("c", "0.61"), row("d", "", "")], names, RULES, "standard")
        self.assertEqual(without, 1)
        self.assertEqual((found["forgery"]["all"]["alarms"], found["forgery"]["all"]["pictures"]), (2, 3))
        self.assertEqual((found["forgery"]["White"]["alarms"], found["forgery"]["White"]["pictures"]), (1, 2))
        self.assertEqual(found["spoof"]["all"]["alarms"], 0)
        self.assertGreater(found["forgery"]["Black"]["high"], 0.9)

    def test_the_spoof_question_from_its_logits(self):
        self.assertAlmostEqual(spoofed(row("a", "0.7", "1.5"), RULES["spoof"]), 1 / (1 + math.exp(-4)))
        self.assertIsNone(spoofed(row("a", "0.7", ""), RULES["spoof"]))

    def test_suspect_and_fake_faces_are_counted_by_group(self):
        found = counted({"a": 0.55, "b": 0.7, "c": 0.1}, {"a": "25_1_2_x", "b": "25_0_2_x"}, LIMITS["standard"])
        self.assertEqual(found["all"], [3, 2, 1])
        self.assertEqual(found["Asian"], [2, 2, 1])
        self.assertEqual(found["female"], [1, 1, 0])


if __name__ == "__main__":
    unittest.main()
