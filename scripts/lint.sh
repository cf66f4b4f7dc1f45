#!/bin/sh
# Everything that can be said of the sources without building them: layers, numbers that judge and stand in code, the format of Swift and C, Python by ruff
# (Tools/pyproject.toml). Goes through all and fails at the end.
set -eu
cd "$(dirname "$0")/.."

wrong=
scripts/check-layers.py --self-test && scripts/check-layers.py || wrong="$wrong layers"
scripts/check-numbers.py --self-test && scripts/check-numbers.py || wrong="$wrong numbers"
scripts/format.sh --check || wrong="$wrong format"
"$(scripts/lint-tools.sh)/ruff" check -q --config Tools/pyproject.toml Tools Tests Training scripts examples || wrong="$wrong python"
[ -z "$wrong" ] || {
  echo "lint: not in order:$wrong" >&2
  exit 1
}
echo "lint: Python is in order"
