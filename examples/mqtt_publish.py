#!/usr/bin/env python3
"""Publishes what `vigil monitor --jsonl` says to an MQTT broker.

    vigil monitor --headless --jsonl /dev/stdout | python3 examples/mqtt_publish.py --host broker.example --name door

Each line goes to the topic `vigil/NAME/EVENT` with QoS 1, in order, as it is; the newest `second` is retained, so that
who subscribes later knows the state, and `vigil/NAME/online` says `1`, or `0` when this publisher is gone (the broker's
last will). Lines that come while the broker is away wait here, up to --most of them; then the oldest is dropped and
counted. Needs Debian's python3-paho-mqtt. With --ca the connection is TLS.
"""

import argparse
import collections
import json
import sys
import threading

import paho.mqtt.client as mqtt


def arguments():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--host", default="127.0.0.1")
    options.add_argument("--port", type=int, default=1883)
    options.add_argument("--name", default="monitor", help="which monitor this is; a part of the topics")
    options.add_argument("--user")
    options.add_argument("--password-file", help="a file that holds the password and nothing else")
    options.add_argument("--ca", help="certificate of the broker's authority: TLS")
    options.add_argument("--most", type=int, default=10_000, help="lines that may wait for a broker that is away")
    return options.parse_args()


def connect(chosen):
    """A client that connects again by itself, for ever."""
    client = mqtt.Client(client_id=f"vigil-{chosen.name}", clean_session=True)
    if chosen.user:
        password = None
        if chosen.password_file:
            with open(chosen.password_file, encoding="utf-8") as file:
                password = file.read().strip()
        client.username_pw_set(chosen.user, password)
    if chosen.ca:
        client.tls_set(ca_certs=chosen.ca)
    online = f"vigil/{chosen.name}/online"
    client.will_set(online, "0", qos=1, retain=True)
    client.on_connect = lambda client, *_: client.publish(online, "1", qos=1, retain=True)
    client.reconnect_delay_set(1, 30)
    client.connect_async(chosen.host, chosen.port)
    client.loop_start()
    return client


def read(waiting, changed, most):
    """Reads lines of standard input; the last entry is None. Gives the number of lines that were dropped."""
    dropped = 0
    for line in sys.stdin:
        try:
            event = json.loads(line)["event"]
        except (ValueError, KeyError, TypeError):
            print(f"mqtt_publish: not a line of vigil: {line[:80]!r}", file=sys.stderr)
            continue
        with changed:
            if len(waiting) >= most:
                waiting.popleft()
                dropped += 1
            waiting.append((event, line.rstrip("\n")))
            changed.notify()
    with changed:
        waiting.append(None)
        changed.notify()
    return dropped


def main():
    chosen = arguments()
    client = connect(chosen)
    waiting, changed = collections.deque(), threading.Condition()
    lost = []
    reader = threading.Thread(target=lambda: lost.append(read(waiting, changed, chosen.most)))
    reader.start()
    while True:
        with changed:
            while not waiting:
                changed.wait()
            entry = waiting.popleft()
        if entry is None:
            break
        event, line = entry
        sent = client.publish(f"vigil/{chosen.name}/{event}", line, qos=1, retain=event == "second")
        # Acknowledged by the broker before the next one: nothing is lost when it goes away.
        sent.wait_for_publish()
    reader.join()
    client.publish(f"vigil/{chosen.name}/online", "0", qos=1, retain=True).wait_for_publish()
    client.disconnect()
    client.loop_stop()
    if lost[0]:
        print(f"mqtt_publish: {lost[0]} lines were dropped while the broker was away", file=sys.stderr)
        sys.exit(1)


main()
