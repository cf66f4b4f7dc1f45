# Tests of capture that need an emulated machine or a long time.
#   make test-device        cameras: the kernel's test drivers in an emulated machine, all cases (five minutes or more)
#   make test-device-short  the cases of it that make test runs
#   make test-pipewire      cameras of PipeWire and the screen of a Wayland desktop, in a session of its own (two minutes)
#   make test-streams       network streams from real servers on this machine: good, broken and hostile
#   make soak-capture       a camera with a fault every few seconds, for SOAK_SECONDS (1800)
#   make bench-camera       latency, recovery and load with a scripted camera; CLIP=a video with one face
#   make bench-pixels       decoding and colours beside OpenCV and FFmpeg; CLIP=a video

SOAK_SECONDS ?= 1800

.PHONY: test-device test-device-short soak-capture test-streams bench-camera bench-pixels

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

# PipeWire's cameras and a Wayland screen: a private session with a fake camera and a headless desktop.
.PHONY: test-pipewire
test-pipewire: build
	@scripts/install-packages.sh test
	@scripts/test-pipewire.py $(VIGIL)
	@scripts/test-screencast.py $(VIGIL)

# A camera with a fault every few seconds, for SOAK_SECONDS.
soak-capture: build device-packages
	@scripts/test-device.sh --soak $(SOAK_SECONDS) $(VIGIL)

bench-camera: build
	@Tools/measure/camera.sh $(CLIP) $(VIGIL)

bench-pixels: build
	@Tools/bench/pixels.py $(CLIP) $(VIGIL)

.PHONY: device-packages
device-packages:
	@scripts/install-packages.sh build test device
