#!/usr/bin/env python3
"""Names numbers that judge people and stand in code: they belong into Calibration/, with origin, date and metric.

    scripts/check-numbers.py              check; fails on a number that is neither structure nor listed
    scripts/check-numbers.py --list       every number found, also the listed ones
    scripts/check-numbers.py --self-test  show that the check can fail

Looks at Sources/Liveness, Sources/Decision and Sources/IdentityCheck/Challenge. Not counted: 0, 1 and 2, guards
against dividing by nothing (1e-6 and the like), indices in brackets and tuple members. What is left and may stay is
listed in scripts/numbers-in-code.tsv with its reason; a listed line that is gone is named too, so that the list never
grows old.
"""

import pathlib
import re
import sys

FOLDERS = ["Sources/Liveness", "Sources/Decision", "Sources/IdentityCheck/Challenge"]
LIST = "scripts/numbers-in-code.tsv"
NUMBER = re.compile(r"(?<![\w.])(\d[\d_]*(?:\.\d+)?(?:e-?\d+)?)(?!\w)")
STRUCTURE = re.compile(r"^(?:[012](?:\.0)?|1e-\d+)$")


def stripped(line):
    """The line without strings, comments, indices and tuple members."""
    line = re.sub(r'"(?:\\.|[^"\\])*"', '""', line)
    line = re.sub(r"//.*", "", line)
    line = re.sub(r"\.\.[.<]", " ~ ", line)
    line = re.sub(r"(?<=\w)\[\d+\]", "[]", line)
    return re.sub(r"\$\d+|(?<=\w)\.\d+\b(?!\s*\d)(?=[^\d])", "", line) if "$" in line or ")." in line else line


def found(text):
    """Lines of code with numbers that are no structure: (line number, code, numbers)."""
    for number, line in enumerate(text.splitlines(), 1):
        numbers = [n for n in NUMBER.findall(stripped(line)) if not STRUCTURE.match(n)]
        if numbers:
            yield number, " ".join(line.split()), numbers


def allowed(path):
    """The listed lines: {(file, code)}."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    rows = [line.split("\t") for line in lines if line and not line.startswith("#")]
    bad = [row for row in rows if len(row) != 3 or not row[2].strip()]
    if bad:
        sys.exit(f"{path}: each line is file, code and reason, with tabs between: {bad[0]}")
    return {(row[0], row[1]): row[2] for row in rows}


def check(root):
    listed = allowed(root / LIST)
    problems, seen = [], set()
    for folder in FOLDERS:
        for file in sorted((root / folder).glob("**/*.swift")):
            name = str(file.relative_to(root))
            for number, code, numbers in found(file.read_text(encoding="utf-8")):
                seen.add((name, code))
                if "--list" in sys.argv:
                    print(f"{name}:{number}: {', '.join(numbers)}: {listed.get((name, code), 'NOT LISTED')}")
                if (name, code) not in listed:
                    problems.append(
                        f"{name}:{number}: {', '.join(numbers)}: a number in code; read it from Calibration/, "
                        f"or list the line with its reason in {LIST}")
    problems += [f"{LIST}: {name}: no such line any more: {code}" for name, code in sorted(set(listed) - seen)]
    return problems, len(seen)


def self_test():
    cases = {
        "let limit = 0.85": ["0.85"], "guard share >= 0.5 else": ["0.5"], "x / 2 + 1 - 0.0": [],
        "abs(bend) > 1e-30": [], "points[45].y": [], "// seconds: 45": [], 'say("45 seconds")': [],
        "let band = 0.7...4.0": ["0.7", "4.0"], "for i in 0..<8": ["8"], "pow(0.55, recent)": ["0.55"], "SIMD2(x, 1_000)": ["1_000"],
        "let points68 = p": [], "pair.1": [],
    }
    for code, expected in cases.items():
        numbers = [n for _, _, all in found(code) for n in all]
        assert numbers == expected, (code, numbers, expected)
    print(f"check-numbers: {len(cases)} cases as they should be")


def main():
    if "--self-test" in sys.argv:
        return self_test()
    problems, lines = check(pathlib.Path(__file__).resolve().parent.parent)
    for problem in problems:
        print(f"check-numbers: {problem}", file=sys.stderr)
    if problems:
        sys.exit(1)
    print(f"check-numbers: {lines} lines with numbers, each listed with its reason")


if __name__ == "__main__":
    main()
