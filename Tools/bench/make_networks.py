#!/usr/bin/env python3
"""Writes ONNX networks with random weights whose architecture resembles known ones, for speed comparisons only.

They are "-like": layer kinds, sizes and counts follow the papers and public code; the weights mean nothing.
Needs onnx==1.23.2 and numpy. Usage: make_networks.py FOLDER
"""
import pathlib
import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper


class Net:
    """Collects nodes; every method takes and returns a value's name."""

    def __init__(self, name, shape):
        self.name, self.nodes, self.weights, self.random = name, [], [], np.random.default_rng(7)
        self.channels = {"input": shape[1]}
        self.inputs = [helper.make_tensor_value_info("input", TensorProto.FLOAT, shape)]

    def node(self, kind, inputs, channels=None, **attributes):
        out = f"{kind.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, inputs, [out], name=out, **attributes))
        self.channels[out] = channels or self.channels[inputs[0]]
        return out

    def constant(self, array):
        name = f"w{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def random_weights(self, *shape):
        fan = int(np.prod(shape[1:]))
        return self.constant((self.random.standard_normal(shape) * np.sqrt(2 / fan)).astype(np.float32))

    def conv(self, x, out, kernel=1, stride=1, groups=1, pad=None, act=None, bias=True, bn=False):
        pad = kernel // 2 if pad is None else pad
        inputs = [x, self.random_weights(out, self.channels[x] // groups, kernel, kernel)]
        if bias and not bn:
            inputs.append(self.constant((self.random.standard_normal(out) * .1).astype(np.float32)))
        y = self.node("Conv", inputs, out, kernel_shape=[kernel] * 2, strides=[stride] * 2, group=groups,
                      pads=[pad] * 4)
        if bn:
            y = self.batch_norm(y)
        return self.act(y, act)

    def batch_norm(self, x):
        n = self.channels[x]
        parts = [1 + .1 * self.random.standard_normal(n), .1 * self.random.standard_normal(n),
                 .1 * self.random.standard_normal(n), 1 + .1 * np.abs(self.random.standard_normal(n))]
        return self.node("BatchNormalization", [x] + [self.constant(p.astype(np.float32)) for p in parts])

    def act(self, x, act):
        if act == "relu":
            return self.node("Relu", [x])
        if act == "relu6":
            return self.node("Clip", [x, self.constant(np.float32(0)), self.constant(np.float32(6))])
        if act == "prelu":
            slopes = np.full((self.channels[x], 1, 1), .25, np.float32)
            return self.node("PRelu", [x, self.constant(slopes)])
        if act == "leaky":
            return self.node("LeakyRelu", [x], alpha=.1)
        if act == "swish":
            return self.node("Mul", [x, self.node("Sigmoid", [x])])
        if act == "hardswish":
            return self.node("HardSwish", [x])
        return x

    def dw(self, x, kernel=3, stride=1, act=None, pad=None):
        n = self.channels[x]
        return self.conv(x, n, kernel, stride, n, pad, act)

    def add(self, a, b):
        return self.node("Add", [a, b])

    def pool(self, x, kernel=2, stride=2):
        return self.node("MaxPool", [x], kernel_shape=[kernel] * 2, strides=[stride] * 2)

    def linear(self, x, features, out, size=1.0):
        weights = self.random.standard_normal((out, features)) * np.sqrt(2 / features) * size
        return self.node("Gemm", [x, self.constant(weights.astype(np.float32)),
                                  self.constant(np.zeros(out, np.float32))], out, transB=1)

    def save(self, folder, outputs):
        infos = [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in outputs]
        graph = helper.make_graph(self.nodes, self.name, self.inputs, infos, self.weights)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
        model = onnx.shape_inference.infer_shapes(model, strict_mode=True)
        onnx.checker.check_model(model)
        onnx.save(model, folder / f"{self.name}.onnx")


def yunet(folder):
    net = Net("yunet-n-like-320", [1, 3, 320, 320])

    def unit(x, out, act=True):  # pointwise, then depthwise
        x = net.conv(x, out)
        return net.dw(x, act="relu" if act else None)

    x = net.conv("input", 16, 3, 2, act="relu")
    x = unit(net.conv(x, 16), 16)
    x = net.pool(x)
    x = unit(unit(x, 16), 64)
    x = unit(unit(net.pool(x), 64), 64)
    c3 = x
    x = unit(unit(net.pool(x), 64), 64)
    c4 = x
    x = unit(unit(net.pool(x), 64), 64)
    scale = net.constant(np.array([1, 1, 2, 2], np.float32))
    up = lambda y: net.node("Resize", [y, "", scale], mode="nearest", nearest_mode="floor",
                            coordinate_transformation_mode="asymmetric")
    p5 = unit(x, 64)
    p4 = unit(net.add(c4, up(p5)), 64)
    p3 = unit(net.add(c3, up(p4)), 64)
    outputs = []
    for level in (p3, p4, p5):
        level = unit(level, 64)
        for channels, sigmoid in ((1, True), (1, True), (4, False), (10, False)):
            y = unit(level, channels, act=False)
            y = net.node("Transpose", [y], channels, perm=[0, 2, 3, 1])
            y = net.node("Reshape", [y, net.constant(np.array([1, -1, channels], np.int64))], channels)
            outputs.append(net.node("Sigmoid", [y]) if sigmoid else y)
    net.save(folder, outputs)


def inverted(net, x, out, expand, kernel, stride, act):
    hidden = net.channels[x] * expand
    y = net.conv(x, hidden, act=act) if expand != 1 else x
    y = net.conv(net.dw(y, kernel, stride, act=act), out)
    return net.add(x, y) if stride == 1 and net.channels[x] == out else y


def mobilenet_v2(folder):
    net = Net("mobilenet-v2-like-224", [1, 3, 224, 224])
    x = net.conv("input", 32, 3, 2, act="relu6")
    for expand, out, count, stride in ((1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1),
                                       (6, 160, 3, 2), (6, 320, 1, 1)):
        for index in range(count):
            x = inverted(net, x, out, expand, 3, stride if index == 0 else 1, "relu6")
    x = net.conv(x, 1280, act="relu6")
    x = net.node("Flatten", [net.node("GlobalAveragePool", [x])], 1280)
    net.save(folder, [net.linear(x, 1280, 1000)])


def efficientnet_lite0(folder):
    net = Net("efficientnet-lite0-like-160", [1, 3, 160, 160])
    x = net.conv("input", 32, 3, 2, act="relu6")
    for expand, out, count, stride, kernel in ((1, 16, 1, 1, 3), (6, 24, 2, 2, 3), (6, 40, 2, 2, 5), (6, 80, 3, 2, 3),
                                               (6, 112, 3, 1, 5), (6, 192, 4, 2, 5), (6, 320, 1, 1, 3)):
        for index in range(count):
            x = inverted(net, x, out, expand, kernel, stride if index == 0 else 1, "relu6")
    x = net.conv(x, 1280, act="relu6")
    x = net.node("Flatten", [net.node("GlobalAveragePool", [x])], 1280)
    net.save(folder, [net.linear(x, 1280, 2)])


def pfld(folder):
    net = Net("pfld-like-112", [1, 3, 112, 112])
    x = net.conv("input", 64, 3, 2, act="relu")
    x = net.dw(x, act="relu")
    for out, count, stride, expand in ((64, 5, 2, 2), (128, 1, 2, 2), (128, 6, 1, 4), (16, 1, 1, 2)):
        for index in range(count):
            x = inverted(net, x, out, expand, 3, stride if index == 0 else 1, "relu")
    a = net.node("GlobalAveragePool", [x])
    y = net.conv(x, 32, 3, 2, act="relu")
    b = net.node("GlobalAveragePool", [y])
    c = net.conv(y, 128, 7, pad=0, act="relu")
    flat = net.node("Concat", [net.node("Flatten", [v]) for v in (a, b, c)], 176, axis=1)
    net.save(folder, [net.linear(flat, 176, 136)])


def minifasnet(folder):
    net = Net("minifasnet-like-128", [1, 3, 128, 128])

    def block(x, hidden, out, stride, residual):  # 1x1 PReLU, depthwise 3x3 PReLU, 1x1 linear
        y = net.dw(net.conv(x, hidden, act="prelu"), 3, stride, act="prelu")
        y = net.conv(y, out)
        return net.add(x, y) if residual else y

    x = net.conv("input", 32, 3, 2, act="prelu")
    x = net.dw(x, act="prelu")
    x = block(x, 103, 64, 2, False)
    for hidden in (13, 26, 13, 52):
        x = block(x, hidden, 64, 1, True)
    x = block(x, 231, 128, 2, False)
    for hidden in (154, 52, 26, 52, 26, 26):
        x = block(x, hidden, 128, 1, True)
    x = block(x, 308, 128, 2, False)
    for hidden in (26, 26):
        x = block(x, hidden, 128, 1, True)
    x = net.conv(x, 512, act="prelu")
    x = net.conv(x, 512, 8, groups=512, pad=0)
    x = net.linear(net.node("Flatten", [x], 512), 512, 128)
    # Small last weights: random ones as large as the others would give probabilities of 0 and 1 only.
    net.save(folder, [net.node("Softmax", [net.linear(x, 128, 3, 1e-3)], axis=1)])


def mesonet4(folder):
    net = Net("mesonet-4-like-256", [1, 3, 256, 256])
    x = "input"
    for out, kernel, pool in ((8, 3, 2), (8, 5, 2), (16, 5, 2), (16, 5, 4)):
        x = net.pool(net.batch_norm(net.act(net.conv(x, out, kernel), "relu")), pool, pool)
    x = net.act(net.linear(net.node("Flatten", [x], 1024), 1024, 16), "leaky")
    # Small last weights: a sigmoid of 0 or 1 would hide every difference.
    net.save(folder, [net.node("Sigmoid", [net.linear(x, 16, 1, .05)])])


def mesoinception4(folder):
    net = Net("mesoinception-4-like-256", [1, 3, 256, 256])

    def inception(x, a, b, c, d):
        def dilated(y, out, rate):
            weights = net.random_weights(out, net.channels[y], 3, 3)
            y = net.node("Conv", [y, weights, net.constant(np.zeros(out, np.float32))], out, kernel_shape=[3, 3],
                         pads=[rate] * 4, dilations=[rate] * 2)
            return net.act(y, "relu")
        one = net.conv(x, a, act="relu")
        two = dilated(net.conv(x, b, act="relu"), b, 1)
        three = dilated(net.conv(x, c, act="relu"), c, 2)
        four = dilated(net.conv(x, d, act="relu"), d, 3)
        return net.batch_norm(net.node("Concat", [one, two, three, four], a + b + c + d, axis=1))

    x = net.pool(inception("input", 1, 4, 4, 2))
    x = net.pool(inception(x, 2, 4, 4, 2))
    for pool in (2, 4):
        x = net.pool(net.batch_norm(net.act(net.conv(x, 16, 5), "relu")), pool, pool)
    x = net.act(net.linear(net.node("Flatten", [x], 1024), 1024, 16), "leaky")
    # Small last weights: a sigmoid of 0 or 1 would hide every difference.
    net.save(folder, [net.node("Sigmoid", [net.linear(x, 16, 1, .05)])])


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for build in (yunet, pfld, minifasnet, mobilenet_v2, efficientnet_lite0, mesonet4, mesoinception4):
        build(folder)
    import more_networks
    for build in more_networks.ALL:
        build(Net, folder)


if __name__ == "__main__":
    main()
