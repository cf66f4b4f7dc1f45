#!/usr/bin/env python3
"""Writes the ONNX project's backend cases to a folder and runs our engine on them.

    python3 Tools/generate/onnx_backend.py OUT [--run PROGRAM]

The cases come from the PyPI wheel onnx==1.23.2 (1,884 node cases and the folders simple, pytorch-converted,
pytorch-operator and light); nothing of it is kept in the repository. Without the wheel the script says so and ends
with status 0, so that a machine without it can still run the other checks.
"""

import argparse
import pathlib
import shutil
import subprocess
import sys
import warnings

WANTED = "1.23.2"
FOLDERS = ("simple", "pytorch-converted", "pytorch-operator")
RTOL, ATOL = 1e-3, 1e-7


def write_tolerance(folder, rtol, atol):
    (folder / "tolerance.txt").write_text(f"{rtol} {atol}\n")


def message(value):
    """The tensor message of one input or output; None for a sequence or optional."""
    import numpy as np
    from onnx import TensorProto, numpy_helper
    if isinstance(value, TensorProto):
        return value
    if isinstance(value, (list, dict)) or value is None:
        return None
    return numpy_helper.from_array(np.asarray(value))


def write_node_cases(out):
    from onnx.backend.test.case.node import collect_testcases
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        cases = collect_testcases(None)
    for case in cases:
        folder = out / case.name
        folder.mkdir(parents=True)
        (folder / "model.onnx").write_bytes(case.model.SerializeToString())
        write_tolerance(folder, case.rtol, case.atol)
        for number, (inputs, outputs) in enumerate(case.data_sets):
            data = folder / f"test_data_set_{number}"
            data.mkdir()
            for kind, values in (("input", inputs), ("output", outputs)):
                for index, value in enumerate(values):
                    tensor = message(value)
                    if tensor is not None:
                        (data / f"{kind}_{index}.pb").write_bytes(tensor.SerializeToString())
    return len(cases)


def write_folder_cases(data, out):
    cases = [path.parent for path in sorted(data.glob("*/model.onnx"))]
    for case in cases:
        shutil.copytree(case, out / case.name)
        write_tolerance(out / case.name, RTOL, ATOL)
    return len(cases)


def write_light_cases(data, out):
    """Whole networks without weights: the input is a ramp, as onnx.backend.test.runner makes it."""
    import numpy as np
    import onnx
    from onnx import numpy_helper
    models = sorted(data.glob("*.onnx"))
    for path in models:
        folder = out / path.stem
        (folder / "test_data_set_0").mkdir(parents=True)
        shutil.copy(path, folder / "model.onnx")
        write_tolerance(folder, RTOL, ATOL)
        graph = onnx.load(path).graph
        constants = {t.name for t in graph.initializer}
        inputs = [i for i in graph.input if i.name not in constants]
        for index, value in enumerate(inputs):
            shape = tuple(d.dim_value for d in value.type.tensor_type.shape.dim)
            size = int(np.prod(shape))
            ramp = (np.arange(size).reshape(shape) / size).astype(np.float32)
            tensor = numpy_helper.from_array(ramp)
            (folder / "test_data_set_0" / f"input_{index}.pb").write_bytes(tensor.SerializeToString())
        shutil.copy(path.with_name(path.stem + "_output_0.pb"), folder / "test_data_set_0" / "output_0.pb")
    return len(models)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--run", help="program to run on the folder afterwards: PROGRAM cases OUT")
    options = parser.parse_args()
    try:
        import onnx
        import onnx.backend.test
    except ImportError:
        print(f"skipped: the Python package onnx=={WANTED} is not installed (pip install onnx=={WANTED})")
        return 0
    if onnx.__version__ != WANTED:
        print(f"skipped: onnx {onnx.__version__} is installed, the cases are pinned to {WANTED}")
        return 0
    if not (options.out / "done").exists():
        shutil.rmtree(options.out, ignore_errors=True)
        data = pathlib.Path(onnx.backend.test.__file__).parent / "data"
        counts = {"node": write_node_cases(options.out / "node")}
        for name in FOLDERS:
            counts[name] = write_folder_cases(data / name, options.out / name)
        counts["light"] = write_light_cases(data / "light", options.out / "light")
        (options.out / "done").touch()
        print("wrote " + ", ".join(f"{count} {name} cases" for name, count in counts.items()))
    return subprocess.run([options.run, "cases", str(options.out)]).returncode if options.run else 0


if __name__ == "__main__":
    sys.exit(main())
