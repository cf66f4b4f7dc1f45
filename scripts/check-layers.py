#!/usr/bin/env python3
"""Fails when a module imports sideways or upwards.

    scripts/check-layers.py              check the package
    scripts/check-layers.py --self-test  show that the check can fail

Reads what Package.swift really declares (`swift package dump-package`). Together with the build option
`--explicit-target-dependency-import-check error`, which refuses an import that is not declared, it keeps the layers of
docs/overview.md true. Every module must stand in LAYERS: a new one is placed on purpose or the check fails.
"""

import json
import pathlib
import subprocess
import sys

# A module may use modules of lower layers only. The first list is layer -1: what C of layer 0 is written with.
LAYERS = [
    ["CSeccomp"],
    ["CV4L2", "CV4LConvert", "CPipeWire", "CDBus", "CSDL2", "CTurboJPEG", "CFFmpeg", "CFence", "CX11", "CSQLite", "CPostgres", "CPNG",
     "CKernels", "COpenBLAS"],
    ["Quantities", "Surroundings", "JSON"],
    ["Imaging", "Observations", "ModelFormats", "Calibration", "LogProofs", "Launching"],
    ["Capture", "Inference", "LogFiles", "Wording"],
    ["Faces", "Liveness", "Hearing", "FaceScoring", "Decision", "Overlay", "AuditLog", "Evaluation"],
    ["Pipeline", "Monitoring", "Reports", "Display", "IdentityCheck", "LogShipping"],
    ["Simulation", "VigilTesting", "Serving"],
    ["vigil", "vigil-verify", "vigil-ship", "vigil-server", "vigil-lab"],
]
LAYER_OF = {name: layer for layer, names in enumerate(LAYERS, -1) for name in names}


def dependencies(target):
    """The names of modules of this package that a target of dump-package uses."""
    for dependency in target["dependencies"]:
        for kind in ("byName", "target"):
            if kind in dependency:
                yield dependency[kind][0]


def problems(package):
    targets = {t["name"]: t for t in package["targets"]}
    found = []
    for name, target in targets.items():
        if target["type"] == "test":
            continue
        if name not in LAYER_OF:
            found.append(f"{name}: in no layer; place it in scripts/check-layers.py")
            continue
        for used in dependencies(target):
            if used not in targets:
                continue
            if used not in LAYER_OF:
                found.append(f"{name}: uses {used}, which is in no layer")
            elif LAYER_OF[used] >= LAYER_OF[name]:
                way = "sideways" if LAYER_OF[used] == LAYER_OF[name] else "upwards"
                found.append(
                    f"{name} (layer {LAYER_OF[name]}) imports {used} (layer {LAYER_OF[used]}): {way}; "
                    "move the shared part to a lower layer")
    return found


def self_test():
    def package(name, *used):
        names = {name, *used}
        return {"targets": [
            {"name": n, "type": "regular", "dependencies": [{"byName": [u, None]} for u in used] if n == name else []}
            for n in sorted(names)]}

    cases = [
        (package("Liveness", "Quantities"), 0), (package("Liveness", "Decision"), 1), (package("Quantities", "Surroundings"), 1),
        (package("Imaging", "Capture"), 1), (package("Nowhere"), 1), (package("vigil", "Pipeline", "Quantities"), 0),
    ]
    for given, expected in cases:
        if len(problems(given)) != expected:
            sys.exit(f"check-layers: self-test failed on {given}: {problems(given)}")
    print(f"check-layers: self-test, {len(cases)} cases passed")


def main():
    if sys.argv[1:] == ["--self-test"]:
        self_test()
        return
    root = pathlib.Path(__file__).resolve().parent.parent
    dump = subprocess.run(["swift", "package", "dump-package"], cwd=root, capture_output=True, text=True)
    if dump.returncode != 0:
        sys.exit(f"check-layers: swift package dump-package failed: {dump.stderr.strip()}")
    package = json.loads(dump.stdout)
    found = problems(package)
    for line in found:
        print(f"check-layers: {line}", file=sys.stderr)
    if found:
        sys.exit(1)
    count = sum(t["type"] != "test" for t in package["targets"])
    print(f"check-layers: {count} modules in {len(LAYERS)} layers, no import sideways or upwards")


if __name__ == "__main__":
    main()
