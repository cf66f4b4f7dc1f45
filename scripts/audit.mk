# The session log's own long checks.
#   make soak-audit    kill -9 at 500 random moments under load, and a full disk
#   make soak-ship     sends a log to PostgreSQL under 50 kills of either side; needs the package postgresql
#   make fuzz-log      changes 1,000,000 rows of a log by chance; both verifiers must answer right (FUZZ_ROWS, FUZZ_SEED)
#   make day-audit     24 hours of a busy monitor by an injected clock, file after file, verified, with the space it takes
#   make bench-audit   records a second, beside plain SQLite; verifying a million records

.PHONY: soak-audit soak-ship fuzz-log day-audit bench-audit
soak-audit:
	swift build -c release --product vigil-lab && swift build -c release --product vigil-verify
	Tools/measure/soak-audit.py --kills 500

soak-ship:
	swift build --build-tests
	VIGIL_SHIP_KILLS=50 swift test --skip-build --filter LogShippingTests.KillTests

FUZZ_ROWS ?= 1000000
FUZZ_SEED ?=
# Its files change a thousand times a second: in memory where there is a place for that.
fuzz-log:
	swift build -c release --product vigil-lab
	folder=$$(mktemp -d -p $$([ -w /dev/shm ] && echo /dev/shm || echo /tmp)) && \
	  nice -n 10 .build/release/vigil-lab log fuzz $$folder $(FUZZ_ROWS) $(FUZZ_SEED) && rm -rf $$folder

day-audit:
	swift build -c release --product vigil-lab
	rm -rf out/day-audit && mkdir -p out/day-audit
	.build/release/vigil-lab log day out/day-audit/log.sqlite 24
	rm -rf out/day-audit

bench-audit:
	swift build -c release --product vigil-lab && swift build -c release --product vigil-verify
	rm -rf out/bench-audit && mkdir -p out/bench-audit
	.build/release/vigil-lab log bench out/bench-audit/log.sqlite 1000000
	bash -c 'time .build/release/vigil-verify out/bench-audit/log.sqlite --key out/bench-audit/log.sqlite.pub'
	rm -rf out/bench-audit
