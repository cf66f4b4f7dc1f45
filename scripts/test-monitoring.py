#!/usr/bin/env python3
"""The monitor's numbers in a real Prometheus, and its events at a real MQTT broker. Everything on 127.0.0.1.

    scripts/test-monitoring.py VIGIL [metrics] [mqtt]       without a part: both

metrics: promtool checks the alert rules and tests each of them; a monitor watches a Motion JPEG camera; Prometheus
scrapes it with the shipped rules; the camera is taken away, and VigilSourceAway must fire. Every expression of the
dashboard (packaging/grafana) is asked of that Prometheus. mqtt: a broker gets every event of a monitor, in order, and
keeps the newest state. Each part prints a line as `swift test` does.
"""

import json
import os
import pathlib
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent
RULES = ROOT / "packaging/prometheus/alerts.yml"
DASHBOARD = ROOT / "packaging/grafana/vigil.json"


class Failed(Exception):
    pass


def demand(held, found):
    if not held:
        raise Failed(found)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def fetch(url):
    with urllib.request.urlopen(url, timeout=5) as answer:
        return answer.read().decode()


def until(seconds, what, question):
    """Asks until the answer is not empty; the tools here have no event that could be waited for."""
    end = time.monotonic() + seconds
    while True:
        try:
            answer = question()
        except OSError:
            answer = None
        if answer:
            return answer
        demand(time.monotonic() < end, f"{what}: not within {seconds} s")
        time.sleep(0.25)


def clip(folder):
    """Two seconds of the portrait that comes with the networks, as raw Motion JPEG."""
    path = folder / "camera.mjpg"
    portrait = ROOT / "Models/third-party/astronaut.png"
    subprocess.run(
        ["ffmpeg", "-v", "error", "-loop", "1", "-i", portrait, "-t", "2", "-r", "25", "-vf", "scale=320:-2", "-c:v",
         "mjpeg", "-f", "mjpeg", path], check=True)
    return path


class Programs:
    """Programs that run beside the test and end with it."""

    def __init__(self):
        self.all = []

    def start(self, *command, **options):
        program = subprocess.Popen([str(word) for word in command], **options)
        self.all.append(program)
        return program

    def end(self):
        for program in reversed(self.all):
            if program.poll() is None:
                program.terminate()
        for program in self.all:
            try:
                program.wait(10)
            except subprocess.TimeoutExpired:
                program.kill()
                program.wait()


def query(prometheus, expression):
    text = fetch(f"{prometheus}/api/v1/query?query={urllib.parse.quote(expression)}")
    return json.loads(text)["data"]["result"]


def test_metrics(vigil, folder, programs):
    subprocess.run(["promtool", "check", "rules", RULES], check=True)
    subprocess.run(["promtool", "test", "rules", RULES.with_name("alerts-test.yml")], check=True)
    camera = programs.start(
        sys.executable, ROOT / "Tests/Servers/picture-server.py", clip(folder), stdout=subprocess.PIPE, text=True)
    source = f"http://viewer:Secr3tPw@127.0.0.1:{camera.stdout.readline().split()[1]}/video"
    port = free_port()
    monitor = programs.start(
        vigil, "monitor", "--headless", "--log", folder / "s.sqlite", "--metrics", f"127.0.0.1:{port}", source)
    address = f"http://127.0.0.1:{port}/metrics"
    text = until(60, "a scrape with frames", lambda: (page := fetch(address)) and "vigil_tracks_total 1" in page and page)
    demand("Secr3tPw" not in text, "the camera's password is in the metrics")
    checked = subprocess.run(["promtool", "check", "metrics"], input=text, text=True, capture_output=True, check=False)
    demand(checked.returncode == 0, f"promtool check metrics: {checked.stdout}{checked.stderr}")
    settings = folder / "prometheus.yml"
    settings.write_text(
        f"global: {{scrape_interval: 1s, evaluation_interval: 1s}}\nrule_files: ['{RULES}']\n"
        f"scrape_configs: [{{job_name: vigil, static_configs: [{{targets: ['127.0.0.1:{port}']}}]}}]\n")
    prometheus = f"http://127.0.0.1:{free_port()}"
    programs.start(
        "prometheus", f"--config.file={settings}", f"--storage.tsdb.path={folder}/tsdb",
        f"--web.listen-address={prometheus[7:]}", "--log.level=error")
    until(60, "Prometheus has scraped", lambda: query(prometheus, "rate(vigil_frames_delivered_total[10s]) > 0"))
    demand(not query(prometheus, "ALERTS{alertname='VigilSourceAway'}"), "an alert without a reason")
    panels = json.loads(DASHBOARD.read_text())["panels"]
    asked = 0
    for panel in panels:
        for target in panel["targets"]:
            expression = target["expr"].replace("$instance", ".*").replace("[1h]", "[10s]").replace("[5m]", "[10s]")
            # A question without an answer names a metric that is not there; a verdict of fake need not be.
            demand(query(prometheus, expression.replace("[1m]", "[10s]")), f"{panel['title']}: {expression}: no answer")
            asked += 1
    print(f"test-monitoring: {asked} expressions of the dashboard have answers")
    camera.kill()
    away = time.monotonic()

    def firing():
        alerts = json.loads(fetch(f"{prometheus}/api/v1/alerts"))["data"]["alerts"]
        return [alert for alert in alerts if alert["state"] == "firing" and alert["labels"]["alertname"] == "VigilSourceAway"]

    alert = until(120, "VigilSourceAway fires", firing)[0]
    print(f"test-monitoring: fired {time.monotonic() - away:.0f} s after the camera went: {alert['annotations']['summary']}")
    monitor.terminate()
    demand(monitor.wait(20) == 0, f"the monitor ended with {monitor.returncode}")


def test_mqtt(vigil, folder, programs):
    port = free_port()
    settings = folder / "mosquitto.conf"
    settings.write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\npersistence false\n")
    programs.start("mosquitto", "-c", settings, stderr=subprocess.DEVNULL)
    until(20, "the broker listens", lambda: socket.create_connection(("127.0.0.1", port)).close() or True)
    client = ["-h", "127.0.0.1", "-p", str(port), "-q", "1"]
    seen = folder / "seen"
    with open(seen, "w", encoding="utf-8") as file:
        programs.start(
            "mosquitto_sub", *client, "-t", "vigil/door/#", "-F", "%t %p", stdout=file, env={**os.environ, "LC_ALL": "C.UTF-8"})
    # Known to listen when its own message has come back.
    def listening():
        subprocess.run(["mosquitto_pub", *client, "-t", "vigil/door/probe", "-m", "0"], check=True)
        return "vigil/door/probe" in seen.read_text()

    until(20, "the subscriber listens", listening)
    events = folder / "events.jsonl"
    subprocess.run(
        f"'{vigil}' monitor --headless --no-log --seconds 4 --jsonl /dev/stdout '{clip(folder)}' | tee '{events}' | "
        f"/usr/bin/python3 '{ROOT}/examples/mqtt_publish.py' --port {port} --name door", shell=True, check=True)
    lines = events.read_text().splitlines()
    demand(len(lines) >= 3, f"the monitor said only {lines}")

    def arrived():
        pairs = [line.split(" ", 1) for line in seen.read_text().splitlines()]
        return [pair for pair in pairs if pair[0].split("/")[-1] not in ("probe", "online")]

    got = until(20, "every event at the broker", lambda: len(arrived()) >= len(lines) and arrived())
    demand([payload for _, payload in got] == lines, "the events are not those of the monitor, in order")
    demand(all(topic == f"vigil/door/{json.loads(line)['event']}" for topic, line in got), "topics")
    kept = subprocess.run(
        ["mosquitto_sub", *client, "-t", "vigil/door/+", "--retained-only", "-C", "2", "-W", "5", "-F", "%t %p"],
        capture_output=True, text=True, check=True).stdout
    newest = [line for line in lines if json.loads(line)["event"] == "second"][-1]
    demand(f"vigil/door/second {newest}" in kept and "vigil/door/online 0" in kept, f"retained: {kept}")
    print(f"test-monitoring: {len(lines)} events at the broker, in order")


def main():
    vigil, parts = pathlib.Path(sys.argv[1]).resolve(), sys.argv[2:] or ["metrics", "mqtt"]
    needed = {"metrics": ["prometheus", "promtool", "ffmpeg"], "mqtt": ["mosquitto", "mosquitto_sub", "mosquitto_pub", "ffmpeg"]}
    os.environ["PATH"] += ":/usr/sbin"
    failed = False
    for part in parts:
        missing = [tool for tool in needed[part] if subprocess.run(["which", tool], capture_output=True, check=False).returncode]
        if missing:
            print(f"Test monitoring_{part} skipped: not installed: {', '.join(missing)}")
            continue
        programs, started = Programs(), time.monotonic()
        with tempfile.TemporaryDirectory(prefix="vigil-monitoring-") as folder:
            try:
                globals()[f"test_{part}"](vigil, pathlib.Path(folder), programs)
                outcome = "passed"
            except (Failed, subprocess.CalledProcessError) as problem:
                outcome, failed = "failed", True
                print(f"test-monitoring: {problem}", file=sys.stderr)
            finally:
                programs.end()
        print(f"Test monitoring_{part} {outcome} after {time.monotonic() - started:.3f} seconds", flush=True)
    sys.exit(failed)


main()
