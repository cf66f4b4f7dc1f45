"""What the parts of scripts/test-hostile.sh share: attacks are functions, each prints a line like a test of Swift's.

    from attacks import Part

    part = Part(__doc__)            # reads [--quick] BUILD_FOLDER

    @part.attack
    def a_forged_line_decides_nothing():
        part.demand(answer == "refused", f"the program answered {answer}")

    part.run()                      # exit code 1 when an attack succeeded
"""

import argparse
import pathlib
import sys
import time


class Succeeded(Exception):
    """An attack that was not held off."""


class Skipped(Exception):
    """An attack that cannot be tried on this machine; the text says why."""


class Part:
    """One part: its attacks in the order in which they were written, the folder of built programs, and the form."""

    def __init__(self, description):
        options = argparse.ArgumentParser(
            description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
        options.add_argument("--quick", action="store_true", help="the short form for CI")
        options.add_argument("build", nargs="?", default=".build/release", type=pathlib.Path)
        chosen = options.parse_args()
        self.quick, self.build = chosen.quick, chosen.build.resolve()
        self.name = pathlib.Path(sys.argv[0]).stem
        self.attacks = []

    def attack(self, function):
        self.attacks.append(function)
        return function

    def program(self, name="vigil"):
        """The path of a built program."""
        path = self.build / name
        if not path.is_file():
            raise Skipped(f"{path} is not built")
        return str(path)

    @staticmethod
    def demand(held, found):
        """Ends the attack as succeeded unless `held`; `found` says what was seen."""
        if not held:
            raise Succeeded(found)

    def run(self):
        failed = 0
        for attack in self.attacks:
            name = f"hostile_{self.name}_{attack.__name__}"
            started = time.monotonic()
            try:
                attack()
                outcome, words = "passed", ""
            except Skipped as reason:
                print(f"Test {name} skipped: {reason}", flush=True)
                continue
            except Exception as problem:  # noqa: BLE001: whatever ends an attack early is a failure that is printed
                outcome, words = "failed", f": {type(problem).__name__}: {problem}"
                failed += 1
            print(f"Test {name} {outcome} after {time.monotonic() - started:.3f} seconds{words}", flush=True)
        sys.exit(failed > 0)
