#!/usr/bin/env python3
"""Writes Tests/InferenceTests/Goldens/operators.json: what ONNX's own reference computes for small cases of operators.

Needs onnx and numpy (the versions are written into the file). Inputs come from a fixed seed; shapes are odd on purpose.
The ONNX project's backend cases (`make test-onnx`) are far more; these are in the repository and always run.
"""
import json
import pathlib

import numpy as np
import onnx
from onnx import TensorProto, helper
from onnx.reference import ReferenceEvaluator

ROOT = pathlib.Path(__file__).resolve().parents[2]
RANDOM = np.random.default_rng(20261130)
TYPES = {
    "float32": TensorProto.FLOAT, "int64": TensorProto.INT64, "int32": TensorProto.INT32, "bool": TensorProto.BOOL,
    "uint8": TensorProto.UINT8, "int8": TensorProto.INT8,
}


def floats(*shape: int, low: float = -2, high: float = 2) -> np.ndarray:
    return RANDOM.uniform(low, high, shape).astype(np.float32).round(3)


def longs(*values: int) -> np.ndarray:
    return np.array(values, np.int64)


def integers(*shape: int, low: int = -9, high: int = 9) -> np.ndarray:
    return RANDOM.integers(low, high + 1, shape).astype(np.int64)


def plain(array: np.ndarray) -> dict:
    array = np.asarray(array)
    kind = array.dtype.name
    values = array.reshape(-1).tolist()
    return {"type": kind, "shape": list(array.shape), "values": [float(v) if kind == "float32" else int(v) for v in values]}


def attribute(value):
    if isinstance(value, str):
        return {"s": value}
    if isinstance(value, float):
        return {"f": value}
    if isinstance(value, list):
        return {"is": value} if all(isinstance(v, int) for v in value) else {"fs": value}
    return {"i": value}


def case(op: str, inputs, outputs: int = 1, opset: int = 21, **attributes) -> dict:
    names = [f"x{i}" if x is not None else "" for i, x in enumerate(inputs)]
    results = [f"y{i}" for i in range(outputs)]
    node = helper.make_node(op, names, results, **attributes)
    graph = helper.make_graph(
        [node], "case",
        [helper.make_tensor_value_info(n, TYPES[x.dtype.name], x.shape) for n, x in zip(names, inputs) if n],
        [helper.make_tensor_value_info(r, TensorProto.UNDEFINED, None) for r in results])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)])
    found = ReferenceEvaluator(model).run(results, {n: x for n, x in zip(names, inputs) if n})
    schema = onnx.defs.get_schema(op, opset)
    return {
        "op": op, "version": schema.since_version,
        "attributes": {name: attribute(value) for name, value in attributes.items()},
        "inputs": [None if x is None else plain(x) for x in inputs], "outputs": [plain(y) for y in found],
    }


def cases():
    for op in ["Abs", "Neg", "Exp", "Sigmoid", "Tanh", "Erf", "Softplus", "Softsign", "HardSwish", "Mish", "Floor", "Ceil",
               "Round", "Sign", "Relu", "Sin", "Cos", "Atan", "Sinh", "Selu", "Elu", "Celu", "Gelu", "HardSigmoid", "LeakyRelu",
               "ThresholdedRelu", "Shrink"]:
        yield case(op, [floats(2, 3)])
    for op in ["Sqrt", "Log", "Reciprocal"]:
        yield case(op, [floats(3, 2, low=0.1)])
    yield case("Round", [np.array([-2.5, -1.5, -0.5, 0.5, 1.5, 2.5], np.float32)])
    yield case("Gelu", [floats(5)], approximate="tanh")
    yield case("Elu", [floats(5)], alpha=0.5)
    yield case("LeakyRelu", [floats(5)], alpha=0.3)
    yield case("HardSigmoid", [floats(5)], alpha=0.4, beta=0.3)
    yield case("Clip", [floats(2, 3), np.float32(-0.5), np.float32(1)])
    yield case("Clip", [floats(2, 3), None, np.float32(0.25)])
    yield case("Clip", [floats(4)], opset=6, min=-1.0, max=0.5)
    for op in ["Add", "Sub", "Mul", "Div"]:
        yield case(op, [floats(2, 1, 3), floats(4, 1, low=0.5)])
    yield case("Pow", [floats(2, 3, low=0.1), floats(3)])
    yield case("Max", [floats(2, 3), floats(3), floats(1)])
    yield case("Min", [floats(2, 3), floats(2, 1)])
    yield case("Mean", [floats(2, 3), floats(3)])
    yield case("Sum", [floats(2, 3), floats(3), floats(2, 1)])
    yield case("Mod", [integers(6), longs(3, -3, 4, -4, 5, -5)])
    yield case("Mod", [floats(4), floats(4, low=0.5)], fmod=1)
    yield case("Div", [integers(6), longs(3, -3, 4, -4, 5, -5)])
    yield case("PRelu", [floats(2, 3, 2), floats(3, 1)])
    yield case("Where", [np.array([[True], [False]]), floats(2, 3), floats(3)])
    yield case("Greater", [floats(2, 3), floats(3)])
    yield case("LessOrEqual", [floats(2, 3), floats(3)])
    yield case("Equal", [integers(5, low=0, high=2), integers(5, low=0, high=2)])
    yield case("Not", [np.array([True, False])])
    yield case("And", [np.array([True, False]), np.array([[True], [False]])])

    yield case("Reshape", [floats(2, 3, 4), longs(0, -1, 2)])
    yield case("Reshape", [floats(0, 3), longs(3, 0)], allowzero=1)
    yield case("Transpose", [floats(2, 3, 4)], perm=[2, 0, 1])
    yield case("Transpose", [floats(2, 3)])
    yield case("Flatten", [floats(2, 3, 4)], axis=-1)
    yield case("Flatten", [floats(2, 3, 4)], axis=0)
    yield case("Squeeze", [floats(1, 3, 1), longs(-1)])
    yield case("Squeeze", [floats(1, 3, 1)])
    yield case("Unsqueeze", [floats(3, 2), longs(0, -1)])
    yield case("Concat", [floats(2, 1, 2), floats(2, 3, 2)], axis=-2)
    yield case("Split", [floats(7, 2)], outputs=3, axis=0, num_outputs=3)
    yield case("Split", [floats(2, 5), longs(1, 4)], outputs=2, axis=-1)
    yield case("Slice", [floats(4, 5), longs(-3, 1), longs(99, -1), longs(0, 1), longs(1, 2)])
    yield case("Slice", [floats(5), longs(-1), longs(-99), longs(0), longs(-2)])
    yield case("Slice", [floats(3, 4)], opset=9, starts=[1], ends=[3], axes=[1])
    yield case("Pad", [floats(2, 3), longs(1, 0, 0, 2), np.float32(7)])
    yield case("Pad", [floats(2, 3), longs(0, 2, 1, 2)], mode="reflect")
    yield case("Pad", [floats(2, 3), longs(1, 1, 2, 1)], mode="edge")
    yield case("Pad", [floats(2, 3), longs(1, 2, 0, 4)], mode="wrap")
    yield case("Pad", [floats(2, 3), longs(1, 2), None, longs(-1)])
    yield case("Tile", [floats(2, 3), longs(2, 2)])
    yield case("Expand", [floats(3, 1), longs(2, 1, 4)])
    yield case("DepthToSpace", [floats(1, 8, 2, 3)], blocksize=2, mode="DCR")
    yield case("DepthToSpace", [floats(1, 8, 2, 3)], blocksize=2, mode="CRD")
    yield case("SpaceToDepth", [floats(1, 2, 4, 6)], blocksize=2)
    yield case("Trilu", [floats(3, 4), np.array(1, np.int64)], upper=1)
    yield case("Trilu", [floats(2, 3, 3), np.array(-1, np.int64)], upper=0)

    yield case("Gather", [floats(3, 4), integers(2, 2, low=-3, high=2)], axis=0)
    yield case("Gather", [floats(3, 4), longs(-1, 0)], axis=1)
    yield case("GatherElements", [floats(3, 3), integers(2, 3, low=-3, high=2)], axis=0)
    yield case("GatherND", [floats(2, 3, 4), np.array([[0, 1], [1, -1]], np.int64)])
    yield case("GatherND", [floats(2, 3, 4), np.array([[1], [-2]], np.int64)], batch_dims=1)
    yield case("ScatterElements", [floats(3, 3), np.array([[1, 0, 2]], np.int64), floats(1, 3)], axis=0)
    yield case("ScatterElements", [floats(4), longs(1, 1, -1), floats(3)], axis=0, reduction="add")
    yield case("ScatterND", [floats(4, 2), np.array([[1], [3]], np.int64), floats(2, 2)])
    yield case("ScatterND", [floats(4), np.array([[1], [1]], np.int64), floats(2)], reduction="mul")
    yield case("OneHot", [longs(0, 2, -1), np.array(3, np.int64), np.array([0, 1], np.float32)], axis=0)
    yield case("Range", [np.float32(1), np.float32(-2), np.float32(-0.75)])
    yield case("CumSum", [floats(2, 4), np.array(1, np.int64)], exclusive=1, reverse=1)
    yield case("ArgMax", [floats(3, 4)], axis=-1, keepdims=0)
    yield case("ArgMin", [np.array([[1, 0, 0]], np.float32)], axis=1, select_last_index=1)
    yield case("TopK", [floats(2, 5), longs(3)], outputs=2, axis=1)
    yield case("TopK", [floats(5), longs(2)], outputs=2, largest=0)
    yield case("NonZero", [np.array([[1, 0], [0, 1]], np.float32)])
    yield case("Compress", [floats(3, 2), np.array([True, False, True])], axis=0)

    for op in ["ReduceSum", "ReduceMean", "ReduceMax", "ReduceMin", "ReduceProd", "ReduceL1", "ReduceL2", "ReduceSumSquare",
               "ReduceLogSumExp"]:
        yield case(op, [floats(2, 3, 4), longs(0, -1)], keepdims=0)
    yield case("ReduceMean", [floats(2, 3)], opset=13, axes=[1])
    yield case("ReduceSum", [floats(2, 3), longs()], noop_with_empty_axes=1)
    yield case("ReduceMax", [floats(2, 3)])

    yield case("Softmax", [floats(2, 3, 4)], axis=1)
    yield case("LogSoftmax", [floats(2, 5)])
    yield case("LayerNormalization", [floats(2, 3, 4), floats(4), floats(4)], axis=-1)
    yield case("InstanceNormalization", [floats(2, 3, 5), floats(3), floats(3)])
    yield case("BatchNormalization",
               [floats(2, 3, 4), floats(3), floats(3), floats(3), floats(3, low=0.5)], epsilon=0.01)

    yield case("MatMul", [floats(2, 1, 3, 4), floats(5, 4, 2)])
    yield case("MatMul", [floats(3), floats(2, 3, 2)])
    yield case("Gemm", [floats(3, 2), floats(4, 3), floats(4)], alpha=0.5, beta=2.0, transA=1, transB=1)
    yield case("Einsum", [floats(2, 3), floats(3, 4)], equation="ij,jk->ki")
    yield case("Conv", [floats(1, 4, 5, 6), floats(6, 2, 3, 2), floats(6)], group=2, strides=[2, 1], pads=[1, 0, 0, 1],
               dilations=[1, 2])
    yield case("Conv", [floats(2, 2, 7), floats(3, 2, 3)], pads=[1, 1], strides=[2])
    yield case("ConvTranspose", [floats(1, 2, 3, 3), floats(2, 3, 2, 2)], strides=[2, 2], pads=[0, 1, 1, 0],
               output_padding=[1, 0])
    yield case("MaxPool", [floats(1, 2, 5, 5)], kernel_shape=[3, 2], strides=[2, 2], pads=[1, 0, 1, 0])
    yield case("MaxPool", [floats(1, 1, 6)], kernel_shape=[3], strides=[2], ceil_mode=1)
    yield case("AveragePool", [floats(1, 2, 4, 5)], kernel_shape=[2, 3], pads=[1, 1, 0, 1], count_include_pad=1)
    yield case("AveragePool", [floats(1, 2, 4, 5)], kernel_shape=[2, 3], pads=[1, 1, 0, 1])
    yield case("GlobalAveragePool", [floats(2, 3, 4, 2)])
    yield case("GlobalMaxPool", [floats(2, 3, 4, 2)])

    for mode, way in [("nearest", "asymmetric"), ("linear", "half_pixel"), ("linear", "align_corners"),
                      ("cubic", "half_pixel")]:
        yield case("Resize", [floats(1, 1, 3, 4), None, None, longs(1, 1, 5, 7)], mode=mode,
                   coordinate_transformation_mode=way)
    yield case("Resize", [floats(1, 1, 4, 4), None, np.array([1, 1, 0.5, 1.5], np.float32)], mode="linear")
    yield case("QuantizeLinear", [floats(2, 3), np.float32(0.05), np.array(100, np.uint8)])
    yield case("DequantizeLinear", [RANDOM.integers(-128, 127, (2, 3)).astype(np.int8), np.float32(0.1)])


def main() -> None:
    found = list(cases())
    whole = {"made_with": f"onnx {onnx.__version__}, numpy {np.__version__}", "cases": found}
    place = ROOT / "Tests/InferenceTests/Goldens/operators.json"
    lines = [json.dumps(one, separators=(",", ":")) for one in found]
    place.write_text(
        '{"made_with":' + json.dumps(whole["made_with"]) + ',"cases":[\n' + ",\n".join(lines) + "\n]}\n")
    print(f"{len(found)} cases in {place}")


if __name__ == "__main__":
    main()
