#!/usr/bin/env python3
"""Measures the gateway of `examples` beside mosquitto, with the clients of `src/bin/load.rs`, and writes
the tables of README.md between their markers.

    broker.py            all, about 6 minutes once everything is built
    broker.py --print    prints the tables and writes nothing
    broker.py --many     the table of many subscriptions alone, about 2 minutes

Needs mosquitto. Both brokers listen on 127.0.0.1 alone, log nothing, keep nothing on disk, and have room
for as many messages that wait or are in flight; the brokers take turns, and of three runs each the best
counts.
"""

import glob
import json
import os
import re
import resource
import socket
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
README = os.path.join(HERE, "README.md")
RUNS = 3
IDLE = 10_000
# What the runs differ in, and messages published per run: enough for a fraction of a second.
SHAPES = {
    "point to point, 10 pairs": ("publishers=10 subscribers=10 topics=10", 100_000),
    "fan-in, 50 to 1": ("publishers=50 subscribers=1 topics=1", 100_000),
    "fan-out, 1 to 50": ("publishers=1 subscribers=50 topics=1", 4_000),
}
# Connections, and filters of each.
MANY = (1_000, 100)
MANY_MESSAGES = 100_000
MOSQUITTO = """
listener {port} 127.0.0.1
allow_anonymous true
persistence false
log_dest none
max_inflight_messages 128
max_queued_messages 100000
set_tcp_nodelay true
"""


def main():
    load, gateway = build(HERE, "load"), build(os.path.join(ROOT, "examples"), "gateway")
    with tempfile.TemporaryDirectory() as place:
        brokers = [Mosquitto(place), Gateway(gateway)]
        spread = many(load, brokers)
        if sys.argv[1:] == ["--many"]:
            return write({"brokers-many": many_table(spread)})
        rates, memory = throughput(load, brokers), idle(load, brokers)
    names = [broker.name for broker in brokers]
    parts = {
        "brokers-many": many_table(spread),
        "brokers-run": f"{brokers[0].version()}, the gateway built with `--release`.",
        "brokers-rates": rate_table(rates),
        "brokers-memory": memory_table(memory, names),
    }
    if sys.argv[1:] == ["--print"]:
        print("\n\n".join(parts.values()))
    else:
        write(parts)


# ---- measuring ---------------------------------------------------------------------------------


def build(place, name):
    subprocess.run(["cargo", "build", "--release", "--bin", name], cwd=place, check=True)
    command = ["cargo", "metadata", "--format-version", "1", "--no-deps"]
    found = json.loads(subprocess.check_output(command, cwd=place))
    return os.path.join(found["target_directory"], "release", name)


class Broker:
    """A process that ends with the `with` block."""

    def __enter__(self):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.process = subprocess.Popen(
            self.command(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        for _ in range(100):
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
                return self
            except ConnectionRefusedError:
                time.sleep(0.05)
        sys.exit(f"broker.py: {self.name} does not listen")

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()

    def memory(self):
        """Bytes of its own that are in memory."""
        with open(f"/proc/{self.process.pid}/smaps_rollup") as file:
            return sum(int(size) for size in re.findall(r"Private_\w+: +(\d+)", file.read())) << 10

    def seconds(self):
        """Processor time that its threads have used."""
        total = 0
        for path in glob.glob(f"/proc/{self.process.pid}/task/*/schedstat"):
            with open(path) as file:
                total += int(file.read().split()[0])
        return total / 1e9


class Mosquitto(Broker):
    name = "mosquitto"

    def __init__(self, place):
        self.file = os.path.join(place, "mosquitto.conf")

    def command(self):
        with open(self.file, "w") as file:
            file.write(MOSQUITTO.format(port=self.port))
        return ["mosquitto", "-c", self.file]

    def version(self):
        said = subprocess.run(["mosquitto", "-h"], capture_output=True, text=True).stdout
        return re.sub("version ", "", said.splitlines()[0])


class Gateway(Broker):
    name = "gateway"

    def __init__(self, program):
        self.program = program

    def command(self):
        return [
            self.program, "--mqtt-port", str(self.port), "--quiet", "--no-sensors", "--no-coap",
            "--no-http", "--max-connections", str(2 * IDLE), "--max-sessions", str(2 * IDLE),
            "--run-for", "600s",
        ]


def throughput(load, brokers):
    """Messages per second that arrived, and the broker's processor time for each, by row and broker."""
    found = {}
    for version in (4, 5):
        for shape, (options, messages) in SHAPES.items():
            for qos in (0, 1, 2):
                row = f"{'3.1.1' if version == 4 else '5.0'}, QoS {qos}, {shape}"
                arrive = messages * (50 if "fan-out" in shape else 1)
                tries = [(broker, found.setdefault((row, broker.name), []))
                         for _ in range(RUNS) for broker in brokers]
                for broker, results in tries:
                    with broker:
                        rate = float(subprocess.check_output(
                            [load, f"127.0.0.1:{broker.port}", *options.split(), f"qos={qos}",
                             f"messages={messages}", f"version={version}"], timeout=90))
                        results.append((rate, 1e6 * broker.seconds() / arrive))
                print(f"{row}: {found[row, 'mosquitto']} {found[row, 'gateway']}", file=sys.stderr)
    return {cell: (max(rate for rate, _ in all), min(time for _, time in all))
            for cell, all in found.items()}


def many(load, brokers):
    """As `throughput`, where each message finds one of many filters; without the processor time that
    connecting and subscribing took."""
    connections, filters = MANY
    open_files(connections)
    found = {}
    for version in (4, 5):
        for qos in (0, 1):
            row = f"{'3.1.1' if version == 4 else '5.0'}, QoS {qos}"
            for broker in brokers * RUNS:
                with broker:
                    clients = subprocess.Popen(
                        [load, f"127.0.0.1:{broker.port}", f"subscribers={connections}",
                         f"filters={filters}", f"qos={qos}", f"messages={MANY_MESSAGES}",
                         f"version={version}", "wait=1"],
                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
                    if clients.stdout.readline() != b"ready\n":
                        sys.exit(f"broker.py: {broker.name} does not take {connections} clients")
                    before = broker.seconds()
                    rate = float(clients.communicate(b"go\n", timeout=90)[0])
                    work = 1e6 * (broker.seconds() - before) / MANY_MESSAGES
                    found.setdefault((row, broker.name), []).append((rate, work))
            print(f"{row}: {found[row, 'mosquitto']} {found[row, 'gateway']}", file=sys.stderr)
    return {cell: (max(rate for rate, _ in all), min(time for _, time in all))
            for cell, all in found.items()}


def open_files(connections):
    """Lets this process and its children have so many."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < connections + 100:
        sys.exit(f"broker.py: {connections} connections need a limit of open files above {hard}")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, connections + 100), hard))


def idle(load, brokers):
    """Bytes per idle connection, without and with what the system holds for its socket."""
    open_files(IDLE)
    found = {}
    for broker in brokers:
        with broker:
            before = broker.memory()
            clients = subprocess.Popen(
                [load, f"127.0.0.1:{broker.port}", f"idle={IDLE}", f"topics={IDLE}"],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            if clients.stdout.readline() != b"ready\n":
                sys.exit(f"broker.py: {broker.name} does not take {IDLE} clients")
            found[broker.name] = (broker.memory() - before) / IDLE
            clients.communicate()
    return found


# ---- writing -----------------------------------------------------------------------------------


def many_table(rates):
    connections, filters = MANY
    title = f"messages per second, {connections * filters:,} subscriptions"
    return rate_table(rates).replace("messages per second", title)


def rate_table(rates):
    lines = ["| messages per second | mosquitto | gateway | ratio | processor time per message |",
             "|---|---:|---:|---:|---:|"]
    for row in dict.fromkeys(row for row, _ in rates):
        (theirs, their_time), (ours, our_time) = rates[row, "mosquitto"], rates[row, "gateway"]
        lines.append(f"| {row} | {theirs:,.0f} | {ours:,.0f} | {ours / theirs:.1f} | "
                     f"{our_time:.2f} µs against {their_time:.2f} µs |")
    return "\n".join(lines)


def memory_table(memory, names):
    bytes_each = " | ".join(f"{memory[name]:,.0f}" for name in names)
    return (f"| bytes per idle connection | {' | '.join(names)} |\n|---|{'---:|' * len(names)}\n"
            f"| {IDLE:,} connections, one subscription each | {bytes_each} |")


def write(parts):
    with open(README) as file:
        text = file.read()
    for name, part in parts.items():
        begin, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
        text, hits = re.subn(
            f"{begin}.*?{end}", lambda _: f"{begin}\n{part}\n{end}", text, flags=re.S
        )
        if hits != 1:
            sys.exit(f"broker.py: README.md has {hits} places for {name}")
    with open(README, "w") as file:
        file.write(text)


if __name__ == "__main__":
    main()
