#!/bin/sh
# Builds and runs the checks of the kernels (Tests/Kernels): native with every instruction set of this machine, and for
# ARM under qemu. One line a set; exit code 1 when a number differs or memory is touched that is not theirs.
#
#   scripts/test-kernels.sh --quick              clang, natively and for ARM; gcc for ARM compiles NEON. For `make test`
#   scripts/test-kernels.sh [ROUNDS] [SEED]      both compilers, both architectures
set -eu
cd "$(dirname "$0")/.."

out=out/kernels
failed=
check() {
  name=$1
  shift
  started=$(date +%s)
  if make -s -j 2 -f scripts/kernels.mk "$out/$name/checks" && "$@"; then
    echo "Test kernels_$name passed after $(($(date +%s) - started)) seconds."
  else
    echo "Test kernels_$name failed after $(($(date +%s) - started)) seconds."
    failed=yes
  fi
}

if [ "${1:-}" = --quick ]; then
  # Warnings of the other compiler, for the other architecture.
  for source in Sources/CKernels/*.c Sources/CKernels/isa/*.c; do
    aarch64-linux-gnu-gcc -fsyntax-only -std=gnu11 -Wall -Wextra -Werror -ISources/CKernels/include "$source" \
      || failed=yes
  done
  check native-clang "$out/native-clang/checks" 2000 2
  check arm-clang qemu-aarch64 "$out/arm-clang/checks" 100 2
else
  rounds=${1:-3000} seed=${2:-1}
  check native-clang "$out/native-clang/checks" "$rounds" "$seed"
  check native-gcc "$out/native-gcc/checks" "$rounds" "$seed"
  check arm-clang qemu-aarch64 "$out/arm-clang/checks" $((rounds / 5)) "$seed"
  check arm-gcc qemu-aarch64 "$out/arm-gcc/checks" $((rounds / 5)) "$seed"
fi
[ -z "$failed" ]
