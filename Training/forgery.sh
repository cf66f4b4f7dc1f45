#!/bin/sh
# The forgery networks, from crops to Models/: forgery.sh DATA WORK (train.sh calls it). Steps whose result is there are
# left out. One thread throughout, so that the same crops give the same weights.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
data=$(cd "$1" && pwd)
work=$(cd "$2" && pwd)
python=${PYTHON:-python3}
cd "$here"
export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1
# Tensors of the same sizes come back at every step: memory that is kept is worth half of the time.
export MALLOC_MMAP_MAX_=0 MALLOC_TRIM_THRESHOLD_=100000000000
cut="--crops $work/crops --data $data"
out=$work/forgery
pool=$work/pool.rgb
mkdir -p "$out" "$work/statistics"

# Made pairs: no clip and no deepfake. The end of 2,400 steps ranks live swaps worse than 300 do: docs/decisions/0004.
[ -s "$out/made/step-300.pt" ] || "$python" -m vigil_training.finetune $cut --imagenet "$work/lite0.pth" \
  --steps 2400 --stop 300 --out "$out/made"
[ -s "$out/noise/step-1600.pt" ] || "$python" -m vigil_training.finetune $cut --net noise --pairs 12 --steps 1600 \
  --every 400 --rate 1e-3 --seed 2 --pool "$pool" --pool-steps 450 --out "$out/noise"

# Known forgeries, once for each fold without what it holds back.
"$python" -m vigil_training.foldtune $cut --weights "$out/made/step-300.pt" --pool "$pool" --pool-pairs 12 \
  --most 12 --steps 80 --out "$out/spatial"
"$python" -m vigil_training.foldtune $cut --net noise --freeze 2 --rate 3e-4 --weights "$out/noise/step-1600.pt" \
  --pool "$pool" --pool-pairs 12 --most 12 --steps 80 --out "$out/noise/tuned"
statistics() {
  [ -s "$work/statistics/forgery-$1.npz" ] || "$python" -m vigil_training.statistics $cut --threads 1 \
    --shard "$2" --imagenet "$work/lite0.pth" --out "$work/statistics/forgery-$1.npz"
}
statistics 0 0/2 & statistics 1 1/2 & wait
statistics strangers strangers
[ -s "$out/regions/all.pt" ] || "$python" -m vigil_training.heads --heads 4 --all --out "$out/regions" \
  --statistics "$work/statistics/forgery-0.npz" "$work/statistics/forgery-1.npz" "$work/statistics/forgery-strangers.npz"
"$python" -m vigil_training.temporal $cut --spatial "$out/spatial" --out "$out/time"

# What each network says of what folds hold back.
score() {
  [ -s "$3" ] || "$python" -m vigil_training.score $cut --net "$1" --weights "$2" --most 12 --out "$3"
}
score lite "$out/made/step-300.pt" "$out/made/step-300.npz"
for step in 400 800 1200 1600; do
  score noise "$out/noise/step-$step.pt" "$out/noise/step-$step.npz"
done

# Which members are joined (the rule: weights.py), then those alone fold by fold, and shipped.
noise=$out/noise
checkpoints=$noise/step-400.npz,$noise/step-800.npz,$noise/step-1200.npz,$noise/step-1600.npz,$noise/tuned
set -- forgery-spatial="$out/spatial" forgery-regions="$out/regions" forgery-noise="$checkpoints" forgery-time="$out/time"
"$python" -m vigil_training.members --files "$out/made/step-300.npz" --member "$@" --out "$out/study"
"$python" -m vigil_training.members --files "$out/made/step-300.npz" --member "$@" --only "$out/study/report.json" --out "$out"
set -- forgery-spatial=lite:"$out/spatial" forgery-regions=heads:"$out/regions" forgery-noise=noise:"$noise" \
  forgery-time=time-forgery-spatial:"$out/time"
"$python" -m vigil_training.ship --imagenet "$work/lite0.pth" --report "$out/report.json" --forgery "$@"
"$python" -m vigil_training.foldship --imagenet "$work/lite0.pth" --report "$out/report.json" --member "$@" \
  --out "$out/folds" --date "$(date +%F)"
