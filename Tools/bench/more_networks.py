"""The other kinds of networks that the engine must run, for make_networks.py: layer kinds after the papers, weights random."""
import numpy as np


def end(net, folder, x, classes=10):
    """Mean over the picture, a linear layer, softmax."""
    x = net.node("Flatten", [net.node("GlobalAveragePool", [x])], net.channels[x])
    net.save(folder, [net.node("Softmax", [net.linear(x, net.channels[x], classes, .05)], axis=1)])


def squeeze(net, x, hidden, gate):
    """Squeeze and excitation: channels weighed by what their means say."""
    y = net.conv(net.node("GlobalAveragePool", [x]), hidden, act="swish" if gate == "Sigmoid" else "relu")
    y = net.conv(y, net.channels[x])
    return net.node("Mul", [x, net.node(gate, [y])])


def resnet18(Net, folder):
    net = Net("resnet-18-like-128", [1, 3, 128, 128])
    x = net.node("MaxPool", [net.conv("input", 64, 7, 2, act="relu", bn=True)], kernel_shape=[3, 3], strides=[2, 2],
                 pads=[1] * 4)
    for out, stride in ((64, 1), (128, 2), (256, 2), (512, 2)):
        for step in (stride, 1):
            y = net.conv(net.conv(x, out, 3, step, act="relu", bn=True), out, 3, bn=True)
            short = x if step == 1 and net.channels[x] == out else net.conv(x, out, 1, step, bn=True)
            x = net.act(net.add(y, short), "relu")
    end(net, folder, x)


def mobilenet_v1(Net, folder):
    net = Net("mobilenet-v1-0.5-like-128", [1, 3, 128, 128])
    x = net.conv("input", 16, 3, 2, act="relu6", bn=True)
    for out, stride in ((32, 1), (64, 2), (64, 1), (128, 2), (128, 1), (256, 2), *[(256, 1)] * 5, (512, 2), (512, 1)):
        n = net.channels[x]
        x = net.conv(net.conv(x, n, 3, stride, n, act="relu6", bn=True), out, act="relu6", bn=True)
    end(net, folder, x)


def mobilenet_v3(Net, folder):
    net = Net("mobilenet-v3-small-like-224", [1, 3, 224, 224])
    x = net.conv("input", 16, 3, 2, act="hardswish", bn=True)
    for kernel, hidden, out, se, act, stride in (
            (3, 16, 16, True, "relu", 2), (3, 72, 24, False, "relu", 2), (3, 88, 24, False, "relu", 1),
            (5, 96, 40, True, "hardswish", 2), (5, 240, 40, True, "hardswish", 1), (5, 240, 40, True, "hardswish", 1),
            (5, 120, 48, True, "hardswish", 1), (5, 144, 48, True, "hardswish", 1),
            (5, 288, 96, True, "hardswish", 2), (5, 576, 96, True, "hardswish", 1),
            (5, 576, 96, True, "hardswish", 1)):
        y = net.conv(x, hidden, act=act, bn=True)
        y = net.conv(y, hidden, kernel, stride, hidden, act=act, bn=True)
        if se:
            y = squeeze(net, y, hidden // 4, "HardSigmoid")
        y = net.conv(y, out, bn=True)
        x = net.add(x, y) if stride == 1 and net.channels[x] == out else y
    end(net, folder, net.conv(x, 576, act="hardswish", bn=True))


def efficientnet(Net, folder):
    """Blocks of EfficientNet-B0, after two fused blocks as EfficientNetV2 has them."""
    net = Net("efficientnet-v2-like-160", [1, 3, 160, 160])
    x = net.conv("input", 24, 3, 2, act="swish", bn=True)
    for out, stride in ((24, 1), (40, 2), (40, 1)):
        y = net.conv(net.conv(x, net.channels[x] * 4, 3, stride, act="swish", bn=True), out, bn=True)
        x = net.add(x, y) if stride == 1 and net.channels[x] == out else y
    for out, stride, kernel in ((80, 2, 3), (80, 1, 3), (112, 1, 5), (112, 1, 5), (192, 2, 5), (192, 1, 5)):
        hidden = net.channels[x] * 6
        y = net.conv(x, hidden, act="swish", bn=True)
        y = net.conv(y, hidden, kernel, stride, hidden, act="swish", bn=True)
        y = net.conv(squeeze(net, y, net.channels[x] // 4, "Sigmoid"), out, bn=True)
        x = net.add(x, y) if stride == 1 and net.channels[x] == out else y
    end(net, folder, net.conv(x, 640, act="swish", bn=True))


def xception(Net, folder):
    net = Net("xception-small-like-128", [1, 3, 128, 128])

    def separable(y, out):
        n = net.channels[y]
        return net.conv(net.conv(y, n, 3, 1, n, bias=False), out, bn=True)

    x = net.conv(net.conv("input", 32, 3, 2, act="relu", bn=True), 64, 3, act="relu", bn=True)
    for out in (128, 256, 364):
        y = separable(net.act(separable(net.act(x, "relu"), out), "relu"), out)
        y = net.node("MaxPool", [y], kernel_shape=[3, 3], strides=[2, 2], pads=[1] * 4)
        x = net.add(y, net.conv(x, out, 1, 2, bn=True))
    for _ in range(3):
        y = x
        for _ in range(3):
            y = separable(net.act(y, "relu"), 364)
        x = net.add(x, y)
    end(net, folder, x)


def densenet(Net, folder):
    net = Net("densenet-small-like-128", [1, 3, 128, 128])
    x = net.pool(net.conv("input", 32, 7, 2, act="relu", bn=True))
    for count in (4, 6, 8):
        for _ in range(count):
            y = net.conv(net.act(net.batch_norm(x), "relu"), 64, act="relu", bn=True)
            x = net.node("Concat", [x, net.conv(y, 16, 3)], net.channels[x] + 16, axis=1)
        x = net.conv(net.act(net.batch_norm(x), "relu"), net.channels[x] // 2)
        x = net.node("AveragePool", [x], kernel_shape=[2, 2], strides=[2, 2])
    end(net, folder, x)


def scrfd(Net, folder):
    net = Net("scrfd-500m-like-320", [1, 3, 320, 320])
    x, levels = net.conv("input", 16, 3, 2, act="relu", bn=True), []
    for out, stride, keep in ((16, 1, 0), (40, 2, 0), (40, 1, 0), (72, 2, 0), (72, 1, 0), (72, 1, 1), (152, 2, 0),
                              (152, 1, 1), (288, 2, 0), (288, 1, 1)):
        n = net.channels[x]
        x = net.conv(net.conv(x, n, 3, stride, n, act="relu", bn=True), out, act="relu", bn=True)
        levels += [x] if keep else []
    p3, p4, p5 = (net.conv(level, 16) for level in levels)
    scale = net.constant(np.array([1, 1, 2, 2], np.float32))
    up = lambda y: net.node("Resize", [y, "", scale], mode="nearest", nearest_mode="floor",
                            coordinate_transformation_mode="asymmetric")
    p4 = net.add(p4, up(p5))
    p3 = net.add(p3, up(p4))
    outputs = []
    for level in (net.conv(p, 16, 3) for p in (p3, p4, p5)):
        for out in (64, 64):
            n = net.channels[level]
            level = net.conv(net.conv(level, n, 3, 1, n, act="relu", bn=True), out, act="relu", bn=True)
        for channels in (2, 8, 20):
            y = net.node("Transpose", [net.conv(level, channels, 3)], channels, perm=[0, 2, 3, 1])
            y = net.node("Reshape", [y, net.constant(np.array([1, -1, channels // 2], np.int64))], channels)
            outputs.append(net.node("Sigmoid", [y]) if channels == 2 else y)
    net.save(folder, outputs)


def recurrent(Net, folder):
    """A head over 16 frames' features: both kinds, two directions."""
    for kind, gates in (("GRU", 3), ("LSTM", 4)):
        net = Net(f"{kind.lower()}-head-16x128", [16, 1, 128])
        weights = [net.constant((net.random.standard_normal(shape) * .1).astype(np.float32))
                   for shape in ((2, gates * 64, 128), (2, gates * 64, 64), (2, gates * 128))]
        more = {"linear_before_reset": 1} if kind == "GRU" else {}
        y = net.node(kind, ["input", *weights], 128, hidden_size=64, direction="bidirectional", **more)
        y = net.node("Reshape", [y, net.constant(np.array([16, 128], np.int64))], 128)
        net.save(folder, [net.node("Sigmoid", [net.linear(y, 128, 1, .5)])])


def transformer(Net, folder):
    """Two encoder blocks of width 128 over 64 tokens, normalized first, as vision transformers are."""
    net = Net("transformer-block-like-64x128", [1, 64, 128])
    n, heads, tokens = 128, 4, 64

    def norm(x):
        scale, shift = (net.constant((a + .1 * net.random.standard_normal(n)).astype(np.float32)) for a in (1, 0))
        return net.node("LayerNormalization", [x, scale, shift], n, axis=-1, epsilon=1e-5)

    def dense(x, inputs, out):
        weights = net.constant((net.random.standard_normal((inputs, out)) / np.sqrt(inputs)).astype(np.float32))
        bias = net.constant((net.random.standard_normal(out) * .1).astype(np.float32))
        return net.node("Add", [net.node("MatMul", [x, weights], out), bias], out)

    def split(x, perm):
        y = net.node("Reshape", [x, net.constant(np.array([1, tokens, heads, n // heads], np.int64))], n)
        return net.node("Transpose", [y], n, perm=perm)

    x = "input"
    for _ in range(2):
        y = norm(x)
        q, k, v = (split(dense(y, n, n), perm) for perm in ([0, 2, 1, 3], [0, 2, 3, 1], [0, 2, 1, 3]))
        score = net.node("Mul", [net.node("MatMul", [q, k], n), net.constant(np.float32((n / heads) ** -.5))], n)
        y = net.node("MatMul", [net.node("Softmax", [score], axis=-1), v], n)
        y = net.node("Reshape", [net.node("Transpose", [y], n, perm=[0, 2, 1, 3]),
                                 net.constant(np.array([1, tokens, n], np.int64))], n)
        x = net.node("Add", [x, dense(y, n, n)], n)
        y = dense(norm(x), n, 4 * n)
        half = net.node("Mul", [y, net.constant(np.float32(.5))], 4 * n)
        erf = net.node("Erf", [net.node("Div", [y, net.constant(np.float32(2 ** .5))], 4 * n)], 4 * n)
        y = net.node("Mul", [half, net.node("Add", [erf, net.constant(np.float32(1))], 4 * n)], 4 * n)
        x = net.node("Add", [x, dense(y, 4 * n, n)], n)
    net.save(folder, [norm(x)])


ALL = (resnet18, mobilenet_v1, mobilenet_v3, efficientnet, xception, densenet, scrfd, recurrent, transformer)
