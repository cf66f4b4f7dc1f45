#!/bin/bash
# Boots an emulated machine with the kernel's own test camera (vivid) and v4l2loopback, runs vigil in it, and checks
# what came. Nothing is loaded into the running kernel and no kernel is installed. Prints a table; exit code 0: all met.
#
# usage: scripts/test-device.sh [PROGRAM]      PROGRAM: the vigil to test, default .build/release/vigil
# Needs qemu-system-x86, busybox-static, cpio, v4l-utils, ffmpeg, a C compiler, make and python3.
set -euo pipefail
cd "$(dirname "$0")/.."
program=${1:-.build/release/vigil}
work=${VIGIL_DEVICE_DIR:-.build/device}
seconds=${VIGIL_DEVICE_SECONDS:-900}
clip=${VIGIL_DEVICE_CLIP:-}
models=${VIGIL_MODELS:-Models/third-party}
say() { echo "test-device: $*" >&2; }
die() { say "$*"; exit 1; }
[ -x "$program" ] || die "no program at $program; run: swift build -c release --product vigil"
mkdir -p "$work"
work=$(realpath "$work")

# The kernel: unpacked, never installed. Its headers are installed because v4l2loopback is built against them.
fetch_kernel() {
  local image
  image=$(apt-cache depends linux-image-amd64 | awk '/Depends: linux-image-/{print $2; exit}')
  [ -n "$image" ] || die "apt knows no linux-image-amd64; run: apt-get update"
  release=${image#linux-image-}
  if [ ! -e "$work/kernel/boot/vmlinuz-$release" ]; then
    say "fetching kernel $release"
    (cd "$work" && apt-get download -q "$image" v4l2loopback-dkms 2>/dev/null >&2)
    rm -rf "$work/kernel" "$work/loopback"
    dpkg -x "$work/$image"_*.deb "$work/kernel"
    dpkg -x "$work"/v4l2loopback-dkms_*.deb "$work/loopback"
    rm -f "$work"/*.deb
  fi
  if [ ! -d "/usr/src/linux-headers-$release" ]; then
    say "installing the headers of $release"
    local admin=; [ "$(id -u)" = 0 ] || admin=sudo
    $admin apt-get -o DPkg::Lock::Timeout=300 install -y -q --no-install-recommends "linux-headers-$release" >/dev/null
  fi
  loopback=$(echo "$work"/loopback/usr/src/v4l2loopback-*)
  if [ ! -e "$loopback/v4l2loopback.ko" ]; then
    make -s -C "/usr/src/linux-headers-$release" M="$loopback" modules >"$work/loopback.log" 2>&1 \
      || die "v4l2loopback cannot be built; see $work/loopback.log"
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

make_machine() {
  local root=$work/root module
  rm -rf "$root"
  mkdir -p "$root"/{bin,dev,proc,sys,tmp,modules,data,usr/bin,lib64}
  install -m 755 "$(command -v busybox)" "$root/bin/busybox"
  for module in mc videodev rc-core cec v4l2-dv-timings v4l2-tpg videobuf2-common videobuf2-memops \
    videobuf2-v4l2 videobuf2-vmalloc videobuf2-dma-contig vivid; do
    cp "$(find "$work/kernel/lib/modules" -name "$module.ko")" "$root/modules/"
  done
  cp "$loopback/v4l2loopback.ko" "$root/modules/"
  add_program "$root" "$program" /bin/vigil
  add_program "$root" "$(command -v v4l2-ctl)" /bin/v4l2-ctl
  add_program "$root" "$(command -v ffmpeg)" /bin/ffmpeg
  cp scripts/device/guest.sh "$root/init"
  chmod 755 "$root/init"
  strip --strip-debug "$root/bin/vigil" 2>/dev/null || true
  if [ -n "$clip" ]; then cp "$clip" "$root/data/clip.mp4"; fi
  if [ -d "$models" ]; then
    cp -r "$models" "$root/data/models"
    rm -rf "$root"/data/models/*.png
    cp -r Calibration "$root/data/Calibration"
  fi
  (cd "$root" && find . | cpio -o -H newc --quiet) >"$work/machine.cpio"
  say "machine: $(du -h "$work/machine.cpio" | cut -f1)"
}

fetch_kernel
make_machine
say "booting (software emulation; at most $seconds s)"
start=$(date +%s)
timeout "$seconds" qemu-system-x86_64 -accel tcg,thread=multi -cpu max -smp 2 -m 3072 -nographic -no-reboot \
  -nodefaults -serial stdio -kernel "$work/kernel/boot/vmlinuz-$release" -initrd "$work/machine.cpio" \
  -append "console=ttyS0 quiet loglevel=3 panic=-1" </dev/null >"$work/serial.log" 2>"$work/qemu.log" \
  || say "the machine did not end by itself; see $work/serial.log"
say "ran $(($(date +%s) - start)) s"
python3 scripts/device/evaluate.py "$work/serial.log" | tee "$work/table.txt"
exit "${PIPESTATUS[0]}"
