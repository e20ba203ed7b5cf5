#!/usr/bin/env python3
"""Which public functions of a crate does an image not call?

    public_functions.py CRATE IMAGE.rs[,IMAGE.rs] [FEATURES]      prints them

The list is rustdoc's (its JSON, without private items): free functions, methods, and the methods of
trait impls. Of what `#[derive]` writes only Display counts (an error's text); blanket impls never do,
nor does Debug: core's own way to escape a text has panics that no optimiser removes. A call counts if
the image writes it with its full name and hands its answer to `keep`, so that the compiler checks the
name and cannot leave the call out:

    keep(Type::method(...))    keep(function(...))    keep(<Type<'_> as Trait>::method(...))
    keep(Type::<A, _>::method(...))    keep(poll(Type::async_method(...)))

A name that several impls share (`TryFrom<&str>`, `TryFrom<&[u8]>`) is wanted as often. A function
whose documentation has a section "Panics" is for constants only: `keep(const { Type::function(...) })`.
"""

import json
import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def missing_calls(crate, images, features=""):
    at_run_time, in_const = calls("".join(Path(image).read_text() for image in images))
    missing = []
    for (name, panics), count in sorted(public_functions(crate, features).items()):
        called = (in_const if panics else at_run_time)[name]
        if called < count:
            missing.append(f"{name} (wanted {count} times, found {called})")
    return missing


def calls(source):
    """How often the source keeps the answer of a function: at run time, in a constant."""
    source = re.sub(r"//[^\n]*", "", source)
    at_run_time, in_const = Counter(), Counter()
    for match in re.finditer(r"\bkeep\(\s*(const\s*\{\s*)?(?:poll\(\s*)?&?(?:mut\s+)?(?=[A-Za-z_<])", source):
        path = re.match(
            r"<.+?>::\w+(?=\s*\()|\w+(?:::(?:<[^()]*?>::)?\w+)*(?=\s*\()", source[match.end() :], re.S
        )
        if path:
            (in_const if match.group(1) else at_run_time)[normal(path.group())] += 1
    return at_run_time, in_const


def normal(path):
    """`<a::Type<'_, 4> as b::Trait<u8>>::call` to `<Type as Trait>::call`."""
    qualified = re.fullmatch(r"<(.+)>::(\w+)", path, re.S)
    if qualified:
        type_name, _, trait = qualified.group(1).partition(" as ")
        return f"<{last_name(type_name)} as {last_name(trait)}>::{qualified.group(2)}"
    return "::".join(re.sub(r"::<[^()]*?>(?=::)", "", path).split("::")[-2:])


def last_name(path):
    while re.search(r"<[^<>]*>", path):
        path = re.sub(r"<[^<>]*>", "", path)
    return path.strip().strip("&").split("::")[-1]


def public_functions(crate, features):
    """How often each public function exists: (normalised name, may panic) to a number."""
    index = rustdoc(crate, features)["index"]
    functions = {}  # by id, since a module and a re-export can both name one

    def add(name, function):
        functions[function["id"]] = (name, "# Panics" in (function["docs"] or ""))

    for item in index.values():
        if item["crate_id"] != 0:
            continue
        kind, inner = next(iter(item["inner"].items()))
        if kind == "module":
            for function in children(index, inner["items"]):
                if "function" in function["inner"] and function["visibility"] == "public":
                    add(function["name"], function)
        elif kind == "impl" and not inner["is_synthetic"] and inner["blanket_impl"] is None:
            owner, trait = type_name(inner["for"]), inner["trait"] and last_name(inner["trait"]["path"])
            if trait == "Debug" or derived(item) and trait != "Display":
                continue
            for function in children(index, inner["items"]):
                if "function" not in function["inner"]:
                    continue
                if trait:
                    add(f"<{owner} as {trait}>::{function['name']}", function)
                elif function["visibility"] == "public":
                    add(f"{owner}::{function['name']}", function)
    if not functions:
        sys.exit(f"rustdoc lists no public function of {crate}")
    return Counter(functions.values())


def type_name(of):
    """The last name of the type that an impl is for; of a reference or a slice that of its inside."""
    kind, inner = next(iter(of.items()))
    if kind == "resolved_path":
        return last_name(inner["path"])
    if kind == "borrowed_ref":
        return type_name(inner["type"])
    if kind == "slice":
        return type_name(inner)
    return inner if isinstance(inner, str) else kind


def children(index, ids):
    for item in ids:
        child = index.get(str(item))
        if child is None:
            continue
        if "use" in child["inner"]:  # a re-export: what it names
            child = index.get(str(child["inner"]["use"]["id"]), child)
        yield child


def derived(item):
    return any("automatically_derived" in json.dumps(attribute) for attribute in item["attrs"])


def rustdoc(crate, features):
    # The JSON is not stable yet: RUSTC_BOOTSTRAP lets the stable rustdoc write it. A target folder
    # apart, since the variable makes cargo build the dependencies anew.
    target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "rustdoc-json"
    command = ["cargo", "rustdoc", "--quiet", "--lib", "-p", f"sansio-{crate}", "--features", features]
    command += ["--target-dir", str(target), "--", "-Zunstable-options", "--output-format", "json"]
    command += ["--cap-lints", "allow"]
    subprocess.run(command, cwd=ROOT, check=True, env={**os.environ, "RUSTC_BOOTSTRAP": "1"})
    return json.loads((target / "doc" / f"{crate.replace('-', '_')}.json").read_text())


if __name__ == "__main__":
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    missing = missing_calls(sys.argv[1], sys.argv[2].split(","), *sys.argv[3:])
    print("\n".join(missing))
    sys.exit(1 if missing else 0)
