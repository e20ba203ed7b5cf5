"""A bridge between the gateway and mosquitto, from either end."""

import copy
import os
import time

from harness import HOST, VERSIONS, Fail, Proc, case, expect, free_port, wait_for_port
from cases_mosquitto import pub, sub


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
