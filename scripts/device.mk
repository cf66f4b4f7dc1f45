# Tests of capture that need an emulated machine or a long time.

SOAK_SECONDS ?= 1800

.PHONY: test-device test-device-short soak-capture test-streams

# vigil inside an emulated machine with the kernel's test camera and v4l2loopback; ten minutes or so.
test-device: build device-packages
	@scripts/test-device.sh $(VIGIL)

# What CI runs of it.
test-device-short: build device-packages
	@scripts/test-device.sh --short $(VIGIL)

# Network streams from real servers on this machine: good, broken and hostile.
test-streams: build
	@scripts/install-packages.sh test
	@scripts/test-streams.py $(VIGIL)

# A camera with a fault every few seconds, for SOAK_SECONDS.
soak-capture: build device-packages
	@scripts/test-device.sh --soak $(SOAK_SECONDS) $(VIGIL)

.PHONY: device-packages
device-packages:
	@scripts/install-packages.sh build test device
