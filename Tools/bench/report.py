#!/usr/bin/env python3
"""Prints the median of each name in a file of NAME <tab> milliseconds <tab> faces, and the ratios to vigil's."""

import statistics
import sys

times, faces = {}, {}
for line in open(sys.argv[1]):
    name, milliseconds, found = line.rstrip("\n").split("\t")[:3]
    times.setdefault(name, []).append(float(milliseconds))
    faces[name] = found
own = next((n for n in times if n.startswith("vigil")), None)
base = statistics.median(times[own]) if own else None
print(f"{'CPU ms a frame, median':<52}{'ms':>8}{'range':>16}{'faces':>10}{'to vigil':>10}")
for name, values in times.items():
    median = statistics.median(values)
    span = f"{min(values):.2f}-{max(values):.2f}"
    ratio = f"{median / base:.2f}x" if base else "-"
    print(f"{name:<52}{median:>8.2f}{span:>16}{faces[name]:>10}{ratio:>10}")
