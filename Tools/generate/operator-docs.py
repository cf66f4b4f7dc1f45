#!/usr/bin/env python3
"""Writes docs/operators.md from the schema table, Tools/generate/onnx/formulas.txt and the sources of the fast path.

    python3 Tools/generate/operator-docs.py [--check]

With --check it only says whether the page is up to date.
"""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
TABLE = ROOT / "Sources/ModelFormats/ONNX/Generated/OnnxSchemaTable.swift"
KINDS = {"f": "number", "i": "int", "s": "text", "t": "tensor", "x": "sparse", "fs": "numbers", "is": "ints",
         "ss": "texts", "g": "graph"}
# Attributes or kinds that the reader knows from the definitions and refuses by name.
REFUSED = {"sparse_value", "value_string", "value_strings"}

HEAD = """# Operators

Two front doors, one engine. What is not on this page, an operator, version, attribute, value or element type, is
refused when a network is loaded, with the name of the node; it never gives a wrong result.

* **ONNX**: opset {low} to {high}. Versions are those of the operator definitions; a file gets the meaning of its own opset.
  Element types float16, float32, float64, int8 to int64, uint8 to uint64, bool. Not: strings, bfloat16, 8-bit floats,
  4- and 2-bit integers, complex numbers, sequences, optionals, sparse tensors, external data, model-local functions,
  control flow (If, Loop, Scan).
* **TFLite**: the operators of the second table, float32 and float16 weights.

In the formulas x is the first input and y the result, N C H W are batch, channels, height and width, and ~ means that
operands broadcast as in numpy: shapes aligned at the last axis, an axis of 1 repeats.

## How they run

Loading fixes all shapes (an axis that the file leaves open becomes 1), computes everything that does not depend on the
inputs, folds BatchNormalization into the convolution before it and turns pictures to channels last. Then each node gets
a fast step if one of the column **fast** applies: `yes` (for float32 and constant weights, sizes and limits), or
`folded` (gone after loading when its inputs are constant, as exporters emit it). All others run by their reference twin:
exact, slow, and allocating; `Network.slowSteps` names them. Inputs and outputs of a `Network` are float32. A network
whose shapes depend on data cannot be planned; it is refused by the planner with the node's name, and only the
reference path (`ReferenceNetwork`, used in tests) runs it.

What loading may cost is bounded, because a file of a few kilobytes can name constants of gigabytes: folding and the
finding of shapes may make 2^26 elements or multiply-adds and 16 more for each byte of weights in the file; packed weights
may take 2^26 numbers and 8 more for each byte; a run may compute 2^28 elements in 2^14 values. The node at which one of
these ends is named. A bias, a residual sum, a clamp, PReLU, hard swish, swish, sigmoid or Gelu behind a convolution or
product is part of its step; so is a Gelu that an exporter has spelled out with Erf.

## ONNX

| operator | versions | inputs | attributes | what it computes | fast |
|---|---|---|---|---|---|
"""

TFLITE = """
## TFLite

Pictures are N H W C. Shapes, axes, paddings and permutations are constant int32 inputs. Fused activations: none, relu,
relu6.

| operator | code | attributes | what it computes |
|---|---|---|---|
| ADD | 0 | activation | a + b, ~ |
| AVERAGE_POOL_2D | 1 | padding, stride, filter, activation | mean over the part of the window inside the picture |
| CONCATENATION | 2 | axis | inputs one behind the other along the axis |
| CONV_2D | 3 | padding, stride, dilation, activation | y[n,p,m] = b[m] + Σ_k,c w[m,k,c] x[n, p stride + k dilation - pad, c]; weights M kh kw C |
| DEPTHWISE_CONV_2D | 4 | padding, stride, dilation, activation; multiplier 1 | the same for each channel on its own; weights 1 kh kw C |
| DEQUANTIZE | 6 | | float16 weights to float32, once at load |
| FULLY_CONNECTED | 9 | activation | x W' + b; W out x in |
| LOGISTIC | 14 | | 1 / (1 + exp(-x)) |
| MAX_POOL_2D | 17 | padding, stride, filter, activation | largest in the window; padding never wins |
| MUL | 18 | activation | a b, ~ |
| RELU, RELU6 | 19, 21 | | max(x, 0); min(max(x, 0), 6) |
| RESHAPE | 22 | | same elements, the output tensor's shape |
| RESIZE_BILINEAR | 23 | align_corners, half_pixel_centers | bilinear scaling of H and W |
| SOFTMAX | 25 | beta 1 | exp(x - max) / Σ exp(x - max) over the last axis |
| TANH | 28 | | hyperbolic tangent |
| PAD | 34 | | zeros before and after each axis |
| TRANSPOSE | 39 | | axis i of y is axis perm[i] of x |
| MEAN, SUM | 40, 74 | keep_dims | mean or sum over neighbouring axes |
| SUB, DIV | 41, 42 | activation | a - b; a / b, ~ |
| STRIDED_SLICE | 45 | masks as the reader checks them | elements begin, begin + stride, … |
| EXP, NEG, SQRT, RSQRT, SQUARE, ABS | 47, 59, 75, 76, 92, 101 | | e^x; -x; √x; 1/√x; x²; \\|x\\| |
| PRELU | 54 | | x > 0: x; else slope x; one slope for each channel |
| MAXIMUM, MINIMUM | 55, 57 | | larger, smaller of a and b, ~ |
| SQUARED_DIFFERENCE | 99 | | (a - b)², ~ |
| HARD_SWISH | 117 | | x min(max(x/6 + 1/2, 0), 1) |

## How this is checked

`make test-onnx` runs the ONNX project's own {cases} backend cases (1,884 node cases, and whole networks) and prints how many
passed, were refused by name, and failed (none may). Fast steps are compared with the reference operators in
`Tests/InferenceTests/Onnx`. `make fuzz-models` loads damaged files of both formats under AddressSanitizer.
"""

FOLDED = {"Constant", "Shape", "Size", "ConstantOfShape", "Range", "Identity", "Dropout", "Reshape", "Squeeze",
          "Unsqueeze", "Flatten"}


def schema():
    text = TABLE.read_text()
    rows = {}
    for line in re.search(r'lines = """\n(.*?)\n  """', text, re.S).group(1).splitlines():
        name, version, *rest = line.split()
        rows.setdefault(name, []).append((int(version), rest))
    return rows, int(re.search(r"newestOpset = (\d+)", text).group(1))


def fast():
    text = "".join(path.read_text() for path in (ROOT / "Sources/Inference/Onnx").glob("*.swift")
                   if path.name.startswith("Lower") or path.name == "FunctionSteps.swift")
    return set(re.findall(r'"([A-Z][A-Za-z0-9]+)"', text))


def attributes(versions):
    found = {}
    for version, rest in versions:
        for word in rest[2:]:
            name, kind = word.split(":")
            if version >= 6 or len(versions) == 1 or versions[-1][0] < 6:
                found[name] = KINDS[kind.rstrip("!")]
    return ", ".join(f"{n} ({k})" for n, k in sorted(found.items()) if n not in REFUSED)


def page():
    rows, newest = schema()
    formulas = {}
    for line in (ROOT / "Tools/generate/onnx/formulas.txt").read_text().splitlines():
        if line and not line.startswith("#"):
            name, formula = line.split(" | ", 1)
            formulas[name] = formula
    if set(formulas) != set(rows):
        raise SystemExit(f"formulas.txt and the schema table differ: {sorted(set(formulas) ^ set(rows))}")
    quick = fast()
    text = HEAD.format(low=6, high=newest)
    for name in sorted(rows):
        live = [row for row in rows[name] if row[1] != ["deprecated"]]
        gone = [str(v) for v, rest in rows[name] if rest == ["deprecated"]]
        versions = ", ".join(str(v) for v, _ in live) + (f" (gone in {gone[0]})" if gone else "")
        inputs = live[-1][1][0].replace("-*", " or more")
        inputs = inputs.split("-")[0] if len(set(inputs.split("-"))) == 1 else inputs.replace("-", " to ")
        mark = "folded" if name in FOLDED and name not in quick else "yes" if name in quick else ""
        text += f"| {name} | {versions} | {inputs} | {attributes(live)} | {formulas[name]} | {mark} |\n"
    return text + TFLITE.replace("{cases}", "2,033")


def main():
    out = ROOT / "docs/operators.md"
    text = page()
    if "--check" in sys.argv:
        if not out.exists() or out.read_text() != text:
            raise SystemExit("docs/operators.md is out of date: python3 Tools/generate/operator-docs.py")
        print("docs/operators.md is up to date")
        return
    out.write_text(text)
    print(f"wrote {out.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
