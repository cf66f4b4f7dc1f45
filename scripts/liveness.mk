# Liveness and the identity check: long measurements.
#   make rehearse      10,000 simulated checks of each kind of person and attack (minutes)
#   make blink-score   blinks against the hand-checked intervals; CLIPS=folder, TASK=face_landmarker.task for MediaPipe

.PHONY: rehearse blink-score
rehearse:
	@$(BUILD) --product rehearse
	@.build/release/rehearse

CLIPS ?= ../shared/data/clips
TASK ?=
blink-score: build
	@scripts/blink-score.py --clips $(CLIPS) $(if $(TASK),--task $(TASK))
