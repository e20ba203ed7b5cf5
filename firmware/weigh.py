#!/usr/bin/env python3
"""Builds the bare-metal images for every target and optimisation level and checks them.

    weigh.py            fails if a panic is reachable, a public function is not called, an answer is
                        wrong under QEMU, or an image is larger than it may be; tells where the tables
                        in README.md differ from what was measured
    weigh.py --write    the same, and writes the tables
"""

import argparse
import difflib
import json
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import elf
from public_functions import missing_calls

HERE = Path(__file__).resolve().parent
TARGETS = ["thumbv6m-none-eabi", "thumbv7m-none-eabi", "riscv32imc-unknown-none-elf"]
LEVELS = ["z", "s", "o3"]
TARGET_DIR = Path(os.environ.get("CARGO_TARGET_DIR", HERE / "target"))
WEIGHED = [".text", ".rodata", ".data"]

BASELINE = "size-baseline"
# Rows that are an image without its own functions: those that are not in its module `calls`, through
# which alone it calls the crate.
SESSION_CRATE = "size-session-calls, the crate"
TABLE_CRATE = "size-topic-table, the crate"
CRATE_ROWS = {"size-session-calls": SESSION_CRATE, "size-topic-table": TABLE_CRATE}
# The rows of the size tables.
ROWS = {
    BASELINE: "empty image",
    "size-topic": "topic-matcher: check a filter and a name, match them",
    "size-topic-table": "topic-matcher: the same, and insert and look up in a table",
    TABLE_CRATE: "topic-matcher: of that the crate, without the application that calls it",
    "size-topic-names": "topic-matcher: check a filter and a name, insert the name into a table, find those that the filter takes",
    "size-mqtt-v3": "mqtt-codec, all of 3.1.1",
    "size-mqttrs": "mqttrs 0.4.1, all of 3.1.1",
    "size-mqtt": "mqtt-codec, all of 3.1.1 and 5.0",
    "size-mountain-mqtt": "mountain-mqtt 0.2.0, all of 5.0",
    "size-session-calls": "mqtt-codec: a client's session, 3.1.1 and 5.0, every QoS",
    SESSION_CRATE: "mqtt-codec: of that the crate, without the application that calls it",
    "size-session": "mqtt-codec: the same with driver and snapshot",
    "size-coap-decode": "coap-codec: decode over UDP",
    "size-coap-message-decode": "coap-message-implementations 0.2.0: the same, nothing checked",
    "size-coap": "coap-codec: decode, and encode from a list of options",
    "size-coap-message": "coap-message-implementations 0.2.0: read, and write option by option",
    "size-http-request": "http-lite: a request head, and how long its body is",
    "size-httparse-request": "httparse 1.10.1: a request head",
    "size-http-response": "http-lite: a response head, and how long its body is",
    "size-httparse-response": "httparse 1.10.1: a response head",
    "size-http-server": "http-lite: a server's connection",
    "size-http-client": "http-lite: a client's connection",
    "size-websocket-client": "http-lite: a WebSocket client",
    "size-embedded-websocket": "embedded-websocket 0.9.5: the same, less checked and no deadlines",
    "size-websocket-frames": "http-lite: headers and masks of WebSocket frames",
    "size-websocket-sans-io": "websocket-sans-io 0.1.0: the same, nothing checked, frames cut anywhere",
    "size-link-read": "link-format: check a document and read it",
    "size-link-write": "link-format: a block of a directory in flash",
}
# An image and what it must be smaller than: another image (and so many bytes), or bytes beyond the
# empty one by level, for all targets or for some.
SMALLER_THAN = [
    ("size-coap-decode", ("size-coap-message-decode", 101)),
    ("size-topic", {"z": 1024, "s": 1024, "o3": 2048}),
    ("size-mqtt-v3", "size-mqttrs"),
    ("size-mqtt", "size-mountain-mqtt"),
    (TABLE_CRATE, {"z": {"thumbv6m-none-eabi": 1500}}),
    (SESSION_CRATE, {"z": {"thumbv6m-none-eabi": 19200, "thumbv7m-none-eabi": 18900}}),
]
# Where an image is still larger than that, or so near that the folder of the checkout decides (its
# name moves a few bytes): told, not failed.
LARGER = {
    ("size-mqtt-v3", "riscv32imc-unknown-none-elf", "o3"),
    ("size-mqtt-v3", "riscv32imc-unknown-none-elf", "s"),
    ("size-mqtt-v3", "thumbv6m-none-eabi", "o3"),
}
# A no-panic image, and the crate with features that it must call every public function of, it or
# another image of that crate.
# Not in it: the feature `bytes`, which allocates, `defmt`, which needs a transport, and `nom` of
# link-format, whose parsers of `str` are nom's own.
NO_PANIC = {
    "no-panic-mqtt": ("mqtt-codec", "embedded-io-async,nom,session"),
    "no-panic-session": ("mqtt-codec", "embedded-io-async,nom,session"),
    "no-panic-coap": ("coap-codec", "embedded-io-async,nom"),
    "no-panic-http": ("http-lite", "embedded-io-async,nom,websocket"),
    "no-panic-websocket": ("http-lite", "embedded-io-async,nom,websocket"),
    "no-panic-topic": ("topic-matcher", "heapless"),
    "no-panic-link": ("link-format", ""),
}
PANIC_SYMBOL = "panic_is_reachable"
# Images that check their own answers, and the board that runs them. A Cortex-M3 runs the code of a
# Cortex-M0 too. RISC-V is linked only.
ANSWERS = ["answers-mqtt", "answers-coap", "answers-topic", "answers-link"]
QEMU = ["qemu-system-arm", "-M", "lm3s6965evb", "-nographic"]
QEMU += ["-semihosting-config", "enable=on,target=native", "-kernel"]


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--write", action="store_true")
    write = arguments.parse_args().write
    check = Check()

    for crate, features in dict.fromkeys(NO_PANIC.values()):
        images = [image for image, of in NO_PANIC.items() if of == (crate, features)]
        sources = [HERE / "src/bin" / f"{image.replace('-', '_')}.rs" for image in images]
        for function in missing_calls(crate, sources, features):
            check.fail(f"{' and '.join(images)}: no call of {function}")

    sizes, stacks = {}, {}
    with ThreadPoolExecutor() as pool:  # each level has a folder of its own, so cargo does not wait
        for of_level in pool.map(lambda level: weigh(check, level), LEVELS):
            sizes.update(of_level[0])
            stacks.update(of_level[1])
    compare(check, sizes)

    tables = size_tables(sizes) + stack_table(stacks)
    print(tables)
    update_readme(tables, write)
    if check.failures:
        sys.exit("\n".join(["", "weigh: FAILED", *check.failures]))
    print(f"weigh: all images link, {len(sizes)} sizes, {len(stacks)} stacks measured")


def weigh(check, level):
    """Sizes by image, target and level; stacks likewise."""
    sizes, stacks = {}, {}
    for target in TARGETS:
        images = build(check, target, level)
        control(check, target, level)
        for name, path in images.items():
            if name in ROWS:
                sizes[name, target, level] = size_of(path)
        for name, row in CRATE_ROWS.items():
            if name in images:
                own = size_of_own(name, images[name])
                sizes[row, target, level] = sizes[name, target, level] - own
        if target.startswith("thumb"):
            for name in ANSWERS:
                if name in images:
                    for what, used in run(check, target, level, name, images[name]).items():
                        stacks[what, target, level] = used
    return sizes, stacks


class Check:
    """Collects what failed, so that one run shows all of it."""

    def __init__(self):
        self.failures = []

    def fail(self, message):
        print(f"FAILED: {message}", file=sys.stderr, flush=True)
        self.failures.append(message)


def cargo(target, level, *arguments):
    command = ["cargo", "build", "--quiet", "--keep-going", "--profile", level, "--target", target]
    core = Path(output(["rustc", "--print", "sysroot"]).strip(), "lib/rustlib", target, "lib")
    if not list(core.glob("libcore-*.rlib")):
        command.append("-Zbuild-std=core")  # Debian's compiler, set up by ci.sh
    command += ["--message-format", "json-render-diagnostics", *arguments]
    return subprocess.run(command, cwd=HERE, text=True, capture_output=True)


def output(command):
    return subprocess.run(command, cwd=HERE, check=True, text=True, stdout=subprocess.PIPE).stdout


def build(check, target, level):
    """All images but the control: name to path."""
    features = ["--features", "cortex-m"] if target.startswith("thumb") else []
    result = cargo(target, level, "--bins", *features)
    if result.returncode != 0:
        broken = re.findall(r'could not compile `firmware` \(bin "([\w-]+)"\)', result.stderr)
        if f"undefined symbol: {PANIC_SYMBOL}" not in result.stderr:
            sys.exit(f"{result.stderr}\nweigh: FAILED: {target} {level}: an image does not build")
        for image in broken:
            check.fail(f"{target} {level}: {image}: a panic is reachable")
            who_panics(target, level, image)
    messages = [json.loads(line) for line in result.stdout.splitlines() if line.startswith("{")]
    return {m["target"]["name"]: m["executable"] for m in messages if m.get("executable")}


def who_panics(target, level, image):
    """Prints which functions of an image that does not link call what panics."""
    command = ["cargo", "rustc", "--quiet", "--profile", level, "--target", target, "--bin", image]
    command += ["--target-dir", str(TARGET_DIR / "who-panics"), "--", "--emit=obj", "-Clinker=true"]
    subprocess.run(command, cwd=HERE, check=True)
    objects = TARGET_DIR / "who-panics" / target / level / "deps"
    newest = max(
        objects.glob(f"{image.replace('-', '_')}-*.o"), key=lambda path: path.stat().st_mtime
    )
    for caller, callee in elf.callers(newest, PANIC_SYMBOL):
        print(f"    {caller} -> {callee}", file=sys.stderr)


def control(check, target, level):
    """The image that panics on purpose must fail to link, for that reason."""
    result = cargo(
        target, level, "--bin", "no-panic-control", "--features", "control"
    )
    if result.returncode == 0:
        check.fail(f"{target} {level}: the control links, so the no-panic images show nothing")
    elif f"undefined symbol: {PANIC_SYMBOL}" not in result.stderr:
        print(result.stderr, file=sys.stderr)
        check.fail(f"{target} {level}: the control fails for another reason than its panic")


def run(check, target, level, name, path):
    """Runs an image under QEMU; gives the bytes of stack that it reports, by what used them."""
    where = f"{target} {level}: {name}"
    try:
        result = subprocess.run(
            QEMU + [path],
            text=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,  # where QEMU puts what an image writes
            timeout=60,
        )
    except subprocess.TimeoutExpired:
        check.fail(f"{where} did not end within 60 s")
        return {}
    if result.returncode != 0 or "all answers right" not in result.stdout:
        print(result.stdout, file=sys.stderr)
        check.fail(f"{where} gave a wrong answer under QEMU")
    return {what: int(used) for what, used in re.findall(r"stack (.+): (\d+)", result.stdout)}


def size_of(path):
    return sum(section.size for section in elf.sections(path) if section.name in WEIGHED)


def size_of_own(image, path):
    """Bytes of the functions that an image has besides what it calls."""
    module = image.replace("-", "_") + "::"
    own = (
        size
        for name, size in elf.functions(path)
        if name == "image" or name.startswith(module) and not name.startswith(f"{module}calls::")
    )
    return sum(own)


def compare(check, sizes):
    for image, limit in SMALLER_THAN:
        for target in TARGETS:
            for level in LEVELS:
                size = sizes[image, target, level]
                if isinstance(limit, tuple):
                    bound = sizes[limit[0], target, level] + limit[1]
                elif isinstance(limit, str):
                    bound = sizes[limit, target, level]
                else:
                    beyond = limit.get(level)
                    if isinstance(beyond, dict):
                        beyond = beyond.get(target)
                    if beyond is None:
                        continue
                    bound = sizes[BASELINE, target, level] + beyond
                if size >= bound:
                    message = f"{target} {level}: {image} has {size} bytes, not below {bound}"
                    known = (image, target, level) in LARGER
                    print(f"known: {message}") if known else check.fail(message)


def size_tables(sizes):
    text = ""
    for target in TARGETS:
        text += f"**{target}**\n\n| image | opt-level z | s | 3 |\n|---|--:|--:|--:|\n"
        for name, what in ROWS.items():
            cells = []
            for level in LEVELS:
                size = sizes[name, target, level]
                beyond = size - sizes[BASELINE, target, level]
                in_all = f"**{beyond}**, {size} in all"
                if name == BASELINE:
                    cells.append(f"{size} in all")
                else:
                    cells.append(f"**{beyond}**" if name in CRATE_ROWS.values() else in_all)
            text += f"| {what} | {' | '.join(cells)} |\n"
        text += "\n"
    return text


def stack_table(stacks):
    if not stacks:
        return ""
    columns = sorted({(target, level) for _, target, level in stacks}, key=lambda c: (c[0], LEVELS.index(c[1])))
    heads = [f"{target.split('-')[0]} {level.removeprefix('o')}" for target, level in columns]
    text = f"| stack of | {' | '.join(heads)} |\n|---|{'--:|' * len(columns)}\n"
    for what in dict.fromkeys(what for what, _, _ in stacks):
        cells = [str(stacks.get((what, *column), "-")) for column in columns]
        text += f"| {what} | {' | '.join(cells)} |\n"
    return text + "\n"


def update_readme(tables, write):
    readme = HERE / "README.md"
    begin, end = "<!-- measured by weigh.py -->\n", "<!-- end -->"
    old = readme.read_text()
    head, rest = old.split(begin)
    version = output(["rustc", "--version"]).strip()
    new = f"{head}{begin}\nMeasured with {version}.\n\n{tables}{end}{rest.split(end)[1]}"
    if new == old:
        return
    if write:
        readme.write_text(new)
        print("weigh: wrote firmware/README.md")
    else:
        print("weigh: firmware/README.md differs from what was measured; --write updates it:")
        lines = difflib.unified_diff(old.splitlines(), new.splitlines(), "written", "measured", n=0)
        print("\n".join(list(lines)[2:]))


main()
