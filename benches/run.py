#!/usr/bin/env python3
"""Measures everything and writes the tables of README.md between their markers.

    run.py                   all: about 10 minutes on two cores, once it is built
    run.py --table links     one of the tables of packets, sessions, topics, indexes, routes,
                             retained, messages, links, http, websocket
    run.py --counts PEER     prints the instruction counts of one peer and writes nothing, with a
                             third argument of one table

Needs valgrind.
"""

import glob
import json
import os
import re
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

HERE = os.path.dirname(os.path.abspath(__file__))
README = os.path.join(HERE, "README.md")
# A table, and which of its columns is ours. A column called `ours, something` is ours too.
OURS = {
    "packets": "mqtt-codec",
    "sessions": "mqtt-codec",
    "topics": "topic-matcher",
    "messages": "coap-codec",
    "links": "link-format",
    "http": "http-lite",
    "websocket": "http-lite",
}
# One table for each thing that is measured, by a program of its own.
PROGRAMS = ["indexes", "routes", "retained"]
RUNS = 3  # of each of them: what else uses memory and caches lasts for a while
SIZES = {"packets": "sizes", "messages": "messages-sizes"}
RATES = ["sessions"]
TIMES = (500, 4500)  # two runs of the work; the difference is the work alone
LONG_TIMES = (5, 25)  # the same for what takes long
LONG = ("byte by byte", "1 MiB")


def main():
    if sys.argv[1:2] == ["--counts"]:
        build()
        only = sys.argv[3:] or OURS
        chosen = counts(lambda table, peer: peer == sys.argv[2] and table in only)
        for cell, count in chosen.items():
            print(f"{count or 'unknown':>8}  {cell[1]}")
        return
    known = [*OURS, *PROGRAMS]
    tables = sys.argv[2:3] if sys.argv[1:2] == ["--table"] else known
    if not tables or tables[0] not in known:
        sys.exit(f"run.py: --table and one of {', '.join(known)}")
    build()
    for program in PROGRAMS:
        if program in tables:
            write_parts(measured(program))
            tables.remove(program)
    found = {"allocations": {}, "sizes": {}}
    for line in run([binary("check")]).splitlines():
        table, row, peer, number = line.split("\t")
        kind = "sizes" if table in SIZES.values() else "allocations"
        found[kind][table, row, peer] = int(number)
    counted = counts(lambda table, _: table in tables)
    found["counts"] = {cell: count for cell, count in counted.items() if count is not None}
    timed = times(tables)
    found["times"] = {cell: timed[cell] for cell in counted}  # the same order
    write(found, tables)


# ---- measuring ---------------------------------------------------------------------------------


def run(command, **options):
    done = subprocess.run(command, cwd=HERE, stdout=subprocess.PIPE, text=True, **options)
    if done.returncode != 0:
        sys.exit(f"run.py: {' '.join(command)} failed\n{done.stderr or ''}")
    return done.stdout


def build():
    run(["cargo", "build", "--release", "--bins"])


def metadata():
    return json.loads(run(["cargo", "metadata", "--format-version", "1"]))


def binary(name):
    return os.path.join(metadata()["target_directory"], "release", name)


def counts(wanted):
    """Instructions per operation of each wanted cell, as callgrind counts them; None where a peer
    uses an instruction that valgrind does not know."""
    program = binary("count")

    def instructions(index, work):
        command = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"]
        done = subprocess.run(
            [*command, program, index, str(work)], capture_output=True, text=True
        )
        if done.returncode == -signal.SIGILL:
            return None
        done.check_returncode()
        return int(re.search(r"Collected : (\d+)", done.stderr)[1])

    def count(cell):
        times = LONG_TIMES if any(word in cell[2] for word in LONG) else TIMES
        few, many = (instructions(cell[0], work) for work in times)
        return None if None in (few, many) else round((many - few) / (times[1] - times[0]))

    cells = [tuple(line.split("\t")) for line in run([program]).splitlines()]
    cells = [cell for cell in cells if wanted(cell[1], cell[3])]
    with ThreadPoolExecutor(2) as pool:
        return dict(zip([cell[1:] for cell in cells], pool.map(count, cells)))


def times(tables):
    """Nanoseconds per operation: the fastest of criterion's samples, which another program's turn
    on the processor disturbs least."""
    home = os.path.join(metadata()["target_directory"], "criterion-of-run-py")
    env = {**os.environ, "CRITERION_HOME": home}
    subprocess.run(["rm", "-rf", home], check=True)
    found = {}
    rows = f"^({'|'.join(tables)}): "
    run(["cargo", "bench", "--bench", "cells", "--", "--noplot", rows], env=env)
    for path in glob.glob(f"{home}/*/*/new/benchmark.json"):
        with open(path) as file:
            cell = json.load(file)
        with open(path.replace("benchmark.json", "sample.json")) as file:
            sample = json.load(file)
        best = min(time / work for work, time in zip(sample["iters"], sample["times"]))
        table, row = cell["group_id"].split(": ", 1)
        found[table, row, cell["function_id"]] = best
    subprocess.run(["rm", "-rf", home], check=True)
    return found


# ---- writing -----------------------------------------------------------------------------------


def measured(program):
    """The tables of what a program of `src/bin` prints, each number the least of its runs."""
    found = {}
    for line in "".join(run([binary(program)]) for _ in range(RUNS)).splitlines():
        *cell, number = line.split("\t")
        cell = tuple(cell)
        found[cell] = min(float(number), found.get(cell, float("inf")))
    tables = dict.fromkeys(table for table, _, _ in found)
    return {table: grid(found, table, "{:.0f}".format) for table in tables}


def write(found, tables):
    parts = {"run": setting()}
    for table in tables:
        parts[f"{table}-counts"] = grid(found["counts"], table, str)
        parts[f"{table}-times"] = grid(ratios(found["times"], table), table, "{:.2f}".format)
        parts[f"{table}-allocations"] = grid(found["allocations"], table, str)
        parts[f"{table}-lost"] = lost(found, table)
        if table in RATES:
            rates = {cell: 1e6 / time for cell, time in found["times"].items()}
            parts[f"{table}-rates"] = grid(rates, table, "{:.0f}".format, max)
        if table in SIZES:
            parts[SIZES[table]] = grid(found["sizes"], SIZES[table], str)
    write_parts(parts)


def write_parts(parts):
    with open(README) as file:
        text = file.read()
    for name, part in parts.items():
        begin, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
        text, hits = re.subn(
            f"{begin}.*?{end}", lambda _: f"{begin}\n{part}\n{end}", text, flags=re.S
        )
        if hits != 1:
            sys.exit(f"run.py: README.md has {hits} places for {name}")
    with open(README, "w") as file:
        file.write(text)


def setting():
    compiler = run(["rustc", "--version"]).split(" (")[0]
    with open("/proc/cpuinfo") as file:
        processor = re.search(r"model name\s*: (.*)", file.read())[1]
    versions = {package["name"]: package["version"] for package in metadata()["packages"]}
    peers = [
        "mqttrs", "mqttbytes", "rumqttc", "mqtt-protocol-core", "mqtt-codec-kit", "mqtt-proto",
        "mountain-mqtt", "mqtt5-protocol", "mqtt-topic-engine", "zenoh-keyexpr", "coap-message-implementations",
        "coap-message", "coap-lite", "toad-msg", "nom", "httparse", "picohttpparser-sys",
        "http-net", "ureq-proto", "edge-http", "edge-ws", "websocket-sans-io",
        "embedded-websocket", "tungstenite", "fastwebsockets",
    ]
    listed = ", ".join(f"{peer} {versions[peer]}" for peer in peers)
    return f"{compiler}, {processor}. Peers: {listed}."


def of_table(cells, table):
    return {(row, peer): value for (t, row, peer), value in cells.items() if t == table}


def best_peer(cells, row, ours):
    """The best value of the row that is not ours."""
    return min(v for (r, peer), v in cells.items() if r == row and not is_ours(peer, ours))


def is_ours(peer, ours):
    return peer.split(", ")[0] == ours


def ratios(cells, table):
    mine = of_table(cells, table)
    return {
        (table, row, peer): time / best_peer(mine, row, OURS[table])
        for (row, peer), time in mine.items()
    }


def grid(cells, table, show, best=min):
    """A row per row, a column per peer, the smallest number of each row, or the largest, in bold."""
    mine = of_table(cells, table)
    rows = list(dict.fromkeys(row for row, _ in mine))
    rows.sort(key=lambda row: (not row.startswith("decode"), not row.startswith("match")))
    peers = list(dict.fromkeys(peer for _, peer in mine))
    lines = [f"| | {' | '.join(peers)} |", f"|---|{'---:|' * len(peers)}"]
    for row in rows:
        shown = {peer: show(mine[row, peer]) for peer in peers if (row, peer) in mine}
        winner = show(best(mine[row, peer] for peer in shown))
        line = [f"**{text}**" if text == winner else text for text in
                (shown.get(peer, "") for peer in peers)]
        lines.append(f"| {row} | {' | '.join(line)} |")
    return "\n".join(lines)


def lost(found, table):
    """The rows in which a peer is better than we are, in words."""
    ours, lines = OURS[table], []
    for kind, unit in (("counts", "instructions"), ("times", "time")):
        mine = of_table(found[kind], table)
        rows = dict.fromkeys(row for row, peer in mine if peer == ours)
        for row in rows:
            better = {
                peer: mine[row, ours] / value
                for (r, peer), value in mine.items()
                if r == row and value < mine[row, ours] and not is_ours(peer, ours)
            }
            if better:
                names = ", ".join(f"{peer} ({ratio:.2f} times)" for peer, ratio in
                                  sorted(better.items(), key=lambda item: -item[1]))
                lines.append(f"* {row}: more {unit} than {names}")
    return "\n".join(lines) or "Nowhere."


if __name__ == "__main__":
    main()
