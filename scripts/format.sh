#!/bin/sh
# Formats every Swift file (.swift-format) and every C file (.clang-format), or with --check only says which are not in the
# project's format. Left out: generated code, and the kernels, whose macros and tables stand in columns by hand.
set -eu
cd "$(dirname "$0")/.."

swift_files=$(find Package.swift Sources Tests -name '*.swift' ! -path '*/Generated/*' | sort)
c_files=$(find Sources scripts Tools \( -name '*.c' -o -name '*.h' \) ! -path 'Sources/CKernels/*' | sort)
clang_format=$(scripts/lint-tools.sh)/clang-format
if [ "${1:-}" = --check ]; then
  wrong=
  # shellcheck disable=SC2086
  swift format lint --strict --parallel $swift_files || wrong=1
  # shellcheck disable=SC2086
  "$clang_format" --dry-run --Werror $c_files || wrong=1
  [ -z "$wrong" ] || {
    echo "lint: some files are not in the project's format (above); run: make format" >&2
    exit 1
  }
  echo "lint: $(echo "$swift_files" | wc -l) Swift and $(echo "$c_files" | wc -l) C files are in the project's format"
else
  # shellcheck disable=SC2086
  swift format --in-place --parallel $swift_files
  # shellcheck disable=SC2086
  "$clang_format" -i $c_files
  echo "format: $(echo "$swift_files" | wc -l) Swift and $(echo "$c_files" | wc -l) C files"
fi
