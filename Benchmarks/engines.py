#!/usr/bin/env python3
"""Compares this engine with LiteRT (XNNPACK) and ONNX Runtime on the same files, interleaved in the same minutes.

Makes a virtual environment with pinned wheels on first use (.venv-engines), writes the ONNX networks
(make_networks.py), then for each network and 1 and 2 threads: the same pseudo-random input for all, the largest
difference of the outputs relative to the largest output, and the median time of rounds in which the engines take turns.
Each round of each engine is a burst of runs; the first of a burst is not counted (it warms the caches again).

With one thread, --work compares processor time instead of elapsed time: on a machine where other programs run, that
is the fairer number. (With several threads it would not count the helpers.)

Usage: engines.py [--work] [--rounds 15] [--only TEXT] [--threads 1,2] [--server PATH]
"""
import argparse
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time
import venv

ROOT = pathlib.Path(__file__).resolve().parent.parent
PINNED = ["ai-edge-litert==2.3.0", "onnxruntime==1.31.1", "onnx==1.23.2", "numpy==2.4.6"]
WORK = "--work" in sys.argv
HOME = ROOT / ".venv-engines"


os.environ["OPENBLAS_NUM_THREADS"] = "1"
# OpenBLAS does not know every recent core and would fall back to kernels of half the width.
if "avx512f" in pathlib.Path("/proc/cpuinfo").read_text():
    os.environ.setdefault("OPENBLAS_CORETYPE", "SkylakeX")


def enter_environment():
    """Runs this script again inside the virtual environment with the pinned wheels."""
    python = HOME / "bin" / "python"
    if pathlib.Path(sys.prefix) == HOME:
        return
    if not python.exists():
        print(f"making {HOME.name} with {', '.join(PINNED)}")
        venv.create(HOME, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *PINNED], check=True)
    os.execv(python, [str(python), *sys.argv])


class Ours:
    name = "ours"

    def __init__(self, server):
        self.process = subprocess.Popen([server, "serve"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline().strip()
        if answer.startswith("error"):
            raise RuntimeError(answer)
        return answer

    def load(self, path, threads, inputs, folder):
        _, first, _, _ = self.ask(f"load {threads} {path}").split()
        _, warm, self.arena, self.live = self.ask(f"load {threads} {path}").split()
        self.load_ms = int(warm) / 1e6
        for index, value in enumerate(inputs):
            file = pathlib.Path(folder) / "input.raw"
            value.tofile(file)
            self.ask(f"input {index} {file}")

    def burst(self, runs):
        return [int(t) / 1e6 for t in self.ask(f"{'work' if WORK else 'run'} {runs}").split()]

    def shares(self):
        """Operations of one run, and the shares of its time in products, depthwise convolutions and the rest."""
        self.process.stdin.write("profile 40\n")
        self.process.stdin.flush()
        times, operations = {"products": 0, "depthwise": 0, "rest": 0}, 0
        while (line := self.process.stdout.readline().strip()) != "end":
            nanoseconds, count, name = line.split(" ", 2)
            kind = "depthwise" if name.startswith("depthwise") else "products" if int(count) else "rest"
            times[kind] += int(nanoseconds)
            operations += int(count)
        return operations, {kind: time / max(sum(times.values()), 1) for kind, time in times.items()}

    def outputs(self, count, folder):
        import numpy as np
        result = {}
        for index in range(count):
            file = pathlib.Path(folder) / "output.raw"
            name = self.ask(f"output {index} {file}").split(" ", 1)[1]
            result[name] = np.fromfile(file, np.float32)
        return result


def limits():
    """SGEMM of one thread of the OpenBLAS in numpy's wheel, in GFLOP/s, and copying in GB/s: bests of several."""
    import numpy as np
    a, best, fastest = np.ones((1024, 1024), np.float32), 1e9, 1e9
    b, c, d = a.copy(), np.zeros_like(a), np.ones(32 << 20, np.float32)
    e = np.zeros_like(d)
    for _ in range(30):
        start = time.perf_counter()
        np.matmul(a, b, out=c)
        best = min(best, time.perf_counter() - start)
    for _ in range(8):
        start = time.perf_counter()
        np.copyto(e, d)
        fastest = min(fastest, time.perf_counter() - start)
    return 2 * 1024 ** 3 / best / 1e9, 2 * d.nbytes / fastest / 1e9


def timed(run, count):
    clock = time.thread_time_ns if WORK else time.perf_counter_ns
    times = []
    for _ in range(count):
        start = clock()
        run()
        times.append((clock() - start) / 1e6)
    return times


class LiteRT:
    name = "LiteRT"

    def __init__(self, path, threads):
        from ai_edge_litert.interpreter import Interpreter
        self.interpreter = Interpreter(str(path), num_threads=threads)
        self.interpreter.allocate_tensors()
        self.details = self.interpreter.get_input_details()

    def shapes(self):
        return [[int(n) for n in entry["shape"]] for entry in self.details]

    def set(self, inputs):
        for entry, value in zip(self.details, inputs):
            self.interpreter.set_tensor(entry["index"], value)

    def burst(self, runs):
        return timed(self.interpreter.invoke, runs)

    def outputs(self):
        self.interpreter.invoke()
        return {entry["name"]: self.interpreter.get_tensor(entry["index"]).ravel()
                for entry in self.interpreter.get_output_details()}


class OnnxRuntime:
    name = "ONNX Runtime"

    def __init__(self, path, threads):
        import onnxruntime
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])

    def shapes(self):
        return [entry.shape for entry in self.session.get_inputs()]

    def set(self, inputs):
        self.feed = {entry.name: value for entry, value in zip(self.session.get_inputs(), inputs)}

    def burst(self, runs):
        return timed(lambda: self.session.run(None, self.feed), runs)

    def outputs(self):
        names = [entry.name for entry in self.session.get_outputs()]
        return {name: value.ravel() for name, value in zip(names, self.session.run(None, self.feed))}


def compare(path, threads, ours, rounds, folder):
    import numpy as np
    other = (LiteRT if path.suffix == ".tflite" else OnnxRuntime)(path, threads)
    random = np.random.default_rng(11)
    inputs = [random.uniform(-1, 1, shape).astype(np.float32) for shape in other.shapes()]
    if "blendshapes" in path.stem:
        inputs = [value * 50 + 100 for value in inputs]
    other.set(inputs)
    ours.load(path, threads, inputs, folder)
    ours.burst(1)
    theirs = other.outputs()
    mine = ours.outputs(len(theirs), folder)
    difference = max(
        float(np.abs(mine[name] - value).max() / max(np.abs(value).max(), 1e-6)) for name, value in theirs.items())
    once = min(other.burst(5))
    runs = int(min(max(30 / once, 3), 200)) + 1
    medians = {ours: [], other: []}
    for _ in range(rounds):
        for engine in (ours, other):
            medians[engine].append(statistics.median(engine.burst(runs)[1:]))
    mine, theirs = statistics.median(medians[ours]), statistics.median(medians[other])
    ratio = statistics.median(a / b for a, b in zip(medians[ours], medians[other]))
    return other.name, mine, theirs, ratio, difference, ours.shares()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--work", action="store_true")
    parser.add_argument("--only", default="")
    parser.add_argument("--threads", default="1,2")
    parser.add_argument("--server", default=str(ROOT / ".build" / "release" / "vigil-models"))
    arguments = parser.parse_args()
    models = pathlib.Path(os.environ.get("VIGIL_MODELS", ROOT / "Models" / "third-party"))
    generated = HOME / "networks"
    if not generated.exists():
        subprocess.run([sys.executable, ROOT / "Benchmarks" / "make_networks.py", generated], check=True)
    paths = sorted(models.glob("*.tflite")) + sorted(generated.glob("*.onnx"))
    paths += sorted((ROOT / "Models").glob("*.onnx"))
    ours = Ours(arguments.server)
    (sgemm, copying), peak = limits(), float(ours.ask("peak"))
    print(f"one core, measured: {peak:.0f} GFLOP/s at most, SGEMM {sgemm:.0f} GFLOP/s (OpenBLAS, "
          f"1024 x 1024), copying {copying:.1f} GB/s")
    if WORK:
        arguments.threads = "1"
    print("milliseconds of " + ("processor time" if WORK else "elapsed time") + ", medians of interleaved rounds")
    print(f"{'network':44} thr  {'ours':>8} {'other':>8}  ratio  largest diff  load  arena/live        "
          "of peak   products/depthwise/rest")
    with tempfile.TemporaryDirectory() as folder:
        for path in paths:
            if arguments.only not in path.name:
                continue
            for threads in map(int, arguments.threads.split(",")):
                try:
                    name, mine, theirs, ratio, difference, (operations, shares) = compare(
                        path, threads, ours, arguments.rounds, folder)
                except RuntimeError as error:
                    print(f"{path.name:44} {threads:3}  {error}")
                    break
                arena = f"{int(ours.arena) / 1024:.0f} KiB x{int(ours.arena) / max(int(ours.live), 1):.2f}"
                print(f"{path.name:44} {threads:3}  {mine:8.3f} {theirs:8.3f}  {ratio:5.2f}  {difference:12.1e}  "
                      f"{ours.load_ms:5.1f}  {arena:18} {operations / mine / 1e6 / peak / threads:6.0%}   "
                      + "/".join(f"{share:.0%}" for share in shares.values()) + f"  ({name})", flush=True)


enter_environment()
main()
