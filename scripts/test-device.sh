#!/bin/bash
# Boots an emulated machine with the kernel's own test camera (vivid) and v4l2loopback, runs vigil in it, and checks
# what came. Nothing is loaded into the running kernel and no kernel is installed. Prints a table in Markdown.
#
# usage: scripts/test-device.sh [--short | --soak SECONDS] [--only NAME,NAME...] [--tests] [PROGRAM]
#   --short    the cases that CI runs, a few minutes
#   --soak     instead: faults every few seconds for so long
#   --only     those cases alone, and what they need before them
#   --tests    print lines as `swift test` does, for scripts/count-tests.py
#   PROGRAM    the vigil to test, default .build/release/vigil
# Exit code 0: all as expected; 1: not; 77: cannot be run here, the reason is printed.
# Needs the packages of section [device] of scripts/packages.txt, ffmpeg, a C compiler and make.
# VIGIL_DEVICE_CLIP is a clip with one face; default: one of VIGIL_SHARED's, else the demo that vigil makes.
set -euo pipefail
cd "$(dirname "$0")/.."
cases=all soak=0 format='' only=''
program=.build/release/vigil
while [ $# -gt 0 ]; do
  case $1 in
    --short) cases=short ;;
    --soak) cases=soak soak=$2; shift ;;
    --only) only=$2; shift ;;
    --tests) format=--tests ;;
    *) program=$1 ;;
  esac
  shift
done
work=${VIGIL_DEVICE_DIR:-.build/device}
models=${VIGIL_MODELS:-Models/third-party}
say() { echo "test-device: $*" >&2; }
cannot() { say "skipped: $*"; exit 77; }
[ -x "$program" ] || cannot "no program at $program; run: swift build -c release --product vigil"
for tool in qemu-system-x86_64 busybox cpio v4l2-ctl ffmpeg python3 make cc apt-cache; do
  command -v $tool >/dev/null || cannot "$tool is not installed; run: scripts/install-packages.sh device"
done
mkdir -p "$work"
work=$(realpath "$work")

# The kernel and its headers: fetched and unpacked, never installed.
fetch_kernel() {
  local image headers packages source
  image=$(apt-cache depends linux-image-amd64 2>/dev/null | awk '/Depends: linux-image-/{print $2; exit}')
  [ -n "$image" ] || cannot "apt knows no linux-image-amd64; run: apt-get update"
  release=${image#linux-image-}
  if [ ! -e "$work/kernel-$release/complete" ]; then
    say "fetching kernel $release"
    headers=linux-headers-$release
    packages="$image $headers $(apt-cache depends "$headers" | awk '/Depends: linux-(headers|kbuild)-/{print $2}')"
    rm -rf "$work/fetched" "$work/kernel-$release"
    mkdir -p "$work/fetched"
    # shellcheck disable=SC2086
    (cd "$work/fetched" && apt-get download -q $packages v4l2loopback-dkms >/dev/null 2>&1) \
      || cannot "apt cannot fetch kernel $release: no network, or apt-get update is due"
    for package in "$work"/fetched/*.deb; do dpkg -x "$package" "$work/kernel-$release"; done
    rm -rf "$work/fetched"
    touch "$work/kernel-$release/complete"
  fi
  kernel=$work/kernel-$release
  loopback=$(echo "$kernel"/usr/src/v4l2loopback-*)
  if [ ! -e "$loopback/v4l2loopback.ko" ]; then
    # The headers say where the rest of them lies, as if installed: here that is below the unpacked folder.
    source=$kernel/usr/src/linux-headers-$release
    sed -i "s# /usr/src/# $kernel/usr/src/#; s#^include /usr/src/#include $kernel/usr/src/#" "$source/Makefile"
    make -s -C "$source" M="$loopback" modules >"$work/loopback.log" 2>&1 \
      || { say "v4l2loopback cannot be built; see $work/loopback.log"; exit 1; }
  fi
}

# A file with the libraries it needs, at the same places.
add_program() {
  local root=$1 file=$2 place=$3 library
  install -D -m 755 "$file" "$root$place"
  ldd "$file" | grep -oE '/[^ ]+\.so[^ ]*' | sort -u | while read -r library; do
    [ -e "$root$library" ] || install -D -m 755 "$(realpath "$library")" "$root$library"
  done
}

# A clip with one face, when there is one and the networks that find it.
add_clip() {
  local root=$1 clip=${VIGIL_DEVICE_CLIP:-} shared=${VIGIL_SHARED:-../shared}/data/clips/DeepFaceLive/real
  [ -e "$models/face_landmarks_detector.tflite" ] || { say "no networks in $models: the face clip is left out"; return; }
  if [ -z "$clip" ] && [ -d "$shared" ]; then clip=$(find "$shared" -name '*.mp4' | sort | head -1); fi
  if [ -z "$clip" ]; then
    clip=$work/demo.mkv
    [ -e "$clip" ] || VIGIL_MODELS=$models "$program" demo --out "$clip" >/dev/null 2>&1 || clip=
  fi
  [ -n "$clip" ] || { say "no clip: the face clip is left out"; return; }
  # Short and small: the machine that plays it is slow.
  ffmpeg -v error -y -i "$clip" -t 12 -vf scale=-2:360 -an -c:v mpeg4 -q:v 3 -f avi "$root/data/clip"
  mkdir -p "$root/data/Models/third-party"
  cp Models/*.* "$root/data/Models/"
  cp "$models"/*.tflite "$models"/*.binarypb "$root/data/Models/third-party/"
  cp -r Calibration "$root/data/Calibration"
}

# Raw frames of a sensor with the pattern RGGB that sees the eight bars: two seconds of 320x180.
add_bayer() {
  python3 - "$1/data/bayer" <<'END'
import sys
bars = [(191, 191, 191), (191, 191, 0), (0, 191, 191), (0, 191, 0), (191, 0, 191), (191, 0, 0), (0, 0, 191), (0, 0, 0)]
rows = [bytes(bars[x * 8 // 320][channel[x % 2]] for x in range(320)) for channel in ((0, 1), (1, 2))]
open(sys.argv[1], "wb").write(b"".join(rows) * 90 * 20)
END
}

make_machine() {
  local root=$work/root module
  rm -rf "$root"
  mkdir -p "$root"/{bin,dev,proc,sys,tmp,modules,data,usr/bin,lib64}
  install -m 755 "$(command -v busybox)" "$root/bin/busybox"
  for module in mc videodev rc-core cec v4l2-dv-timings v4l2-tpg videobuf2-common videobuf2-memops \
    videobuf2-v4l2 videobuf2-vmalloc videobuf2-dma-contig vivid; do
    cp "$(find "$kernel/lib/modules" -name "$module.ko")" "$root/modules/"
  done
  cp "$loopback/v4l2loopback.ko" "$root/modules/"
  add_program "$root" "$program" /bin/vigil
  add_program "$root" "$(command -v v4l2-ctl)" /bin/v4l2-ctl
  add_program "$root" "$(command -v ffmpeg)" /bin/ffmpeg
  install -m 755 scripts/device/guest.sh "$root/init"
  install -m 644 scripts/device/cases.sh "$root/cases.sh"
  strip --strip-debug "$root/bin/vigil" 2>/dev/null || true
  add_bayer "$root"
  [ "$cases" = soak ] || add_clip "$root"
  (cd "$root" && find . | cpio -o -H newc --quiet) >"$work/machine.cpio"
  say "machine: $(du -h "$work/machine.cpio" | cut -f1)"
}

fetch_kernel
make_machine
limit=$((soak > 0 ? 300 + 2 * soak : 1500))
[ $cases != short ] || limit=900
say "booting kernel $release, $cases cases (software emulation; at most $limit s)"
start=$(date +%s)
late=
timeout "$limit" qemu-system-x86_64 -accel tcg,thread=multi -cpu max -smp 2 -m 3072 -nographic -no-reboot \
  -nodefaults -serial stdio -kernel "$kernel/boot/vmlinuz-$release" -initrd "$work/machine.cpio" \
  -append "console=ttyS0 quiet loglevel=3 panic=-1 no_timer_check vigil.cases=$cases vigil.soak=$soak${only:+ vigil.only=$only}" \
  </dev/null >"$work/serial-$cases.log" 2>"$work/qemu.log" \
  || { [ $? -ne 124 ] || late=--late; say "the machine did not end by itself; see $work/serial-$cases.log"; }
say "ran $(($(date +%s) - start)) s"
# No first word of the machine: this computer cannot emulate one. Silence after that is a fault of ours.
grep -q '^@@PLAN' "$work/serial-$cases.log" \
  || cannot "the emulated machine does not start here: $(tail -n 1 "$work/qemu.log" "$work/serial-$cases.log" | tr '\n' ' ')"
status=0
# shellcheck disable=SC2086
python3 scripts/device/evaluate.py $format $late "$work/serial-$cases.log" >"$work/table-$cases.md" || status=1
cat "$work/table-$cases.md"
exit $status
