"""A bridge between the gateway and mosquitto, from either end."""

import copy
import os
import random
import threading
import time

from harness import HOST, VERSIONS, Fail, Proc, case, expect, free_port, wait_for, wait_for_port
from cases_mosquitto import pub, sub
from cases_store import KILLS, MESSAGES, Client


def gateway(env, *options):
    """A gateway of its own; how the cases for mosquitto's clients reach it."""
    port = free_port()
    args = ["--mqtt-port", str(port), "--no-coap", "--no-http", "--no-sensors", *options]
    proc = Proc(env.program("gateway"), *args)
    wait_for_port(port, proc)
    place = copy.copy(env)
    place.port = port
    return proc, place


def mosquitto(env, port, *lines):
    config = os.path.join(env.scratch, f"bridge-{port}.conf")
    with open(config, "w") as f:
        f.write("\n".join(["user root", "allow_anonymous true", f"listener {port} {HOST}", *lines]) + "\n")
    proc = Proc("mosquitto", "-c", config)
    wait_for_port(port, proc)
    place = copy.copy(env)
    place.port = port
    return proc, place


def both_ways(version, here, there):
    """Each message goes over once, at its QoS, and none comes back."""
    watch_here = sub(here, version, "-t", "#", "-q", "2")
    watch_there = sub(there, version, "-t", "#", "-q", "2")
    for qos in ("0", "1", "2"):
        pub(here, version, "-t", "out/a", "-q", qos, "-m", f"out-{qos}")
        pub(there, version, "-t", "in/b", "-q", qos, "-m", f"in-{qos}")
        pub(here, version, "-t", "elsewhere", "-q", qos, "-m", "stays")
    pub(here, version, "-t", "out/end", "-q", "2", "-m", "end")
    pub(there, version, "-t", "in/end", "-q", "2", "-m", "end")
    for watch, own in ((watch_here, "in/end"), (watch_there, "out/end")):
        watch.line(f"{own} end")
    time.sleep(0.2)  # for what might come back
    for watch, other in ((watch_here, True), (watch_there, False)):
        watch.kill()
        got = [line.split(" ", 3)[1::2] for line in watch.rest() if line.startswith("MSG ")]
        got = [what for what in got if "end" not in what[1]]
        wanted = [[q, f"{'out/a' if w == 'out' else 'in/b'} {w}-{q}"] for q in "012" for w in ("out", "in")]
        wanted += [[q, "elsewhere stays"] for q in "012"] if other else []
        expect(sorted(got), sorted(wanted))


for version in VERSIONS:

    @case(f"bridge-{version}-gateway-to-mosquitto", version, gateway_only=True)
    def to_mosquitto(env, version):
        port = free_port()
        bridge = ["--bridge", f"mqtt://{HOST}:{port}", "--bridge-out", "out/#", "--bridge-in", "in/#"]
        proc, here = gateway(env, *bridge, "--bridge-qos", "2", "--bridge-version", version)
        proc.line("Connection refused")  # it waits for a broker that is not there yet
        pub(here, "5", "-t", "out/early", "-q", "2", "-m", "early")
        store = os.path.join(env.scratch, f"bridge-{version}/")
        os.mkdir(store)
        kept = ["persistence true", f"persistence_location {store}"]
        theirs, there = mosquitto(env, port, *kept)
        proc.line(f"{port}: connected")
        time.sleep(0.1)  # until it has subscribed
        both_ways(version, here, there)
        # While the broker is away, what is published here waits; and what was there comes from it.
        theirs.signal(15)
        theirs.wait()
        proc.line(f"bridge to {HOST}:{port}: ")
        for n in range(20):
            pub(here, "5", "-t", "out/a", "-q", "2", "-m", f"late-{n}")
        theirs, there = mosquitto(env, port, *kept)
        watch = sub(there, "5", "-t", "out/#", "-q", "2")
        pub(here, "5", "-t", "out/a", "-q", "2", "-m", "last")
        watch.line("last")
        got = [line.split(" ")[4] for line in watch.lines if line.startswith("MSG ")]
        if len(set(got)) != len(got):
            raise Fail(f"twice: {got}")


@case("bridge-mosquitto-to-gateway", gateway_only=True)
def from_mosquitto(env):
    _, there = gateway(env)
    lines = ["connection gateway", f"address {HOST}:{there.port}", "bridge_protocol_version mqttv50"]
    topics = ["topic out/# out 2", "topic in/# in 2", "notifications false"]
    proc, here = mosquitto(env, free_port(), *lines, *topics)
    time.sleep(0.5)  # until it has subscribed, which it does not say
    both_ways("5", here, there)


WINDOW = 16  # messages at once, fewer than paho has in flight
AHEAD = 300  # of the receiver, at each QoS


def publish_all(topic, sender, receiver):
    """All numbers at QoS 1 and 2."""
    sent = 0
    for number in range(MESSAGES):
        # What paho has not sent before a connection breaks, and what it is given before the next is
        # accepted, it may send before what is older. And behind a lost connection mosquitto sends all that
        # waits, whatever it is told.
        while (
            not sender.client.is_connected()
            or sent - len(sender.published) >= WINDOW
            or number - len(receiver.got[2]) > AHEAD
        ):
            time.sleep(0.002)
        for qos in (1, 2):
            sender.client.publish(f"{topic}/{qos}", str(number), qos)
            sent += 1


for version in VERSIONS:

    @case(f"bridge-{version}-killed", version, gateway_only=True)
    def killed(env, version):
        """The gateway with a store is killed again and again while messages go over, both ways."""
        # What it has to queue mosquitto may send in another order.
        _, there = mosquitto(env, free_port(), "max_inflight_messages 0")
        port = free_port()
        args = ["--mqtt-port", str(port), "--no-coap", "--no-http", "--no-sensors"]
        args += ["--store", os.path.join(env.scratch, f"bridge-killed-{version}")]
        args += ["--bridge", f"mqtt://{HOST}:{there.port}", "--bridge-out", "out/#", "--bridge-in", "in/#"]
        args += ["--bridge-qos", "2", "--bridge-version", version]

        def start():
            gateway = Proc(env.program("gateway"), *args)
            wait_for_port(port, gateway)
            return gateway

        seed = int.from_bytes(os.urandom(4), "big")
        rng = random.Random(seed)
        gateway = start()
        ways = []
        for topic, origin, end in (("out", port, there.port), ("in", there.port, port)):
            receiver = Client(end, version, f"{topic}-receiver")
            receiver.subscribe(topic)
            sender = Client(origin, version, f"{topic}-sender")

            def is_over():
                sender.client.publish(f"{topic}/0", "0")
                return receiver.got[0]

            wait_for(is_over, "a bridge")
            threading.Thread(target=publish_all, args=(topic, sender, receiver), daemon=True).start()
            ways.append((topic, sender, receiver))
        came = lambda: sum(len(set(receiver.got[qos])) for _, _, receiver in ways for qos in (1, 2))
        try:
            for kill in range(KILLS):
                # In the middle of it, wherever that is.
                wait_for(lambda: came() > kill * 4 * MESSAGES // (KILLS + 1), "progress", 60)
                time.sleep(rng.uniform(0, 0.1))
                gateway.kill()
                gateway = start()
            wait_for(lambda: all(receiver.has_all() for _, _, receiver in ways), "all", 120)
            time.sleep(0.5)  # more would be too many
        except Fail as why:
            counts = [[t, q, len(r.got[q]), len(set(r.got[q])), len(s.published)] for t, s, r in ways for q in (1, 2)]
            told = [line for line in gateway.lines + list(gateway.queue.queue) if "bridge" in str(line)][-5:]
            raise Fail(f"{why}; {counts}, seed {seed}, {told}") from None
        # Behind a lost connection mosquitto itself may change the order.
        checks = [receiver.check(f"{topic}, seed {seed}", topic == "out") for topic, _, receiver in ways]
        for _, *clients in ways:
            for client in clients:
                client.end()
        return f"{KILLS} kills, {sum(checks)} at QoS 1 came twice"
