# Liveness and the identity check: long measurements.
#   make rehearse      10,000 simulated checks of each kind of person and attack (minutes)
#   make rehearse-light  coloured light on clips lit anew
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

# Coloured light on clips lit anew: LIGHT_CLIPS="A.mp4 …", COUNT=10000, FIRST=0.
.PHONY: rehearse-light
LIGHT_CLIPS ?=
COUNT ?= 1000
FIRST ?= 0
rehearse-light:
	@test -n "$(LIGHT_CLIPS)" || { echo 'make rehearse-light: give LIGHT_CLIPS="A.mp4 …", clips of people' >&2; exit 64; }
	@$(BUILD) --product vigil-lab
	@.build/release/vigil-lab rehearse light --count $(COUNT) --first $(FIRST) $(LIGHT_CLIPS)
