#!/bin/sh
# Makes a Debian package of what was built: out/vigil_VERSION_ARCH.deb
#
#   scripts/make-deb.sh BUILD_FOLDER
set -eu
build=${1:?usage: scripts/make-deb.sh BUILD_FOLDER}
cd "$(dirname "$0")/.."
version=$("$build/vigil" --version)
arch=$(dpkg --print-architecture)
mkdir -p out
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT INT TERM
DESTDIR=$tree PREFIX=/usr scripts/install.sh "$build"

# The packages that hold the libraries the programs ask for, without Swift's own, which are inside.
needed=$(LD_LIBRARY_PATH=$tree/usr/lib/vigil ldd "$tree/usr/lib/vigil/vigil" "$tree/usr/lib/vigil/vigil-server" \
  | awk '/not found/ { print "missing: " $1 > "/dev/stderr"; exit 1 } $2 == "=>" && $3 ~ /^\// { print $1 }' | sort -u)
direct=$(for file in "$tree"/usr/lib/vigil/vigil "$tree"/usr/lib/vigil/vigil-* "$tree"/usr/lib/vigil/*.so*; do
  objdump -p "$file" | awk '$1 == "NEEDED" { print $2 }'
done | sort -u)
depends=$(for library in $direct; do
  echo "$needed" | grep -qx "$library" || continue
  [ -e "$tree/usr/lib/vigil/$library" ] && continue
  dpkg -S "*/$library" 2>/dev/null | sed -n 's/:.*//p' | grep -v -e -dev -e -cross -e i386 | head -n 1
done | sort -u | paste -sd, | sed 's/,/, /g')

mkdir -p "$tree/DEBIAN" "$tree/etc/default"
cat >"$tree/etc/default/vigil-server" <<'END'
# Options of vigil-server; see vigil-server(1). Without any it listens on 127.0.0.1:8080.
VIGIL_SERVER_OPTIONS=
END
echo /etc/default/vigil-server >"$tree/DEBIAN/conffiles"
cat >"$tree/DEBIAN/control" <<END
Package: vigil
Version: $version
Architecture: $arch
Maintainer: The Vigil project <vigil@localhost>
Section: video
Priority: optional
Installed-Size: $(du -sk "$tree/usr" | cut -f1)
Depends: $depends, libopenblas0, util-linux, fonts-dejavu-core
Recommends: libpq5
Description: is a live person there, and is the picture genuine?
 Vigil watches a camera, a call window or a recording and says for each face
 whether a live person is there and whether the picture is genuine. With an
 HTTP server and a web page for uploads.
END
file=out/vigil_${version}_$arch.deb
dpkg-deb --root-owner-group --build "$tree" "$file" >/dev/null
echo "deb: $file, $(du -h "$file" | cut -f1)"
