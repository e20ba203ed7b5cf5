#!/usr/bin/env python3
"""Checks mqtt-codec/conformance.toml and mqtt-codec/CONFORMANCE.md: every normative statement of MQTT
3.1.1 and 5.0 once, the functions and tests that are named exist, what the code cites exists, and the
document is up to date.

    conformance.py             the check
    conformance.py --write     writes the document, then the check
    conformance.py --mutate [--redo] [ID...]
                               proves the tests: takes each rule out of a copy of the tree, runs the
                               tests that are named for it, which must fail, and records it in the
                               data. Rules with these ids, or else all that are not proven yet; with
                               --redo also the proven ones. A few seconds each.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zlib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT / "mqtt-codec/conformance.toml"
DOCUMENT = ROOT / "mqtt-codec/CONFORMANCE.md"
# How many statements Appendix B of each version has.
COUNTS = {"v3": 141, "v5": 251}
WHO = {
    "codec": "`decode` refuses it, `encode` does not write it",
    "session": "`session::Client` and `session::Server` keep it (feature `session`)",
    "application": "the program around them keeps it, by the calls and values that are named",
}
KEYS = {"v3", "v5", "wants", "who", "at", "by", "tests", "shown", "find", "replace", "proven"}

CHAPTERS = {
    "1": "1 Data representation",
    "2": "2 Every packet",
    "3.1": "3.1 CONNECT",
    "3.2": "3.2 CONNACK",
    "3.3": "3.3 PUBLISH",
    "3.4": "3.4 PUBACK",
    "3.5": "3.5 PUBREC",
    "3.6": "3.6 PUBREL",
    "3.7": "3.7 PUBCOMP",
    "3.8": "3.8 SUBSCRIBE",
    "3.9": "3.9 SUBACK",
    "3.10": "3.10 UNSUBSCRIBE",
    "3.11": "3.11 UNSUBACK",
    "3.12": "3.12 PINGREQ",
    "3.14": "3.14 DISCONNECT",
    "3.15": "3.15 AUTH",
    "4": "4 Operational behaviour",
    "6": "6 WebSocket",
    "7": "7 Conformance",
}


class Row:
    """One rule: a row of the data."""

    def __init__(self, number, table):
        self.number = number
        self.ids = {version: table.get(version, "").split() for version in COUNTS}
        self.name = " ".join(f"{version[1]}:{i}" for version in COUNTS for i in self.ids[version])
        self.wants, self.who, self.by = table.get("wants", ""), table.get("who"), table.get("by")
        # Strings "file: item, item", and tests "target::function".
        self.at = table.get("at", [])
        self.tests, self.shown = table.get("tests", []), table.get("shown", [])
        self.find, self.replace = table.get("find"), table.get("replace")
        self.proof = table.get("proven")
        self.unknown = set(table) - KEYS

    def file(self):
        """Where the mutation is: the first file that is named."""
        return path_of(self.at[0].split(":")[0])

    def seal(self):
        """Changes with everything that a proof depends on in the data."""
        what = "\0".join([self.at[0], self.find, self.replace, *self.tests])
        return f"{zlib.crc32(what.encode()):08x}"

    def is_proven(self):
        return self.find is not None and self.proof == self.seal()


def path_of(name):
    """Files are those of mqtt-codec/src unless they begin with another crate."""
    return ROOT / name if "/src/" in name else ROOT / "mqtt-codec/src" / name


def load():
    tables = tomllib.loads(DATA.read_text())["rule"]
    return [Row(number, table) for number, table in enumerate(tables)]


# ---- the check ----------------------------------------------------------------------------------


def check(rows):
    wrong = []
    for version, count in COUNTS.items():
        ids = [i for row in rows for i in row.ids[version]]
        twice = sorted({i for i in ids if ids.count(i) > 1})
        wrong += [f"{version}: {i} stands more than once" for i in twice]
        if len(set(ids)) != count:
            wrong.append(f"{version}: {len(set(ids))} statements, there are {count}")
    sources, tests = {}, {}
    for row in rows:
        wrong += [f"{row.name}: {fault}" for fault in faults(row, sources, tests)]
    return wrong + list(misquotations(rows))


def misquotations(rows):
    """What the code cites exists."""
    known = {i for row in rows for ids in row.ids.values() for i in ids}
    for path in sorted((ROOT / "mqtt-codec/src").rglob("*.rs")):
        for cited in re.findall(r"\bMQTT-(\d[-.0-9]*\d)", path.read_text()):
            if cited not in known:
                yield f"{path.relative_to(ROOT)} cites MQTT-{cited}"


def faults(row, sources, tests):
    if row.unknown:
        yield f"unknown keys {sorted(row.unknown)}"
    if row.who not in WHO:
        yield f"who is {row.who!r}"
    if not row.wants:
        yield "says not what it wants"
    if not row.at and not row.by:
        yield "says neither where nor by what it is kept"
    for place in row.at:
        name, _, items = place.partition(":")
        path = path_of(name)
        if not path.is_file():
            yield f"no file {name}"
            continue
        text = sources.setdefault(path, path.read_text())
        for item in items.split(","):
            last = re.escape(item.strip().split("::")[-1])
            kinds = "fn|struct|enum|const|trait|type"
            # A variant or a field stands at the beginning of its line.
            if not re.search(rf"\b({kinds})\s+{last}\b|^\s+(pub )?{last}\b", text, re.M):
                yield f"no {item.strip()} in {name}"
    for test in row.tests + row.shown:
        target, _, function = test.rpartition("::")
        if target not in tests:
            tests[target] = functions_of(target)
        if function not in tests[target]:
            yield f"no test {test}"
    if row.who != "application" and row.find is None:
        yield "a rule that this crate keeps needs a mutation"
    if (row.find is None) != (row.replace is None) or (row.find is None) != (not row.tests):
        yield "find, replace and tests belong together"
    elif row.find is not None and row.at and row.file().is_file():
        found = sources.setdefault(row.file(), row.file().read_text()).count(row.find)
        if found != 1:
            yield f"`find` stands {found} times in {row.at[0].split(':')[0]}"


def functions_of(target):
    """Names of the functions in a test target: `malformed`, `lib`, `topic-matcher/laws`."""
    crate, _, name = target.rpartition("/")
    folder = ROOT / (crate or "mqtt-codec")
    if name == "lib":
        files = folder.glob("src/**/*.rs")
    else:
        files = [folder / f"tests/{name}.rs", *folder.glob(f"tests/{name}/**/*.rs")]
    texts = (file.read_text() for file in files if file.is_file())
    return {name for text in texts for name in re.findall(r"\bfn (\w+)", text)}


# ---- the document -------------------------------------------------------------------------------


def document(rows):
    mutations = [row for row in rows if row.find is not None]
    proven = sum(row.is_proven() for row in rows)
    lines = [
        HEAD.format(**COUNTS),
        "| who | 3.1.1 | 5.0 | |",
        "|---|---|---|---|",
    ]
    for who, meaning in WHO.items():
        v3, v5 = (
            sum(len(row.ids[version]) for row in rows if row.who == who) for version in COUNTS
        )
        lines.append(f"| {who} | {v3} | {v5} | {meaning} |")
    lines += ["", PROOF.format(proven=proven, mutations=len(mutations))]
    chapter = None
    for row in sorted(rows, key=place_of):
        if (new := chapter_of(row)) != chapter:
            chapter = new
            lines += [f"\n## {CHAPTERS[chapter]}\n", TABLE_HEAD]
        lines.append(line_of(row))
    return "\n".join(lines) + "\n"


HEAD = """\
# Conformance

<!-- Written by ci/conformance.py from conformance.toml. -->

Every normative statement of MQTT 3.1.1 ({v3}) and 5.0 ({v5}), by the identifiers that stand in
Appendix B of each: what it wants in short (read the standard for what it says), who keeps it, where,
and the tests that fail without it.
"""

PROOF = """\
Proven by mutation: {proven} of {mutations} rules (✓). Each was taken out of the code by a change of
one place, and every test that is named for it failed: `ci/conformance.py --mutate`. What is the
application's has no such proof but where a crate of this repository does it; where the gateway in
`examples` keeps it, its test is named behind "shown by".

Files are those of `mqtt-codec/src`, tests those of `mqtt-codec/tests`, unless another crate is named.
A row for both versions stands at its place in 5.0. Two identifiers of 3.1.1 are misspelled in the
standard, and here: MQTT-3.1.2.7 and MQTT-3-8.3-4."""

TABLE_HEAD = """\
| 3.1.1 | 5.0 | wants | who | kept by | tests |
|---|---|---|---|---|---|"""


def line_of(row):
    ids = ["<br>".join(f"MQTT-{i}" for i in row.ids[version]) for version in COUNTS]
    kept = [f"`{place}`" for place in row.at] + ([row.by] if row.by else [])
    mark = " ✓" if row.is_proven() else ""
    tests = ["<br>".join(f"`{test}`" for test in row.tests) + mark] if row.tests else []
    if row.shown:
        tests.append("shown by " + ", ".join(f"`{test}`" for test in row.shown))
    cells = [*ids, row.wants, row.who, "<br>".join(kept), "<br>".join(tests)]
    return f"| {' | '.join(cells)} |".replace("|  |", "| |")


def first_id(row):
    return (row.ids["v5"] or row.ids["v3"])[0]


def place_of(row):
    return [int(part) for part in re.split(r"[.-]", first_id(row))]


def chapter_of(row):
    first, second = re.split(r"[.-]", first_id(row))[:2]
    return f"{first}.{second}" if first == "3" else first


# ---- mutation -----------------------------------------------------------------------------------


def mutate(rows, ids, redo):
    chosen = [row for row in rows if row.find is not None]
    if ids:
        wanted = set(ids)
        chosen = [row for row in chosen if wanted & {i for ids in row.ids.values() for i in ids}]
    if not redo and not ids:
        chosen = [row for row in chosen if not row.is_proven()]
    scratch = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "conformance"
    tree = scratch / "tree"
    copy_tree(tree)
    environment = os.environ | {
        "CARGO_TARGET_DIR": str(scratch / "target"),
        "CARGO_PROFILE_DEV_DEBUG": "0",
    }
    # One mutation may stand for several rules.
    groups = {}
    for row in chosen:
        groups.setdefault((row.file(), row.find, row.replace), []).append(row)
    survivors = 0
    baseline(chosen, tree, environment)
    for (path, find, replace), group in groups.items():
        copy = tree / path.relative_to(ROOT)
        original = copy.read_text()
        copy.write_text(original.replace(find, replace))
        try:
            results = run_tests({test for row in group for test in row.tests}, tree, environment)
        finally:
            copy.write_text(original)
        for row in group:
            survived = [f"{t}: {results[t]}" for t in row.tests if results[t] != "failed"]
            if not survived:
                record(row)
            survivors += bool(survived)
            word = "SURVIVED" if survived else "caught"
            print(f"{word:8} {row.name:40} {', '.join(survived)}".rstrip(), flush=True)
    print(f"{len(chosen)} rules, {survivors} survived")
    return survivors


def baseline(rows, tree, environment):
    """Without a mutation every test passes."""
    tests = {test for row in rows for test in row.tests}
    for test, result in run_tests(tests, tree, environment).items():
        if result != "ok":
            sys.exit(f"{test}: {result} without a mutation")


# The features that tests of a crate need.
FEATURES = {"mqtt-codec": "session", "http-lite": "websocket"}


def run_tests(tests, tree, environment):
    """What became of each test: ok, failed, or that it does not build."""
    results = {}
    for target in sorted({test.rpartition("::")[0] for test in tests}):
        names = sorted(test.rpartition("::")[2] for test in tests if test.startswith(f"{target}::"))
        crate, _, name = target.rpartition("/")
        crate = crate or "mqtt-codec"
        command = ["cargo", "test", "-p", f"sansio-{crate}"]
        command += ["--features", FEATURES[crate]] if crate in FEATURES else []
        command += ["--lib"] if name == "lib" else ["--test", name]
        options = {"cwd": tree, "env": environment, "capture_output": True, "text": True}
        build = subprocess.run([*command, "--no-run"], **options)
        if build.returncode != 0:
            print(build.stderr[-2000:], file=sys.stderr)
            results |= {f"{target}::{name}": "does not build" for name in names}
            continue
        try:
            output = subprocess.run([*command, "--", *names], timeout=300, **options).stdout
        except subprocess.TimeoutExpired:
            output = ""  # it runs for ever: that is a failure too
        for name in names:
            ends = re.findall(rf"^test (?:\w+::)*{name} \.\.\. (\w+)", output, re.M)
            results[f"{target}::{name}"] = "ok" if set(ends) == {"ok"} else "failed"
    return results


def copy_tree(tree):
    """The files of this workspace, as they are now; only what differs is written."""
    command = ["git", "ls-files", "-co", "--exclude-standard", "--", "."]
    command += [":!fuzz", ":!benches", ":!firmware"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    for name in listed.stdout.split("\n"):
        source, target = ROOT / name, tree / name
        if not source.is_file():
            continue
        if target.is_file() and target.read_bytes() == source.read_bytes():
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)


def record(row):
    """Writes the proof to the row's table in the data."""
    head, *tables = re.split(r"(?m)^(?=\[\[rule\]\]$)", DATA.read_text())
    table = re.sub(r"(?m)^proven = .*\n", "", tables[row.number]).rstrip("\n")
    # What stands behind the last key is the next chapter's heading.
    keys, _, heading = table.partition("\n\n")
    keys += f'\nproven = "{row.seal()}"'
    tables[row.number] = keys + (f"\n\n{heading}" if heading else "") + "\n\n"
    DATA.write_text((head + "".join(tables)).rstrip("\n") + "\n")


def main():
    raw = argparse.RawDescriptionHelpFormatter
    args = argparse.ArgumentParser(description=__doc__, formatter_class=raw)
    args.add_argument("--write", action="store_true")
    args.add_argument("--mutate", nargs="*", metavar="ID")
    args.add_argument("--redo", action="store_true")
    args = args.parse_args()
    rows = load()
    wrong = check(rows)
    if args.mutate is not None:
        survivors = mutate(rows, args.mutate, args.redo)
        sys.exit(1 if survivors else 0)
    if args.write:
        DOCUMENT.write_text(document(rows))
    elif not DOCUMENT.is_file() or DOCUMENT.read_text() != document(rows):
        wrong.append("CONFORMANCE.md is not up to date: run ci/conformance.py --write")
    for fault in wrong:
        print(fault, file=sys.stderr)
    sys.exit(1 if wrong else 0)


main()
