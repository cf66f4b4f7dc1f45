# The whole suite on a machine that has other things to do.
#   make test-loaded    the suite beside busy processes, again and again, with times and totals; RUNS=3, BUSY=8

.PHONY: test-loaded
RUNS ?= 3
BUSY ?= 8

test-loaded: test-packages models
	@scripts/test-under-load.sh $(RUNS) $(BUSY)
