#!/bin/sh
# Installs the Debian packages that Vigil needs and that are not there yet.
#
#   scripts/install-packages.sh build         what the program needs
#   scripts/install-packages.sh build test    and what its tests need
#   scripts/install-packages.sh --list test   only names what is missing; exit code 1 when something is
#
# The list is scripts/packages.txt. Can be run again: with nothing missing it does nothing and needs no rights.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
list=$here/packages.txt
say() { echo "install-packages: $*"; }
fail() {
  echo "install-packages: $*" >&2
  exit 1
}

only_list=no
if [ "${1:-}" = --list ]; then
  only_list=yes
  shift
fi
[ $# -gt 0 ] || set -- build
for section; do
  grep -q "^\[$section\]" "$list" || fail "no section [$section] in scripts/packages.txt; give build, test or device"
done

wanted=$(awk -v sections="$*" '
  BEGIN { n = split(sections, s, " "); for (i = 1; i <= n; i++) take[s[i]] = 1 }
  { sub(/#.*/, "") }
  /^\[/ { section = substr($1, 2, length($1) - 2); next }
  NF && take[section] { print $1 }' "$list")

command -v dpkg-query >/dev/null || {
  echo "install-packages: this is not Debian; install the equivalents of these yourself:" >&2
  fail "$(echo "$wanted" | tr '\n' ' ')"
}

missing=
for package in $wanted; do
  state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
  [ "$state" = installed ] || missing="$missing $package"
done

if [ -z "$missing" ]; then
  say "all $(echo "$wanted" | wc -l) packages of [$*] are installed"
  exit 0
fi
say "missing:$missing"
[ "$only_list" = no ] || exit 1

as_root=
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null || fail "not root and no sudo; as root run: apt-get install$missing"
  as_root=sudo
fi
quiet_apt() { $as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -o Acquire::Retries=3 "$@"; }

say "apt-get update"
quiet_apt update >/dev/null || say "apt-get update failed; trying with the lists that are there"
say "apt-get install$missing"
# shellcheck disable=SC2086
quiet_apt install -y --no-install-recommends $missing >"${TMPDIR:-/tmp}/vigil-apt.$$" 2>&1 || {
  tail -n 20 "${TMPDIR:-/tmp}/vigil-apt.$$" >&2
  rm -f "${TMPDIR:-/tmp}/vigil-apt.$$"
  fail "apt-get could not install:$missing (its last lines are above)"
}
rm -f "${TMPDIR:-/tmp}/vigil-apt.$$"
say "done"
