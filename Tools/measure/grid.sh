#!/bin/bash
# Measures a fake call: nine clips in a grid, played by ffplay in a real window of 1280x720 under Xvfb, watched as a
# region of the screen and as a window.
#
# usage: Tools/measure/grid.sh [--seconds N] PROGRAM CLIP...      nine clips, each with one face that stays in it
# Needs Xvfb and ffmpeg. Prints a table in Markdown and fails when not all nine faces are tracked.
set -euo pipefail
cd "$(dirname "$0")/../.."
seconds=25
if [ "${1:-}" = --seconds ]; then seconds=$2; shift 2; fi
program=${1:?usage: Tools/measure/grid.sh [--seconds N] PROGRAM CLIP...}
shift
[ $# -eq 9 ] || { echo "measure-grid: give nine clips" >&2; exit 64; }
folder=$(mktemp -d)
export DISPLAY=${VIGIL_MEASURE_DISPLAY:-:94} SDL_RENDER_DRIVER=software SDL_VIDEODRIVER=x11
Xvfb "$DISPLAY" -screen 0 1280x720x24 >/dev/null 2>&1 & screen=$!
player=
trap 'kill $player $screen 2>/dev/null; rm -rf "$folder"' EXIT

inputs=() scaled= places= tiles=
for i in 0 1 2 3 4 5 6 7 8; do
  inputs+=(-stream_loop -1 -i "$1")
  shift
  scaled+="[$i:v]fps=25,scale=426:240:force_original_aspect_ratio=increase,crop=426:240,setsar=1[v$i];"
  tiles+="[v$i]"
  places+="${places:+|}$((i % 3 * 427))_$((i / 3 * 240))"
done
# Encoded so that playing it takes little: both cores are also the program's.
ffmpeg -v error -y "${inputs[@]}" -filter_complex "$scaled${tiles}xstack=inputs=9:layout=$places:fill=gray,scale=1280:720" \
  -t $((seconds + 12)) -c:v mpeg4 -q:v 3 -g 25 "$folder/grid.mp4"
ffplay -v error -an -noborder -left 0 -top 0 -x 1280 -y 720 -window_title "Call of nine" -autoexit \
  -loop 0 "$folder/grid.mp4" </dev/null >/dev/null 2>&1 & player=$!
sleep 3

ticks() { awk '{ print $14 + $15 }' "/proc/$1/stat"; }
status=0
echo "| source | lines with nine tracks | tracks that came and went | frames read a second | frames judged a second | of a core |"
echo "|---|---|---|---|---|---|"
for source in screen:1280x720+0+0 "window:Call of nine"; do
  "$program" monitor --headless --no-log --jsonl "$folder/events" --seconds "$seconds" "$source" >/dev/null 2>"$folder/log" &
  monitor=$!
  sleep 5; before=$(ticks $monitor); sleep $((seconds - 8)); after=$(ticks $monitor)
  wait $monitor || { cat "$folder/log" >&2; status=1; }
  python3 - "$folder/events" "$source" $(((after - before) / (seconds - 8))) <<'PY' || status=1
import json, sys
lines = [json.loads(l) for l in open(sys.argv[1])]
# The first three seconds are for finding faces.
seconds = [l for l in lines if l["event"] == "second"]
settled = [l for l in seconds if l["time_s"] - seconds[0]["time_s"] >= 3]
def seen(line):
    return sum(t["phase"] in ("confirmed", "coasting") for t in line["tracks"])
nine = sum(seen(l) >= 9 for l in settled)
least = min(seen(l) for l in settled)
begun = sum(l["event"] == "track_began" for l in lines)
gone = sum(l["event"] == "track_ended" for l in lines)
first, last = settled[0], settled[-1]
time = last["time_s"] - first["time_s"]
read = (last["delivered"] - first["delivered"]) / time
judged = (last["delivered"] - last["dropped"] - first["delivered"] + first["dropped"]) / time
print(f"| `{sys.argv[2]}` | {nine} of {len(settled)} (at least {least}) | {begun} began, {gone} ended | {read:.1f} "
      f"| {judged:.1f} | {sys.argv[3]} % |")
sys.exit(nine * 10 < len(settled) * 9)
PY
done
exit $status
