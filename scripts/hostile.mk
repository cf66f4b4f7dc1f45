# Attacks on the built programs, each of which must fail.
#   make test-hostile   fence, log, http and kiosk against hostile input; HOSTILE="fence log" names some of them

.PHONY: test-hostile
HOSTILE ?=

test-hostile: export VIGIL_SERVER := 1
test-hostile: test-packages models
	@$(BUILD) --product vigil
	@$(BUILD) --product vigil-verify
	@$(BUILD) --product vigil-ship
	@$(BUILD) --product vigil-lab
	@$(BUILD) --product vigil-server
	@scripts/test-hostile.sh $(HOSTILE)
