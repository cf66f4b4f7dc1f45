#!/bin/sh
# Installs what was built: programs, networks, page, manual pages, completions, desktop entry, systemd units.
#
#   scripts/install.sh BUILD_FOLDER        PREFIX (default /usr/local) and DESTDIR are taken from the environment
#
# Everything private lies in PREFIX/lib/vigil; the programs find their networks and page beside themselves, and Swift's
# run-time libraries too, so that the target needs no Swift.
set -eu
build=${1:?usage: scripts/install.sh BUILD_FOLDER}
cd "$(dirname "$0")/.."
prefix=${PREFIX:-/usr/local}
root=${DESTDIR:-}$prefix
lib=$root/lib/vigil
fail() {
  echo "install: $*" >&2
  exit 1
}
for program in vigil vigil-verify vigil-ship vigil-server; do
  [ -x "$build/$program" ] || fail "$build/$program: not built; run: make build server"
done

install -d "$root/bin" "$lib/Models" "$lib/Calibration" "$lib/Page" "$root/share/man/man1" \
  "$root/share/applications" "$root/share/icons/hicolor/scalable/apps" "$root/share/doc/vigil" \
  "$root/share/bash-completion/completions" "$root/share/zsh/vendor-completions" \
  "$root/share/fish/vendor_completions.d" "$root/lib/systemd/system"

swift_libs() {
  ldd "$build/vigil" "$build/vigil-server" "$build/vigil-verify" "$build/vigil-ship" | awk '$3 ~ /\/swift\/linux\// { print $3 }' | sort -u
}
for program in vigil vigil-verify vigil-ship vigil-server; do
  install -m 755 "$build/$program" "$lib/$program"
  strip --strip-unneeded "$lib/$program" 2>/dev/null || true
  ln -sf "../lib/vigil/$program" "$root/bin/$program"
done
for library in $(swift_libs); do install -m 644 "$library" "$lib/"; done

cp -RL Models/. "$lib/Models/"
install -D -m 755 scripts/fetch-models.sh "$lib/scripts/fetch-models.sh"
cp -R Calibration/*.json "$lib/Calibration/"
install -m 644 Page/* "$lib/Page/"
install -m 644 Page/icon.svg "$root/share/icons/hicolor/scalable/apps/vigil.svg"
install -m 644 packaging/vigil.desktop "$root/share/applications/"
install -m 644 README.md docs/server.md docs/threat-model.md "$root/share/doc/vigil/"
for unit in vigil-server.service vigil-monitor@.service; do
  sed "s|/usr/bin/|$prefix/bin/|" "packaging/$unit" >"$root/lib/systemd/system/$unit"
done
for program in vigil vigil-server vigil-verify vigil-ship; do
  scripts/make-manual.py "$build/$program" >"$root/share/man/man1/$program.1"
  gzip -9nf "$root/share/man/man1/$program.1"
  "$build/$program" --generate-completion-script bash >"$root/share/bash-completion/completions/$program"
  "$build/$program" --generate-completion-script zsh >"$root/share/zsh/vendor-completions/_$program"
  "$build/$program" --generate-completion-script fish >"$root/share/fish/vendor_completions.d/$program.fish"
done
chmod -R u+rwX,go+rX "$root"
echo "install: done, in $root"
