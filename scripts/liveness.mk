# Liveness and the identity check: long measurements.
#   make rehearse      10,000 simulated checks of each kind of person and attack (minutes)
#   make blink-score   blinks against the hand-checked intervals; CLIPS=folder, TASK=face_landmarker.task for MediaPipe
#   make visibility    how badly a face may be seen: LABELS="TABLE.tsv …", OUT=folder, MORE="--clips 20 --write Calibration/visibility.json"

.PHONY: rehearse blink-score visibility
rehearse:
	@$(BUILD) --product vigil-lab
	@.build/release/vigil-lab rehearse

CLIPS ?= ../shared/data/clips
TASK ?=
blink-score: build
	@Tools/measure/blink-score.py --clips $(CLIPS) $(if $(TASK),--task $(TASK))

LABELS ?=
OUT ?= out/visibility
MORE ?=
visibility: build
	@test -n "$(LABELS)" || { echo 'make visibility: give LABELS="TABLE.tsv …", tables with path, label, kind, group, source' >&2; exit 64; }
	@Tools/measure/visibility.py .build/release/vigil $(OUT) $(LABELS) $(MORE)
