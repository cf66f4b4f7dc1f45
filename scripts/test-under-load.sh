#!/bin/sh
# Runs the whole suite several times beside busy processes, and says how long each run took and what it counted:
#   scripts/test-under-load.sh [RUNS [BUSY]]     (make test-loaded; 3 runs beside 8 processes)
# No test may depend on how fast the machine is; this is how that is seen. Exit code 0 when every run passed.
# The build comes first, without the load. Each run's whole output is kept in out/loaded/run-N.txt.
set -eu
cd "$(dirname "$0")/.."

runs=${1:-3}
busy=${2:-8}
case "$runs$busy" in *[!0-9]* | '')
  echo "usage: scripts/test-under-load.sh [RUNS [BUSY]]" >&2
  exit 64
esac

VIGIL_SERVER=1 swift build -c release --build-tests --explicit-target-dependency-import-check error

out=out/loaded
mkdir -p "$out"
burners=
put_out() {
  # shellcheck disable=SC2086
  [ -z "$burners" ] || kill $burners 2>/dev/null || true
  burners=
}
trap put_out EXIT
trap 'exit 130' INT TERM
while [ "$busy" -gt 0 ]; do
  sh -c 'while :; do :; done' &
  burners="$burners $!"
  busy=$((busy - 1))
done

failed=0
report=
number=1
while [ "$number" -le "$runs" ]; do
  log=$out/run-$number.txt
  echo "test-loaded: run $number of $runs, output in $log; $(cut -d' ' -f1-3 /proc/loadavg) load"
  began=$(date +%s)
  code=0
  scripts/run-tests.sh > "$log" 2>&1 || code=$?
  line="run $number: $(($(date +%s) - began)) s, exit $code, $(tail -n 1 "$log")"
  echo "test-loaded: $line"
  report="$report  $line
"
  [ "$code" -eq 0 ] || failed=$((failed + 1))
  number=$((number + 1))
done
put_out
printf 'test-loaded: %s runs, %s not green\n%s' "$runs" "$failed" "$report"
[ "$failed" -eq 0 ]
