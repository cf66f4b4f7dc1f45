#!/bin/sh
# Fetches ruff and clang-format (Tools/requirements/lint.txt, pinned) into .venv-lint, once, and prints the folder of
# their programs. Nothing is installed elsewhere.
set -eu
cd "$(dirname "$0")/.."

wanted=Tools/requirements/lint.txt
site=.venv-lint/site
if ! cmp -s "$wanted" .venv-lint/made-from; then
  echo "lint: fetching ruff and clang-format" >&2
  rm -rf .venv-lint
  mkdir -p "$site"
  python3 -m pip install -q --disable-pip-version-check --no-deps --only-binary=:all: --target "$site" -r "$wanted" >&2 || {
    echo "lint: pip could not install $wanted" >&2
    exit 1
  }
  mkdir -p .venv-lint/bin
  ln -s "../site/bin/ruff" .venv-lint/bin/ruff
  ln -s "../site/clang_format/data/bin/clang-format" .venv-lint/bin/clang-format
  cp "$wanted" .venv-lint/made-from
fi
echo .venv-lint/bin
