# Vigil: what can be made.
#
#   make monitor    install what is needed, fetch the networks, build, and watch the first camera (or the demo)
#   make test       install what tests need, check the style and the layers, build, run every test
#   make build      the programs, optimized: .build/release/vigil
#   make demo       write the demo clip: out/demo.mkv, and its truth out/demo.json
#   make models     fetch and verify the networks (Models/third-party/)
#   make packages   install the Debian packages of the program (scripts/packages.txt)
#   make format     rewrite Swift and C in the project's format
#   make lint       check the style of Swift, C and Python, the layers and numbers in code, changing nothing
#   make bench      time this program and its peers on one clip (CLIP=file, default the demo clip)
#   make bench-engines  time the networks here, in LiteRT and in ONNX Runtime, interleaved
#   make clean      remove what was built; the fetched networks stay
#   make help       this list
#
# Everything can be run again. On a Debian without make: apt-get install make.

# Nothing of the caller's locale may change how tools answer.
export LC_ALL := C.UTF-8
unexport MAKEFLAGS

# One configuration for the program and its tests: packages are built once, and numeric tests are slow without
# optimization. An import that Package.swift does not declare is an error.
BUILD := swift build -c release --explicit-target-dependency-import-check error
VIGIL := .build/release/vigil
SOURCE ?=
CLIP ?= out/demo.mkv

.PHONY: help monitor test build models packages test-packages demo format lint layers numbers bench bench-engines clean
.DEFAULT_GOAL := help

help:
	@sed -n '3,/^$$/s/^#  */  /p' Makefile | sed '/^$$/q'
	@echo "Long checks and measurements, each with what it needs:"
	@sed -n 's/^#   make/  make/p' scripts/*.mk

packages:
	@scripts/install-packages.sh build

test-packages:
	@scripts/install-packages.sh build test

models: packages
	@scripts/fetch-models.sh

build: packages
	@echo "build: vigil, optimized; the first time takes minutes"
	@$(BUILD) --product vigil
	@$(BUILD) --product vigil-verify
	@$(BUILD) --product vigil-ship

monitor: models build
	@scripts/monitor.sh $(VIGIL) $(SOURCE)

demo: models build
	@mkdir -p out
	@$(VIGIL) demo --out out/demo.mkv

test: test-packages models
	@scripts/run-tests.sh

format:
	@scripts/format.sh

lint:
	@scripts/lint.sh

layers:
	@scripts/check-layers.py --self-test
	@scripts/check-layers.py

numbers:
	@scripts/check-numbers.py --self-test
	@scripts/check-numbers.py

bench: demo
	@scripts/bench.sh $(CLIP)

clean:
	@rm -rf .build out .venv-bench .venv-lint
	@echo "clean: removed .build, out, .venv-bench and .venv-lint"

-include $(sort $(wildcard scripts/*.mk))

bench-engines: models
	@$(BUILD) --product vigil-lab
	@VIGIL_MODELS=$${VIGIL_MODELS:-Models/third-party} python3 Tools/bench/engines.py $(BENCH_ARGS)
