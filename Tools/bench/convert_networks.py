#!/usr/bin/env python3
"""Writes networks in the other format, so that engines.py can time each in LiteRT and in ONNX Runtime.

TFLite files become ONNX files through tf2onnx. ONNX files of make_networks.py become TFLite files by running their nodes
as TensorFlow operations (channels last) under TensorFlow's own converter. What cannot be converted is said.

Needs tensorflow-cpu==2.21.0 and tf2onnx==1.17.0 (engines.py --both makes an environment of its own with them).
Usage: convert_networks.py FOLDER FILE...
"""
import os
import pathlib
import subprocess
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = ""

import numpy as np
import onnx
import tensorflow as tf
from onnx import numpy_helper


def to_onnx(path, target):
    interpreter = tf.lite.Interpreter(str(path))
    names = [entry["name"] for entry in interpreter.get_input_details() if len(entry["shape"]) == 4]
    command = [sys.executable, "-m", "tf2onnx.convert", "--tflite", path, "--output", target, "--opset", "17"]
    if names:
        command += ["--inputs-as-nchw", ",".join(names)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


class Graph:
    """Runs an ONNX graph's nodes as TensorFlow operations. A value is (tensor, whether its channels are last)."""

    def __init__(self, path):
        self.graph = onnx.load(str(path)).graph
        self.constants = {w.name: numpy_helper.to_array(w) for w in self.graph.initializer}
        self.shape = [d.dim_value for d in self.graph.input[0].type.tensor_type.shape.dim]
        self.relus = {n.output[0] for n in self.graph.node if n.op_type in ("Relu", "Sigmoid")}

    def __call__(self, x):
        self.values = {self.graph.input[0].name: (x, len(self.shape) == 4)}
        for node in self.graph.node:
            attributes = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
            self.values[node.output[0]] = getattr(self, node.op_type)(node.input, attributes)
        return {f"o{i:02}": self.plain(o.name) for i, o in enumerate(self.graph.output)}

    def plain(self, name):
        if name in self.constants:
            return tf.constant(self.constants[name])
        value, last = self.values[name]
        return tf.transpose(value, [0, 3, 1, 2]) if last else value

    def both(self, names):
        """Operands of an element-wise operation in one order of axes."""
        last = any(self.values[n][1] for n in names if n in self.values)
        if not last:
            return [self.plain(n) for n in names], False
        operands = []
        for name in names:
            if name in self.constants:
                array = self.constants[name]
                operands.append(array if array.ndim < 3 else np.moveaxis(array, -3, -1))
            else:
                value, is_last = self.values[name]
                operands.append(value if is_last else tf.transpose(value, [0, 2, 3, 1]))
        return operands, True

    def padded(self, x, attributes, kernel, fill=0.0):
        """Padding as TensorFlow names it where it is the same, else written out."""
        strides, dilations = attributes.get("strides", [1, 1]), attributes.get("dilations", [1, 1])
        pads = attributes.get("pads", [0] * 4)
        if not any(pads):
            return x, "VALID"
        same = []
        for size, k, s, d in zip(x.shape[1:3], kernel, strides, dilations):
            total = max(0, (-(-size // s) - 1) * s + (k - 1) * d + 1 - size)
            same.append((total // 2, total - total // 2))
        if same == [(pads[0], pads[2]), (pads[1], pads[3])]:
            return x, "SAME"
        return tf.pad(x, [[0, 0], [pads[0], pads[2]], [pads[1], pads[3]], [0, 0]], constant_values=fill), "VALID"

    def Conv(self, inputs, a):
        x, (weights, group) = self.values[inputs[0]][0], (self.constants[inputs[1]], a.get("group", 1))
        kernel, strides = weights.shape[2:], a.get("strides", [1, 1])
        x, padding = self.padded(x, a, kernel)
        if group == 1:
            y = tf.nn.conv2d(x, weights.transpose(2, 3, 1, 0), strides, padding, dilations=a.get("dilations", [1, 1]))
        else:
            y = tf.nn.depthwise_conv2d(x, weights.transpose(2, 3, 0, 1), [1, *strides, 1], padding)
        return (tf.nn.bias_add(y, self.constants[inputs[2]]) if len(inputs) > 2 else y), True

    def BatchNormalization(self, inputs, a):
        scale, bias, mean, variance = (self.constants[n] for n in inputs[1:])
        factor = scale / np.sqrt(variance + a.get("epsilon", 1e-5))
        return self.values[inputs[0]][0] * factor + (bias - mean * factor), True

    def MaxPool(self, inputs, a):
        fill = 0.0 if inputs[0] in self.relus else -3e38
        x, padding = self.padded(self.values[inputs[0]][0], a, a["kernel_shape"], fill)
        return tf.nn.max_pool2d(x, a["kernel_shape"], a.get("strides", [1, 1]), padding), True

    def AveragePool(self, inputs, a):
        return tf.nn.avg_pool2d(self.values[inputs[0]][0], a["kernel_shape"], a["strides"], "VALID"), True

    def GlobalAveragePool(self, inputs, a):
        return tf.reduce_mean(self.values[inputs[0]][0], [1, 2], keepdims=True), True

    def each(self, inputs, function):
        value, last = self.values[inputs[0]]
        return function(value), last

    def Relu(self, inputs, a):
        return self.each(inputs, tf.nn.relu)

    def Sigmoid(self, inputs, a):
        return self.each(inputs, tf.nn.sigmoid)

    def Clip(self, inputs, a):
        assert (self.constants[inputs[1]], self.constants[inputs[2]]) == (0, 6)
        return self.each(inputs, tf.nn.relu6)

    def LeakyRelu(self, inputs, a):
        return self.each(inputs, lambda x: tf.nn.leaky_relu(x, a["alpha"]))

    def HardSwish(self, inputs, a):
        return self.each(inputs, lambda x: x * tf.nn.relu6(x + 3.0) * (1 / 6))

    def HardSigmoid(self, inputs, a):
        return self.each(
            inputs, lambda x: tf.clip_by_value(x * a.get("alpha", .2) + a.get("beta", .5), 0.0, 1.0))

    def PRelu(self, inputs, a):
        slope = self.constants[inputs[1]].reshape(-1)
        # The way Keras writes it, which the converter knows.
        return self.each(inputs, lambda x: tf.nn.relu(x) + (-slope * tf.nn.relu(-x)))

    def Add(self, inputs, a):
        (x, y), last = self.both(inputs)
        return x + y, last

    def Mul(self, inputs, a):
        (x, y), last = self.both(inputs)
        return x * y, last

    def Div(self, inputs, a):
        (x, y), last = self.both(inputs)
        return x / y, last

    def Erf(self, inputs, a):
        return self.each(inputs, tf.math.erf)

    def Concat(self, inputs, a):
        operands, last = self.both(inputs)
        return tf.concat(operands, 3 if last and a["axis"] == 1 else a["axis"]), last

    def Flatten(self, inputs, a):
        value, last = self.values[inputs[0]]
        if last and value.shape[1:3] != (1, 1):
            value = tf.transpose(value, [0, 3, 1, 2])
        return tf.reshape(value, [1, -1]), False

    def Gemm(self, inputs, a):
        weights = self.constants[inputs[1]]
        return tf.matmul(self.plain(inputs[0]), weights.T if a.get("transB") else weights) + self.constants[inputs[2]], False

    def MatMul(self, inputs, a):
        return tf.matmul(self.plain(inputs[0]), self.plain(inputs[1])), False

    def Softmax(self, inputs, a):
        return tf.nn.softmax(self.plain(inputs[0]), a["axis"]), False

    def Resize(self, inputs, a):
        x = self.values[inputs[0]][0]
        size = [int(n * f) for n, f in zip(x.shape[1:3], self.constants[inputs[2]][2:])]
        return tf.compat.v1.image.resize_nearest_neighbor(x, size), True

    def Transpose(self, inputs, a):
        value, last = self.values[inputs[0]]
        if last and list(a["perm"]) == [0, 2, 3, 1]:
            return value, False
        return tf.transpose(self.plain(inputs[0]), a["perm"]), False

    def Reshape(self, inputs, a):
        return tf.reshape(self.plain(inputs[0]), self.constants[inputs[1]]), False

    def LayerNormalization(self, inputs, a):
        def norm(x):
            mean = tf.reduce_mean(x, -1, keepdims=True)
            variance = tf.reduce_mean(tf.math.squared_difference(x, mean), -1, keepdims=True)
            return ((x - mean) * tf.math.rsqrt(variance + a["epsilon"]) * self.constants[inputs[1]]
                    + self.constants[inputs[2]])
        return self.each(inputs, norm)


def to_tflite(path, target):
    graph = Graph(path)
    shape = [graph.shape[i] for i in (0, 2, 3, 1)] if len(graph.shape) == 4 else graph.shape
    function = tf.function(graph, input_signature=[tf.TensorSpec(shape, tf.float32)])
    converter = tf.lite.TFLiteConverter.from_concrete_functions([function.get_concrete_function()])
    target.write_bytes(converter.convert())


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for path in map(pathlib.Path, sys.argv[2:]):
        target = folder / (path.stem + (".onnx" if path.suffix == ".tflite" else ".tflite"))
        if target.exists():
            continue
        try:
            (to_onnx if path.suffix == ".tflite" else to_tflite)(path, target)
            print(f"{target.name}: written", flush=True)
        except Exception as error:  # Whatever the converters do not know.
            print(f"{path.name}: cannot be converted ({type(error).__name__}: {str(error).splitlines()[0][:120]})", flush=True)


main()
