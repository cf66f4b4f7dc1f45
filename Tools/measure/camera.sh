#!/bin/bash
# Measures the whole program on a scripted camera (scripts/device/scripted-camera.c) in a window under Xvfb, at full
# speed: age of what is shown, recovery from stalls and unplugging, processor time while the camera is away.
#
# usage: Tools/measure/camera.sh CLIP [PROGRAM]       CLIP: a video with a face, played as a 1280x720 camera
# VIGIL_MEASURE=age: only the age of what is shown and the processor time, four runs of 20 s.
# Needs Xvfb, ffmpeg and a C compiler. Prints a table in Markdown; run it on a machine that does nothing else.
set -euo pipefail
cd "$(dirname "$0")/../.."
clip=${1:?usage: Tools/measure/camera.sh CLIP [PROGRAM]}
program=${2:-.build/release/vigil}
folder=$(mktemp -d)
display=${VIGIL_MEASURE_DISPLAY:-:93}
Xvfb "$display" -screen 0 1600x1000x24 >/dev/null 2>&1 & screen=$!
trap 'kill $screen 2>/dev/null; rm -rf "$folder"' EXIT
cc -O2 -shared -fPIC -o "$folder/camera.so" scripts/device/scripted-camera.c -ldl
play() { ffmpeg -v error -y -i "$clip" -t "$1" -vf scale=1280:720,fps=30 -an "${@:2}"; }
play 4 -pix_fmt yuyv422 -f rawvideo "$folder/YUYV"
play 10 -pix_fmt yuvj420p -c:v mjpeg -q:v 4 -f mjpeg "$folder/MJPG"
# Replaces the shell that calls it, so that in the background $! is the program itself; else call it in ( ).
camera() {
  exec env LD_PRELOAD="$folder/camera.so" VIGIL_CAMERA_FORMAT="$1" VIGIL_CAMERA_FRAMES="$folder/$1" \
    DISPLAY="$display" SDL_RENDER_DRIVER=software "${@:2}"
}
ticks() { awk '{ print $14 + $15 }' "/proc/$1/stat"; }

echo "| what | result |"
echo "|---|---|"
for format in YUYV MJPG; do
  for window in window headless; do
    options=; [ $window = window ] || options=--headless
    # shellcheck disable=SC2086
    camera $format "$program" monitor --no-log $options --seconds 20 /dev/video90 2>"$folder/log" >/dev/null & monitor=$!
    sleep 5; before=$(ticks $monitor); sleep 12; after=$(ticks $monitor)
    wait $monitor || true
    line=$(grep 'pictures shown' "$folder/log" | sed 's/^vigil: //' || true)
    [ $window = window ] || line="no window"
    echo "| 1280x720 $format at 30 a second, $window | $line; $(((after - before) / 12)) % of a core |"
  done
done

[ "${VIGIL_MEASURE:-all}" = all ] || exit 0

# Frozen for a second, six times: what was on the screen as current?
(camera YUYV env VIGIL_CAMERA_STALL=4+1,7+1,10+1,13+1,16+1,19+1 \
  "$program" monitor --no-log --seconds 24 /dev/video90 2>"$folder/log" >/dev/null) || true
echo "| six stalls of a second, window | $(grep 'pictures shown' "$folder/log" | sed 's/^vigil: //') |"

# Away for twenty seconds: processor time of the whole program, window and networks included.
for window in window headless; do
  options=; [ $window = window ] || options=--headless
  # shellcheck disable=SC2086
  camera YUYV env VIGIL_CAMERA_AWAY=4+30 "$program" monitor --no-log $options --seconds 30 /dev/video90 \
    2>"$folder/log" >/dev/null & monitor=$!
  sleep 7; before=$(ticks $monitor); sleep 20; after=$(ticks $monitor)
  wait $monitor || true
  echo "| camera away for 20 s, $window | $((after - before)) ticks of 10 ms: $(awk "BEGIN { print ($after - $before) / 20 }") % of a core |"
done

# Twenty stalls and twenty losses, without faces: time from the return of the frames to the first good one.
spans() { for i in $(seq 1 20); do printf '%s+%s,' "$(awk "BEGIN { print 1 + $i * 2.03 }")" "$1"; done; }
for kind in STALL AWAY; do
  lengths=0.9
  (camera YUYV env VIGIL_CAMERA_$kind="$(spans $lengths)" \
    "$program" probe --frames 100000 --seconds 44 /dev/video90 2>/dev/null >"$folder/probe") || true
  python3 - "$folder/probe" $kind $lengths <<'PY'
import json, sys
result = json.loads(open(sys.argv[1]).read())
name, length = {"STALL": "stalls", "AWAY": "losses"}[sys.argv[2]], float(sys.argv[3]) * 1000
# A stall is noticed some frame periods after its begin, a loss at once; the times are counted from the first frame.
ends = [1000 * (1 + i * 2.03) + length for i in range(1, 21)]
born = result["opened_at_ms"]
times = sorted(min([at - born - end for at in result["recovered_at_ms"] if at - born >= end] or [9e9]) for end in ends)
print(f"| {len(times)} {name} of {length:.0f} ms | frames again after median {times[9]:.0f} ms ({times[9] * 0.03:.1f} "
      f"frames), worst {times[-1]:.0f} ms ({times[-1] * 0.03:.1f} frames); restarts {result['restarts']}, "
      f"reconnects {result['reconnects']}, CPU while away {result.get('cpu_away_percent', 0):.2f} % |")
PY
done
