# The HTTP server and the package.
#   make server         vigil-server, optimized: .build/release/vigil-server
#   make install        programs, networks, page, manual, completions, systemd units (PREFIX, DESTDIR)
#   make deb            out/vigil_VERSION_ARCH.deb
#   make test-server    the short checks of the running server that make test runs too
#   make test-guard     tokens, TLS, histories apart, limits of a token, the folder, monitors of an owner
#   make test-proxy     under a path behind nginx; HEAD; a port that is taken
#   make test-browser   the page in headless Chromium, beside a running monitor; screenshots in out/server/shots
#   make test-api-fuzz  schemathesis against the served description
#   make bench-server   64 parallel uploads, slow and oversized senders, 89 hostile files
#   make test-parallel  the GNU parallel example;  make test-spark  the PySpark example
#   make test-units     what systemd says of the units
#   make test-deb       installs the package in a clean root made by debootstrap and runs it (root)
# Each installs what it needs.

.PHONY: server install deb test-server test-guard test-proxy test-browser test-api-fuzz bench-server test-parallel test-spark \
	test-units test-deb server-packages

CHECK_SERVER := scripts/check-server.sh --clip $(CLIP)

server: export VIGIL_SERVER := 1
server: packages
	@echo "server: vigil-server, optimized; the first time takes minutes"
	@$(BUILD) --product vigil
	@$(BUILD) --product vigil-server

# PREFIX (default /usr/local) and DESTDIR say where.
install:
	@scripts/install.sh .build/release

deb: models build server
	@scripts/make-deb.sh .build/release

server-packages: models server
	@scripts/install-packages.sh build test server-test
	@[ -e $(CLIP) ] || $(MAKE) --no-print-directory demo

test-server: server-packages
	@$(CHECK_SERVER) --quick guard proxy fuzz load parallel units

test-guard test-proxy test-parallel test-units: server-packages
	@$(CHECK_SERVER) $(patsubst test-%,%,$@)

test-browser: server-packages
	@scripts/install-packages.sh browser
	@$(CHECK_SERVER) browser

test-api-fuzz: server-packages
	@$(CHECK_SERVER) fuzz

bench-server: server-packages
	@$(CHECK_SERVER) load

test-spark: server-packages
	@scripts/install-packages.sh spark
	@[ -x .venv-spark/bin/spark-submit ] || { python3 -m venv .venv-spark \
	  && .venv-spark/bin/pip -q install -r Tools/requirements/spark.txt; }
	@cp $(CLIP) out/spark-1.mkv && cp $(CLIP) out/spark-2.mkv
	@Tests/Servers/spark-test.sh $(VIGIL) .venv-spark/bin/python $(CLIP) out/spark-1.mkv out/spark-2.mkv

test-deb: deb server-packages
	@scripts/install-packages.sh deb
	@scripts/test-deb.sh "$$(ls -t out/vigil_*.deb | head -n 1)" $(CLIP)
