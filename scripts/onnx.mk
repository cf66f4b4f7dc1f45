# The ONNX project's own cases, and the fuzzing of both readers.
#   make test-onnx      the ONNX project's own backend cases: passed, refused by name, failed
#   make fuzz-models    both readers with AddressSanitizer, FUZZ_SECONDS (600) each

ONNX_WHEEL := onnx==1.23.2
ONNX_PYTHON := .venv-onnx/bin/python
ONNX_CASES := out/onnx-cases
FUZZ_SECONDS ?= 600
FUZZ_SEED ?= 1

.PHONY: test-onnx onnx-cases fuzz-models

# Part of `make test`: writes the cases if the wheel can be had, says why if not.
test: onnx-cases

onnx-cases:
	@scripts/fetch-onnx-cases.sh $(ONNX_WHEEL) .venv-onnx $(ONNX_CASES)

test-onnx: packages onnx-cases
	@$(BUILD) --product vigil-lab
	@if [ -e $(ONNX_CASES)/done ]; then .build/release/vigil-lab models cases $(ONNX_CASES); fi

# At least ten minutes for each reader, with AddressSanitizer; FUZZ_SECONDS and FUZZ_SEED change that.
fuzz-models: packages models onnx-cases
	@swift build --scratch-path .build-asan --sanitize=address -c release --product vigil-lab
	@mkdir -p out/fuzz
	ASAN_OPTIONS=detect_leaks=0 .build-asan/release/vigil-lab models fuzz --seconds $(FUZZ_SECONDS) --seed $(FUZZ_SEED) \
	  --current out/fuzz/onnx.bin $(ONNX_CASES)
	ASAN_OPTIONS=detect_leaks=0 .build-asan/release/vigil-lab models fuzz --seconds $(FUZZ_SECONDS) --seed $(FUZZ_SEED) \
	  --current out/fuzz/tflite.bin --largest 2000000 Models/third-party
