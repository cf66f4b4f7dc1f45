# What the program makes of networks that did not see what they are asked about. Both need the Python of Training/.
#   make fold-risk FOLDS=DIR DATA=DIR      fused risk and word beside the network alone, for each fold
#   make fold-changes FOLDS=DIR DATA=DIR   the same clips compressed, shrunk, blurred, noisy, darkened, hidden

FOLDS ?= folds
DATA ?= ../shared/data
PYTHON ?= python3
FOLD_TOOL = cd Training && PYTHONPATH=. $(PYTHON) -m vigil_training

.PHONY: fold-risk fold-changes
fold-risk: build
	$(FOLD_TOOL).through --folds $(abspath $(FOLDS)) --data $(abspath $(DATA)) --out $(abspath out/folds)

fold-changes: build
	$(FOLD_TOOL).changed --folds $(abspath $(FOLDS)) --data $(abspath $(DATA)) --work $(abspath out/folds-changed) \
	  --out $(abspath out/folds-changed.json)
