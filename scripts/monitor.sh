#!/bin/sh
# Opens the monitor on a source; without one on the first real camera, and when there is none on the demo clip.
#
#   scripts/monitor.sh VIGIL [SOURCE]
set -eu
vigil=${1:?usage: scripts/monitor.sh VIGIL [SOURCE]}
shift
cd "$(dirname "$0")/.."

if [ $# -gt 0 ]; then exec "$vigil" monitor "$@"; fi

options=
if [ -z "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ]; then
  echo "monitor: there is no screen here (DISPLAY is not set): running without a window"
  options=--headless
fi
for device in /dev/video*; do
  [ -e "$device" ] || continue
  echo "monitor: a camera may be there; press q or Esc in the window to end"
  status=0
  # shellcheck disable=SC2086
  "$vigil" monitor $options || status=$?
  # 3: no usable input; none of the devices is a camera.
  [ "$status" -eq 3 ] || exit "$status"
  break
done

clip=out/demo.mkv
echo "monitor: no camera; showing the demo clip, a puppet animated from one photograph"
if [ ! -s "$clip" ]; then
  mkdir -p out
  "$vigil" demo --out "$clip"
fi
# shellcheck disable=SC2086
exec "$vigil" monitor $options "$clip"
