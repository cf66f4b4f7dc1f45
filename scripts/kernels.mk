# The kernels of Sources/CKernels by themselves: compiled by two compilers for two architectures, checked natively and
# under emulation. Needs no Swift build.
#   make test-kernels    every kernel against plain loops, for each instruction set here, and for ARM under qemu
#   make test-kernels-long  the same with both compilers, KERNEL_ROUNDS (3000) rounds
#   make bench-products  matrix products by the engine's kernels and by OpenBLAS, with every instruction set here

KERNEL_ROUNDS ?= 3000
KERNEL_SEED ?= 1
KERNEL_OUT := out/kernels
KERNEL_FLAGS := -O3 -std=gnu11 -Wall -Wextra -Werror -ISources/CKernels/include -ISources/CKernels
KERNEL_SOURCES := $(wildcard Sources/CKernels/*.c Sources/CKernels/isa/*.c Tests/Kernels/*.c)
KERNEL_CLANG := $(or $(wildcard $(dir $(shell command -v swift))clang),clang)

# kernel-checks/NAME: the checks built by one compiler. The linker of Swift's toolchain serves every architecture.
define kernel_checks
$(KERNEL_OUT)/$(1)/checks: $(KERNEL_SOURCES:%.c=$(KERNEL_OUT)/$(1)/%.o)
	@$(2) $(3) -o $$@ $$^ -lm
$(KERNEL_OUT)/$(1)/%.o: %.c
	@mkdir -p $$(@D)
	@$(2) $(KERNEL_FLAGS) -MMD -c -o $$@ $$<
-include $(KERNEL_SOURCES:%.c=$(KERNEL_OUT)/$(1)/%.d)
endef
$(eval $(call kernel_checks,native-clang,$(KERNEL_CLANG),))
$(eval $(call kernel_checks,native-gcc,gcc,))
$(eval $(call kernel_checks,arm-clang,$(KERNEL_CLANG) --target=aarch64-linux-gnu,-static -fuse-ld=lld))
$(eval $(call kernel_checks,arm-gcc,aarch64-linux-gnu-gcc,-static))

.PHONY: test-kernels test-kernels-long kernel-packages
kernel-packages:
	@scripts/install-packages.sh arm

test-kernels: kernel-packages
	@scripts/test-kernels.sh --quick

test-kernels-long: kernel-packages
	@scripts/test-kernels.sh $(KERNEL_ROUNDS) $(KERNEL_SEED)

# One process a set, because OpenBLAS chooses its kernels when it is loaded: the same that OpenBLAS.swift asks for.
.PHONY: bench-products
bench-products:
	@scripts/install-packages.sh build
	@mkdir -p out
	@$(KERNEL_CLANG) $(KERNEL_FLAGS) -o out/products Tools/bench/products.c $(filter Sources/%,$(KERNEL_SOURCES)) -lm -ldl
	@for pair in avx512:SkylakeX avx2:Haswell baseline:Nehalem; do \
	  OPENBLAS_NUM_THREADS=1 OPENBLAS_CORETYPE=$${pair#*:} out/products $${pair%:*} || true; done | tee out/products.run
	@{ printf 'set\tkind\trows\tinner\toutputs\town_us\topenblas_us\tratio\tway\n'; cat out/products.run; } \
	  > docs/measurements/products.tsv
	@Tools/generate/product_table.py docs/measurements/products.tsv
