#!/bin/sh
# Installs the package in a clean Debian root made by debootstrap and runs it there: needs root and a Debian mirror.
#
#   scripts/test-deb.sh DEB CLIP [MIRROR]
set -eu
deb=$(realpath "${1:?usage: scripts/test-deb.sh DEB CLIP [MIRROR]}")
clip=$(realpath "${2:?usage: scripts/test-deb.sh DEB CLIP [MIRROR]}")
mirror=${3:-}
root=$(mktemp -d)
server=
cleanup() {
  [ -z "$server" ] || kill "$server" 2>/dev/null || true
  umount "$root/proc" 2>/dev/null || true
  rm -rf --one-file-system "$root"
}
trap cleanup EXIT INT TERM
echo "test-deb: a clean root"
# shellcheck disable=SC2086
debootstrap --variant=minbase bookworm "$root" $mirror >"$root.log" 2>&1 || { tail "$root.log"; exit 1; }
cp "$deb" "$root/vigil.deb"
cp "$clip" "$root/clip.mkv"
mount -t proc proc "$root/proc" 2>/dev/null || true
cp /etc/apt/apt.conf.d/*proxy* "$root/etc/apt/apt.conf.d/" 2>/dev/null || true
inside() { chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@"; }
inside apt-get -q update >/dev/null
inside apt-get -q install -y --no-install-recommends /vigil.deb >"$root.log" 2>&1 || { tail "$root.log"; exit 1; }
echo "test-deb: installed; $(inside vigil --version), $(inside vigil-server --version)"
inside vigil analyze /clip.mkv | tee "$root/result"
grep -q '"verdict":' "$root/result"
: >"$root/address"
inside vigil-server --port 18080 --folder /tmp/state >"$root/address" 2>"$root.log" &
server=$!
for _ in 1 2 3 4 5 6 7 8 9 10; do
  grep -q 'http://' "$root/address" && break
  sleep 1
done
answer=$(curl -s -F "file=@$clip" http://127.0.0.1:18080/predict_video)
echo "test-deb: the server says $answer"
echo "$answer" | grep -q '"result":'
curl -sf http://127.0.0.1:18080/ | grep -q '<title>Vigil</title>'
gzip -t "$root/usr/share/man/man1/vigil.1.gz"
inside bash -n /usr/share/bash-completion/completions/vigil
echo "test-deb: passed"
