# The HTTP server and the package: make server, install, deb, test-deb

.PHONY: server install deb test-deb

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

test-deb: deb demo
	@scripts/test-deb.sh "$$(ls -t out/vigil_*.deb | head -n 1)" out/demo.mkv
