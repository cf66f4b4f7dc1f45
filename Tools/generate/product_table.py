#!/usr/bin/env python3
"""Writes Sources/Inference/Products/MeasuredProducts.swift from what `make bench-products` measured.

Usage: product_table.py docs/measurements/products.tsv
"""
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
TARGET = ROOT / "Sources/Inference/Products/MeasuredProducts.swift"
HEAD = """// Written by Tools/generate/product_table.py from docs/measurements/products.tsv; do not edit. make bench-products
// measures it anew.

extension MeasuredProduct {
  /// Products of two matrices of run time: instruction set, rows, inner, outputs, our time divided by OpenBLAS's.
  static let all = [
"""


def main():
    rows = [line.split("\t") for line in pathlib.Path(sys.argv[1]).read_text().splitlines() if "\trun\t" in line]
    if not rows:
        sys.exit(f"{sys.argv[1]}: no line of kind run")
    lines = [f'    MeasuredProduct("{r[0]}", {r[2]}, {r[3]}, {r[4]}, {float(r[7]):.2f}),\n' for r in rows]
    TARGET.write_text(HEAD + "".join(lines) + "  ]\n}\n")
    print(f"{TARGET.relative_to(ROOT)}: {len(rows)} shapes")


main()
