#!/bin/sh
# Writes the ONNX project's backend cases: fetch-onnx-cases.sh WHEEL VENV OUT
# The wheel goes into a virtual environment; neither it nor the cases are kept in the repository.
# Without Python, its venv module or the wheel it says so and ends with status 0.
set -eu
wheel=$1 venv=$2 out=$3

[ -e "$out/done" ] && exit 0
if ! command -v python3 >/dev/null; then
  echo "onnx-cases: skipped: python3 is not installed"
  exit 0
fi
if [ ! -x "$venv/bin/python" ] && ! python3 -m venv "$venv" >/dev/null 2>&1; then
  rm -rf "$venv"
  echo "onnx-cases: skipped: python3 cannot make a virtual environment (apt-get install python3-venv)"
  exit 0
fi
if ! "$venv/bin/pip" install -q --disable-pip-version-check "$wheel"; then
  echo "onnx-cases: skipped: $wheel cannot be fetched"
  exit 0
fi
"$venv/bin/python" Tools/generate/onnx_backend.py "$out"
