#!/bin/sh
# A larger network end to end, for MINUTES more: longrun.sh DATA WORK MINUTES. Stops and goes on at will from
# WORK/longrun/state.pt; needs WORK/looks.npz and the crops of families.sh (or CROPS). Judged at the end on clips nobody saw.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
data=$(cd "$1" && pwd)
work=$(cd "$2" && pwd)
python=${PYTHON:-python3}
export OMP_NUM_THREADS=1 MALLOC_MMAP_MAX_=0 MALLOC_TRIM_THRESHOLD_=100000000000
cd "$here"
crops="--crops ${CROPS:-$work/crops/families} --data $data"
"$python" -m vigil_training.longrun $crops --imagenet "$work/lite2.pth" --out "$work/longrun" --minutes "$3"
"$python" -m vigil_training.longrun $crops --out "$work/longrun" --judge "$work/looks.npz"
