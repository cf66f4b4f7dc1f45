# Tests of capture that need an emulated machine or a long time.

.PHONY: test-device soak-capture fuzz-capture

## test-device     vigil inside an emulated machine with the kernel's test camera and v4l2loopback (minutes)
test-device: build
	@scripts/install-packages.sh build test device
	@scripts/test-device.sh $(VIGIL)
