#!/bin/sh
# Formats every Swift file, or with --check only says what is not in the project's format (.swift-format).
# Generated code is left out.
set -eu
cd "$(dirname "$0")/.."

files=$(find Package.swift Sources Tests -name '*.swift' ! -path '*/Generated/*' | sort)
if [ "${1:-}" = --check ]; then
  # shellcheck disable=SC2086
  swift format lint --strict --parallel $files || {
    echo "lint: some files are not in the project's format (above); run: make format" >&2
    exit 1
  }
  echo "lint: $(echo "$files" | wc -l) files are in the project's format"
else
  # shellcheck disable=SC2086
  swift format --in-place --parallel $files
  echo "format: $(echo "$files" | wc -l) files"
fi
