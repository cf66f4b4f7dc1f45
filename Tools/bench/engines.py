#!/usr/bin/env python3
"""Compares this engine with LiteRT (XNNPACK) and ONNX Runtime on the same files, interleaved in the same minutes.

Makes a virtual environment with pinned wheels on first use (.venv-engines), writes the ONNX networks
(make_networks.py), then for each network and 1 and 2 threads: the same pseudo-random input for all, the largest
difference of the outputs relative to the largest output, and the median time of rounds in which the engines take turns.
Each round of each engine is a burst of runs; the first of a burst is not counted (it warms the caches again).

With --both each network is also given to the engine of the other format, converted by convert_networks.py in an
environment of its own (TensorFlow and tf2onnx, once); the ratio is to the faster of the two.

With --faces FOLDER the inputs of networks that take pictures are pictures from that folder instead, scaled to the
network's size, and only differences are printed: of the outputs, and of what goes into a last sigmoid or softmax, which
could hide them.

With --isa avx2 all engines are limited to AVX2 on a processor that has AVX-512: ours by VIGIL_ISA, OpenBLAS by its core
type, the others by copies of their libraries in which the instruction XGETBV, by which they ask what the system saves of
the registers, answers "no 512-bit ones" (three bytes each; the wheels have no switch for it). With --isa baseline only ours
is limited: the others' loops for processors without AVX cannot be asked for that way.

With one thread, --work compares processor time instead of elapsed time: on a machine where other programs run, that
is the fairer number. (With several threads it would not count the helpers.)

Usage: engines.py [--work] [--both] [--isa avx2] [--faces FOLDER] [--rounds 15] [--only TEXT] [--threads 1,2] [--server PATH]
"""
import argparse
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import venv

ROOT = pathlib.Path(__file__).resolve().parents[2]
PINNED = ["ai-edge-litert==2.3.0", "onnxruntime==1.31.1", "onnx==1.23.2", "numpy==2.4.6", "pillow==13.0.0"]
CONVERTERS = ["tensorflow-cpu==2.21.0", "tf2onnx==1.17.0"]
WORK = "--work" in sys.argv
ISA = sys.argv[sys.argv.index("--isa") + 1] if "--isa" in sys.argv else ""
FULL = ROOT / ".venv-engines"
HOME = FULL if ISA != "avx2" else ROOT / ".venv-engines-avx2"

os.environ["OPENBLAS_NUM_THREADS"] = "1"
if ISA:
    os.environ["VIGIL_ISA"] = ISA
# OpenBLAS does not know every recent core and would fall back to kernels of half the width.
if ISA == "avx2":
    os.environ["OPENBLAS_CORETYPE"] = "Haswell"
elif "avx512f" in pathlib.Path("/proc/cpuinfo").read_text():
    os.environ.setdefault("OPENBLAS_CORETYPE", "SkylakeX")


def without_wide_registers(home):
    """A copy of the environment whose engines find no 512-bit registers."""
    shutil.copytree(FULL, home, symlinks=True)
    xgetbv, answer = bytes.fromhex("0f01d0"), bytes.fromhex("b00790")  # mov al, 7 (x87, SSE, AVX); nop
    for folder in ("ai_edge_litert", "onnxruntime"):
        for library in home.glob(f"lib/python*/site-packages/{folder}/**/*.so*"):
            code = library.read_bytes()
            if xgetbv in code:
                library.write_bytes(code.replace(xgetbv, answer))
                print(f"limited {library.name}: {code.count(xgetbv)} places")


def enter_environment():
    """Runs this script again inside the virtual environment with the pinned wheels."""
    if pathlib.Path(sys.prefix) == HOME:
        return
    if not (FULL / "bin" / "python").exists():
        print(f"making {FULL.name} with {', '.join(PINNED)}")
        venv.create(FULL, with_pip=True)
        subprocess.run([FULL / "bin" / "python", "-m", "pip", "install", "--quiet", *PINNED], check=True)
    if not HOME.exists():
        without_wide_registers(HOME)
    python = HOME / "bin" / "python"
    os.execv(python, [str(python), *sys.argv])


def converted(paths):
    """Copies of the networks in the other format, by the name of the network; made once, in their own environment."""
    home, folder = ROOT / ".venv-convert", FULL / "converted"
    if not folder.exists():
        if not (home / "bin" / "python").exists():
            print(f"making {home.name} with {', '.join(CONVERTERS)}")
            venv.create(home, with_pip=True)
            subprocess.run([home / "bin" / "python", "-m", "pip", "install", "--quiet", *CONVERTERS], check=True)
        script = ROOT / "Tools" / "bench" / "convert_networks.py"
        subprocess.run([home / "bin" / "python", script, folder, *paths], check=True, stderr=subprocess.DEVNULL)
    return {path.stem: path for path in folder.iterdir()}


class Ours:
    name = "ours"

    def __init__(self, server):
        self.process = subprocess.Popen([server, "models", "serve"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

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


def channels_last(shape):
    return [shape[0], shape[2], shape[3], shape[1]]


def engines(path, threads, other_format):
    """The engine of the file's own format, and that of its converted copy when there is one."""
    kinds = {".tflite": LiteRT, ".onnx": OnnxRuntime}
    own = kinds[path.suffix](path, threads)
    copy = other_format.get(path.stem)
    return [own] + ([kinds[copy.suffix](copy, threads)] if copy else [])


def feed(others, inputs):
    """The same input for all; pictures in the order of axes that each one wants."""
    for engine in others:
        turned = []
        for value, shape in zip(inputs, engine.shapes()):
            if list(value.shape) != list(shape):
                order = (0, 2, 3, 1) if channels_last(value.shape) == list(shape) else (0, 3, 1, 2)
                value = value.transpose(order).copy()
            turned.append(value)
        engine.set(turned)


def difference(mine, theirs):
    """Largest difference relative to the output's largest magnitude, over all outputs."""
    import numpy as np
    return max(float(np.abs(mine[n] - v).max() / max(np.abs(v).max(), 1e-6)) for n, v in theirs.items())


def compare(path, threads, ours, rounds, folder, other_format):
    import numpy as np
    others = engines(path, threads, other_format)
    random = np.random.default_rng(11)
    inputs = [random.uniform(-1, 1, shape).astype(np.float32) for shape in others[0].shapes()]
    if "blendshapes" in path.stem:
        inputs = [value * 50 + 100 for value in inputs]
    feed(others, inputs)
    ours.load(path, threads, inputs, folder)
    ours.burst(1)
    theirs = others[0].outputs()
    worst = difference(ours.outputs(len(theirs), folder), theirs)
    for copy in others[1:]:
        # The copy computes the same: the same set of numbers, whatever its outputs are called.
        a, b = (np.sort(np.concatenate(list(engine.outputs().values()))) for engine in (others[0], copy))
        if a.shape != b.shape or np.abs(a - b).max() > 1e-3 * np.abs(a).max():
            raise RuntimeError("the converted copy gives other results")
    once = min(others[0].burst(5))
    runs = int(min(max(30 / once, 3), 200)) + 1
    medians = {engine: [] for engine in [ours, *others]}
    for _ in range(rounds):
        for engine in medians:
            # The helpers of the one before look for work for milliseconds more; they must not take a core now.
            time.sleep(.08)
            engine.burst(2)
            medians[engine].append(statistics.median(engine.burst(runs)[1:]))
    best = min(others, key=lambda engine: statistics.median(medians[engine]))
    ratio = statistics.median(a / b for a, b in zip(medians[ours], medians[best]))
    return {engine.name: statistics.median(times) for engine, times in medians.items()}, best.name, ratio, worst


def weight_bytes(path):
    """Bytes of weights that one run reads, as 32-bit floats."""
    if path.suffix == ".onnx":
        import onnx
        return sum(4 * int(_product(w.dims)) for w in onnx.load(str(path)).graph.initializer)
    from ai_edge_litert.interpreter import Interpreter
    interpreter = Interpreter(str(path))
    sizes = 0
    for entry in interpreter.get_tensor_details():
        # 16-bit weights are named once as they are and once widened.
        if str(entry["dtype"]).count("float16"):
            sizes += 4 * int(_product(entry["shape"]))
    return sizes or path.stat().st_size


def _product(shape):
    result = 1
    for size in shape:
        result *= int(size)
    return result


def with_logits(path, folder):
    """The ONNX network with what goes into its last sigmoid or softmax as further outputs."""
    import onnx
    model = onnx.load(str(path))
    last = {node.output[0]: node for node in model.graph.node if node.op_type in ("Sigmoid", "Softmax")}
    for output in list(model.graph.output):
        if output.name in last:
            model.graph.output.append(
                onnx.helper.make_tensor_value_info(last[output.name].input[0], onnx.TensorProto.FLOAT, None))
    target = pathlib.Path(folder) / path.name
    onnx.save(model, str(target))
    return target


def pictures(folder, count):
    """`count` pictures spread over the folder, in a fixed order."""
    from PIL import Image
    files = sorted(p for p in pathlib.Path(folder).rglob("*") if p.suffix.lower() in (".jpg", ".jpeg", ".png"))
    step = max(1, len(files) // count)
    return [Image.open(file).convert("RGB") for file in files[::step][:count]]


def compare_faces(path, ours, folder, faces):
    """Largest difference over all pictures, and which output of the last had it; None for networks without a picture."""
    import numpy as np
    own = with_logits(path, folder) if path.suffix == ".onnx" else path
    other = engines(own, 1, {})[0]
    shape = list(other.shapes()[0])
    last = shape[-1] == 3
    if len(shape) != 4 or not (last or shape[1] == 3):
        return None
    height, width = shape[1:3] if last else shape[2:]
    worst = 0
    for face in faces:
        value = np.asarray(face.resize((width, height)), np.float32)[None] / 127.5 - 1
        value = np.ascontiguousarray(value if last else value.transpose(0, 3, 1, 2))
        other.set([value])
        ours.load(own, 1, [value], folder)
        ours.burst(1)
        theirs = other.outputs()
        worst = max(worst, difference(ours.outputs(len(theirs), folder), theirs))
    return worst


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--work", action="store_true")
    parser.add_argument("--both", action="store_true")
    parser.add_argument("--isa", default="", choices=["", "avx2", "baseline"])
    parser.add_argument("--faces", default="")
    parser.add_argument("--pictures", type=int, default=20)
    parser.add_argument("--only", default="")
    parser.add_argument("--threads", default="1,2")
    parser.add_argument("--server", default=str(ROOT / ".build" / "release" / "vigil-lab"))
    arguments = parser.parse_args()
    models = pathlib.Path(os.environ.get("VIGIL_MODELS", ROOT / "Models" / "third-party"))
    generated = FULL / "networks"
    if not generated.exists():
        subprocess.run([sys.executable, ROOT / "Tools" / "bench" / "make_networks.py", generated], check=True)
    paths = sorted(models.glob("*.tflite")) + sorted(generated.glob("*.onnx"))
    paths += sorted((ROOT / "Models").glob("*.onnx"))
    paths = [path for path in paths if arguments.only in path.name]
    ours = Ours(arguments.server)
    if arguments.faces:
        faces = pictures(arguments.faces, arguments.pictures)
        print(f"largest difference over {len(faces)} pictures, relative to an output's largest magnitude")
        with tempfile.TemporaryDirectory() as folder:
            for path in paths:
                worst = compare_faces(path, ours, folder, faces)
                print(f"{path.name:44} " + ("takes no picture" if worst is None else f"{worst:.1e}"), flush=True)
        return
    other_format = converted(paths) if arguments.both else {}
    (sgemm, copying), peak = limits(), float(ours.ask("peak"))
    print(f"one core, measured: {peak:.0f} GFLOP/s at most, SGEMM {sgemm:.0f} GFLOP/s (OpenBLAS, "
          f"1024 x 1024), copying {copying:.1f} GB/s")
    if WORK:
        arguments.threads = "1"
    print("milliseconds of " + ("processor time" if WORK else "elapsed time") + ", medians of interleaved rounds")
    print(f"{'network':44} thr  {'ours':>8} {'LiteRT':>8} {'ORT':>8}  ratio  largest diff  load  arena/live        "
          "of peak  of SGEMM  of band   products/depthwise/rest")
    with tempfile.TemporaryDirectory() as folder:
        for path in paths:
            for threads in map(int, arguments.threads.split(",")):
                try:
                    times, _, ratio, worst = compare(path, threads, ours, arguments.rounds, folder, other_format)
                except RuntimeError as error:
                    print(f"{path.name:44} {threads:3}  {error}")
                    break
                operations, shares = ours.shares()
                mine, bytes_read = times["ours"], weight_bytes(path)
                arena = f"{int(ours.arena) / 1024:.0f} KiB x{int(ours.arena) / max(int(ours.live), 1):.2f}"
                print(f"{path.name:44} {threads:3}  {mine:8.3f} "
                      + " ".join(f"{times[n]:8.3f}" if n in times else f"{'-':>8}" for n in ("LiteRT", "ONNX Runtime"))
                      + f"  {ratio:5.2f}  {worst:12.1e}  {ours.load_ms:5.1f}  {arena:18} "
                      + f"{operations / mine / 1e6 / peak / threads:6.0%}  {operations / mine / 1e6 / sgemm / threads:7.0%} "
                      + f"{bytes_read / mine / 1e6 / copying:7.0%}   "
                      + "/".join(f"{share:.0%}" for share in shares.values()), flush=True)


enter_environment()
main()
