"""Just enough of ELF: sections of 32-bit little-endian files, their functions, and who calls what in
object files."""

import re
import struct
from pathlib import Path
from typing import NamedTuple

SHT_SYMTAB, SHT_RELA, SHT_REL = 2, 4, 9


class Section(NamedTuple):
    name: str
    type: int
    data: bytes
    size: int
    link: int
    info: int


def sections(path):
    elf = Path(path).read_bytes()
    if elf[:6] != b"\x7fELF\x01\x01":
        raise ValueError(f"{path} is not a 32-bit little-endian ELF file")
    (table,) = struct.unpack_from("<I", elf, 32)
    entry_size, entries, names = struct.unpack_from("<HHH", elf, 46)
    rows = [struct.unpack_from("<10I", elf, table + i * entry_size) for i in range(entries)]
    strings = elf[rows[names][4] :]
    return [
        Section(text(strings, name), kind, elf[offset : offset + size], size, link, info)
        for name, kind, _, _, offset, size, link, info, _, _ in rows
    ]


def text(strings, offset):
    return strings[offset : strings.index(b"\0", offset)].decode()


def functions(path):
    """The functions of an image, as (readable name, bytes)."""
    table = sections(path)
    symbols = next(section for section in table if section.type == SHT_SYMTAB)
    strings = table[symbols.link].data
    for at in range(0, symbols.size, 16):
        name, _, size, kind, _, _ = struct.unpack_from("<IIIBBH", symbols.data, at)
        if kind & 15 == 2 and size > 0:
            yield readable(text(strings, name)), size


def callers(path, symbol):
    """The calls into core that can end in `symbol`, as (caller, callee). For object files that have a
    section per function, as rustc makes them."""
    table = sections(path)
    calls = set()
    for section in table:
        target = table[section.info].name if section.type in (SHT_REL, SHT_RELA) else ""
        if not target.startswith(".text."):
            continue
        caller = re.sub(r"^\.text\.(unlikely\.|hot\.)?", "", target)
        symbols = table[section.link]
        strings = table[symbols.link].data
        entry_size = 8 if section.type == SHT_REL else 12
        for at in range(0, section.size, entry_size):
            number = struct.unpack_from("<I", section.data, at + 4)[0] >> 8
            name, _, _, kind, _, index = struct.unpack_from("<IIIBBH", symbols.data, number * 16)
            callee = text(strings, name)
            if kind & 15 == 3:  # a section stands for its function
                callee = re.sub(r"^\.text\.(unlikely\.|hot\.)?", "", table[index].name)
            calls.add((caller, callee))
    reaching = {symbol}
    while True:
        more = {caller for caller, callee in calls if callee in reaching} - reaching
        if not more:
            break
        reaching |= more
    found = {(readable(a), readable(b)) for a, b in calls if b in reaching}
    core = ("core::", "rust::")
    return sorted((a, b) for a, b in found if b.startswith(core) and not a.startswith(core))


def readable(symbol):
    """The names in a mangled symbol, good enough to recognise a function."""
    if not symbol.startswith(("_R", "_ZN")):
        return symbol
    parts, rest = [], re.sub(r"Cs[0-9A-Za-z]+?_(?=\d)", "", symbol)
    while match := re.search(r"(\d+)_?(?=[\w$])", rest):
        length, rest = int(match.group(1)), rest[match.end(1) :]
        if 0 < length <= len(rest) and re.fullmatch(r"[A-Za-z_][\w.$]*", rest[:length]):
            part, rest = rest[:length], rest[length:]
            for code, sign in (("LT", "<"), ("GT", ">"), ("RF", "&"), ("C", ","), ("u20", " ")):
                part = part.replace(f"${code}$", sign)
            if not re.fullmatch(r"h[0-9a-f]{16}", part):
                parts.append(part.strip("_").replace("..", "::"))
    return "::".join(parts) or symbol
