# The session log's own long checks.
#   make soak-audit    kill -9 at 500 random moments under load, and a full disk
#   make soak-ship     sends a log to PostgreSQL under 50 kills of either side; needs the package postgresql
#   make bench-audit   records a second, beside plain SQLite; verifying a million records

.PHONY: soak-audit soak-ship bench-audit
soak-audit:
	swift build -c release --product audit-load && swift build -c release --product vigil-verify
	scripts/soak-audit.py --kills 500

soak-ship:
	swift build --build-tests
	VIGIL_SHIP_KILLS=50 swift test --skip-build --filter LogShippingTests.KillTests

bench-audit:
	swift build -c release --product audit-load && swift build -c release --product vigil-verify
	rm -rf out/bench-audit && mkdir -p out/bench-audit
	.build/release/audit-load bench out/bench-audit/log.sqlite 1000000
	bash -c 'time .build/release/vigil-verify out/bench-audit/log.sqlite --key out/bench-audit/log.sqlite.pub'
	rm -rf out/bench-audit
