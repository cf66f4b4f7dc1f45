#!/bin/sh
# Attacks on the built programs: every part is a program Tests/Hostile/PART.py, or PART_attacks.py where Python has a
# module of the part's name.
#
#   scripts/test-hostile.sh [--quick] [PART...]     without PART: all parts that there are
#
# A part is run as `Tests/Hostile/PART.py [--quick] BUILD_FOLDER` and prints a line for each attack as `swift test` does
# (Tests/Hostile/attacks.py has the words); --quick is the form for CI. Its exit code is 1 when an attack succeeded.
set -eu
cd "$(dirname "$0")/.."

quick=
if [ "${1:-}" = --quick ]; then
  quick=--quick
  shift
fi
if [ $# -eq 0 ]; then
  for file in Tests/Hostile/*.py; do
    name=$(basename "$file" .py)
    name=${name%_attacks}
    [ "$name" = attacks ] || set -- "$@" "$name"
  done
fi

export VIGIL_LOG=none PYTHONDONTWRITEBYTECODE=1
status=0
for part; do
  file=Tests/Hostile/$part.py
  [ -f "$file" ] || file=Tests/Hostile/${part}_attacks.py
  [ -f "$file" ] || {
    echo "test-hostile: no part $part; there are: $(cd Tests/Hostile && ls ./*.py | sed 's|^\./||; s|\.py$||; s|_attacks$||; /^attacks$/d' | tr '\n' ' ')" >&2
    exit 64
  }
  echo "test-hostile: $part"
  python3 "$file" $quick "${VIGIL_BUILD:-.build/release}" || status=1
done
exit $status
