#!/bin/sh
# Checks style and layers, builds the tests optimized, runs them all; the last line counts what happened:
#   N passed, N failed, N skipped
# Arguments go to `swift test` (for example: --filter LivenessTests).
set -eu
cd "$(dirname "$0")/.."

# What swift test reports for programs, and the lines of the checks outside it.
events=${TMPDIR:-/tmp}/vigil-tests.$$.events
log=${TMPDIR:-/tmp}/vigil-tests.$$.checks
trap 'rm -f "$events" "$log"' EXIT INT TERM
: > "$log"
started=$(date +%s)
failed_checks=
# The server's packages are fetched for tests only; `vigil` alone builds without them.
export VIGIL_SERVER=1

echo "test: style and layers"
scripts/lint.sh || failed_checks="$failed_checks lint"
scripts/count-tests.py --self-test || failed_checks="$failed_checks count-tests"

echo "test: building (the first time takes minutes)"
swift build -c release --build-tests --explicit-target-dependency-import-check error || {
  echo "test: the build failed; see above" >&2
  echo "0 passed, 1 failed, 0 skipped"
  exit 1
}
built=$(date +%s)
echo "test: built in $((built - started)) s; running"
status=0
swift test -c release --skip-build --event-stream-output-path "$events" --event-stream-version 0 "$@" 2>&1 || status=1
[ -e "$events" ] || : > "$events"
# Runs a check outside Swift, whose lines are counted. One that ends with an error is a failure of its own, because it may
# have ended before its first line; 77 says that what it needs cannot be had here.
check() {
  name=$1
  shift
  code=0
  "$@" || code=$?
  case $code in
    0) ;;
    77) echo "Test ${name}_run skipped: it cannot be run here, the reason is above" ;;
    *) echo "Test ${name}_run failed after 0 seconds." ;;
  esac
}
# Cameras: the kernel's own test drivers in an emulated machine, where that can be done.
test_devices() {
  echo "test: cameras in an emulated machine; takes a few minutes"
  scripts/install-packages.sh device \
    || { echo "Test device_machine skipped: its packages cannot be installed"; return 0; }
  check device scripts/test-device.sh --short --tests .build/release/vigil
}
# Network streams: real servers on this machine, good, broken and hostile.
test_streams() {
  echo "test: network streams"
  check stream scripts/test-streams.py --tests .build/release/vigil
}
[ $# -gt 0 ] || test_streams 2>&1 | tee -a "$log"
# Cameras of PipeWire, and the screen of a Wayland desktop, in a session of their own.
test_desktop() {
  for part in pipewire screencast; do
    echo "test: $part"
    check $part scripts/test-$part.py --tests .build/release/vigil
  done
}
[ $# -gt 0 ] || test_desktop 2>&1 | tee -a "$log"
# VIGIL_TEST_DEVICE=0 leaves it out: three minutes, or seven on a machine that does other work.
[ $# -gt 0 ] || [ "${VIGIL_TEST_DEVICE:-}" = 0 ] || test_devices 2>&1 | tee -a "$log"
# The running server: short forms; each part prints a line like a test of Swift's. The page in a browser is
# make test-browser.
test_server() {
  echo "test: the running server: tokens and TLS, fuzzing, load, GNU parallel, units"
  scripts/install-packages.sh server-test \
    || { echo "Test server skipped: its packages cannot be installed"; return 0; }
  [ -e out/demo.mkv ] || { mkdir -p out && .build/release/vigil demo --out out/demo.mkv; }
  check server scripts/check-server.sh --quick guard proxy fuzz load parallel units
}
[ $# -gt 0 ] || test_server 2>&1 | tee -a "$log"
# The kernels against plain loops with every instruction set here, and for ARM under emulation.
test_kernels() {
  echo "test: kernels, here and on an emulated ARM processor"
  scripts/install-packages.sh arm || { echo "Test kernels_packages failed after 0 seconds."; return 0; }
  check kernels scripts/test-kernels.sh --quick
}
[ $# -gt 0 ] || test_kernels 2>&1 | tee -a "$log"
# Attacks, in their short form; the long one is make test-hostile.
test_hostile() {
  echo "test: hostile input"
  check hostile scripts/test-hostile.sh --quick
}
[ $# -gt 0 ] || test_hostile 2>&1 | tee -a "$log"
ended=$(date +%s)
echo "test: ran in $((ended - built)) s"
[ -z "$failed_checks" ] || { echo "test: failed checks:$failed_checks" >&2; status=1; }
# shellcheck disable=SC2086
scripts/count-tests.py --events "$events" --log "$log" $failed_checks || status=1
exit $status
