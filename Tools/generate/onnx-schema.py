#!/usr/bin/env python3
"""Writes Sources/ModelFormats/ONNX/Generated/OnnxSchemaTable.swift.

For each operator named in Tools/generate/onnx/operators.txt: its versions, how many inputs and outputs it takes, and its
attributes with their kinds, as onnx.defs of the PyPI wheel onnx==1.23.2 states them.

    python3 Tools/generate/onnx-schema.py
"""

import pathlib

import onnx
from onnx import defs

KINDS = {
    "FLOAT": "f", "INT": "i", "STRING": "s", "TENSOR": "t", "GRAPH": "g", "SPARSE_TENSOR": "x",
    "FLOATS": "fs", "INTS": "is", "STRINGS": "ss", "TENSORS": "ts", "GRAPHS": "gs", "TYPE_PROTO": "p",
}
MANY = 1 << 20
HERE = pathlib.Path(__file__).resolve().parent
OUT = HERE.parents[1] / "Sources/ModelFormats/ONNX/Generated/OnnxSchemaTable.swift"


def count(low, high):
    return f"{low}-{'*' if high > MANY else high}"


def line(schema):
    attributes = [
        f"{name}:{KINDS[a.type.name]}{'!' if a.required else ''}" for name, a in sorted(schema.attributes.items())
    ]
    if schema.deprecated:
        return f"  {schema.name} {schema.since_version} deprecated"
    fields = [schema.name, str(schema.since_version), count(schema.min_input, schema.max_input),
              count(schema.min_output, schema.max_output), *attributes]
    return "  " + " ".join(fields)


def main():
    names = set((HERE / "onnx/operators.txt").read_text().split())
    rows = sorted(
        (s for s in defs.get_all_schemas_with_history() if s.domain == "" and s.name in names),
        key=lambda s: (s.name, s.since_version))
    missing = names - {s.name for s in rows}
    if missing:
        raise SystemExit(f"unknown operators: {sorted(missing)}")
    text = "\n".join(line(s) for s in rows)
    newest = defs.onnx_opset_version()
    OUT.write_text(f'''// swift-format-ignore-file
// Written by Tools/generate/onnx-schema.py from onnx {onnx.__version__} (Apache-2.0); do not edit.

/// Versions, inputs, outputs and attributes of the operators that the reader knows.
enum OnnxSchemaTable {{
  /// The newest opset that the table describes.
  static let newestOpset = {newest}

  /// Lines of: operator, first opset, inputs, outputs, then attributes as name:kind ("!" marks a required one);
  /// or "deprecated" for an operator that this opset removes.
  static let lines = """
{text}
  """
}}
''')
    print(f"wrote {len(rows)} rows for {len(names)} operators to {OUT.relative_to(HERE.parents[1])}")


if __name__ == "__main__":
    main()
