#!/usr/bin/env python3
"""Does every piece of the port guide in mqtt-codec/README.md stand in the firmware file that it names?

A piece is a Rust block whose first line is `// firmware/FILE`; `// ...` stands for lines that are left out.
CI builds those files and runs them.
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
README = "mqtt-codec/README.md"


def main():
    guide = (ROOT / README).read_text()
    blocks = re.findall(r"^```rust,ignore\n// (firmware/\S+)\n(.*?)^```$", guide, re.M | re.S)
    # Nothing else may stand there untested.
    if len(blocks) < 3 or guide.count("rust,ignore") != len(blocks):
        sys.exit(f"guide: {README} has {len(blocks)} pieces that name a file")
    for name, block in blocks:
        source, at = (ROOT / name).read_text(), 0
        for piece in block.split("// ...\n"):
            found = source.find(piece, at)
            if found < 0:
                sys.exit(f"guide: this is not in {name}, or not in this order:\n{piece}")
            at = found + len(piece)
    print(f"guide: {len(blocks)} pieces stand in firmware/")


main()
