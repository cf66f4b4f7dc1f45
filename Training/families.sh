#!/bin/sh
# forgery-frame and how the forgery networks are joined, judged by families of forgeries: families.sh DATA WORK. From labelled files to Models/ and one page
# of figures; steps whose result is there are left out, a stopped one goes on. One thread.
#
# WORK/lite0.pth and WORK/lite2.pth: ImageNet weights of EfficientNet-Lite0 and -Lite2 (README.md). CROPS: folders that hold
# the crops already. GENERATORS=1 also trains the laboratory's generators and draws their pairs (experiments/README.md).
set -eu
here=$(cd "$(dirname "$0")" && pwd)
data=$(cd "$1" && pwd)
mkdir -p "$2/crops/families"
work=$(cd "$2" && pwd)
python=${PYTHON:-python3}
vigil=${VIGIL:-vigil}
export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 MALLOC_MMAP_MAX_=0 MALLOC_TRIM_THRESHOLD_=100000000000
crops="--crops ${CROPS:-$work/crops/families} --data $data"
imagenet="--imagenet lite0=$work/lite0.pth lite2=$work/lite2.pth"

if [ -z "${CROPS:-}" ] && [ ! -s "$work/crops/families/done" ]; then
  # Live people of rooms: fifty pictures of each. Clips whole, twenty crops of each.
  awk -F '\t' 'NR > 1 && ($2 == "real" || $2 == "fake") {
    split($1, part, "/")
    if (part[1] == "pad" && ($2 != "real" || ++seen[part[2]] > 50)) next
    if (part[1] ~ /^(clips|forgery|faces|pad)$/ || $1 ~ /^landmarks\/youtube_faces\//) print $1 }' "$data/LABELS.tsv" |
    sed "s|^|$data/|" |
    "$vigil" crops --threads 1 --most 20 --rule "$here/rules/forgery-wide.json" --rule "$here/rules/forgery-large.json" \
      --out "$work/crops/families" -
  echo cut > "$work/crops/families/done"
fi
cd "$here"
[ -s "$work/looks.npz" ] || "$python" -m vigil_training.looks $crops $imagenet --models "$here/../Models" --most 10 \
  --out "$work/looks.npz"
"$python" -m vigil_training.made $crops $imagenet --kinds blend replace --out "$work/made" --pairs "${PAIRS:-4800}"
if [ "${GENERATORS:-0}" = 1 ]; then
  for name in dense-shuffle-64 map-bilinear-96 mouth-96 talker-128 dense-transposed-80; do
    [ -s "$work/generators/$name.pt" ] || "$python" -m vigil_training.generators $crops --out "$work/generators" \
      --minutes "${MINUTES:-2}" --only "$name"
  done
  "$python" -m vigil_training.made $crops $imagenet --generators "$work/generators" --out "$work/made-generated"
fi
"$python" -m vigil_training.familyheads --looks "$work/looks.npz" --made "$work/made" --out "$work/heads"
"$python" -m vigil_training.ship --imagenet "$work/lite2.pth" --forgery forgery-frame=lite2-heads:"$work/heads/frame.pt"
"$python" -m vigil_training.familyjoin --looks "$work/looks.npz" --equal --member forgery-spatial=logit:forgery-spatial \
  forgery-regions=logit:forgery-regions forgery-frame="$work/heads/scores.npz:frame" --out "$work/join" \
  --scores ../Calibration/scores.json --models ../Models --date "$(date +%F)"
