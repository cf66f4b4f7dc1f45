# The monitor's numbers and events in other people's tools.
#   make test-metrics   alert rules tested, loaded into a real Prometheus, and one fired; the dashboard's questions asked
#   make test-mqtt      the MQTT example against a real broker

.PHONY: test-metrics test-mqtt monitoring-packages
monitoring-packages:
	@scripts/install-packages.sh build test monitoring

test-metrics: monitoring-packages models build
	@scripts/test-monitoring.py $(VIGIL) metrics

test-mqtt: monitoring-packages models build
	@scripts/test-monitoring.py $(VIGIL) mqtt
