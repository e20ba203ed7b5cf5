"""Gives the same mutated messages to libcoap's parser and to ours, and explains where they differ.

    compare.py --bin target/release [--count 100000] [--seed 1]

Prints how often they agree, and a table of the differences: class, section that decides, who follows
it, how often, and the shortest example. Exit code 1 if a difference is in no class, or if our parser
and a plain reading of the standard (reading.py) differ at all.
"""

import argparse
import collections
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

from messages import datagrams, over_tcp  # noqa: E402
from reading import read  # noqa: E402

# Lengths that the definitions give, in bytes: RFC 7252 table 4, 7641 (6), 7959 (23, 27, 28), 7967
# (258), 8613 (9), 8768 (16), 9175 (252, 292), 9177 (19, 31).
LENGTHS = {1: (0, 8), 3: (1, 255), 4: (1, 8), 5: (0, 0), 6: (0, 3), 7: (0, 2), 8: (0, 255), 9: (0, 255)}
LENGTHS |= {11: (0, 255), 12: (0, 2), 14: (0, 4), 15: (0, 255), 16: (1, 1), 17: (0, 2), 19: (0, 3)}
LENGTHS |= {20: (0, 255), 23: (0, 3), 27: (0, 3), 28: (0, 4), 31: (0, 3), 35: (1, 1034), 39: (1, 255)}
LENGTHS |= {60: (0, 4), 252: (1, 40), 258: (0, 1), 292: (0, 8)}
# By code and number, RFC 8323 section 5.
SIGNALLING = {(225, 2): (0, 4), (225, 4): (0, 0), (226, 2): (0, 0), (227, 2): (0, 0)}
SIGNALLING |= {(228, 2): (1, 255), (228, 4): (0, 3), (229, 2): (0, 2)}


class Case:
    """A message on which the two differ."""

    def __init__(self, transport, data, libcoap, ours):
        self.transport, self.data, self.libcoap, self.ours = transport, data, libcoap, ours
        self.code, self.options, self.reading = read(transport, data)
        self.signalling = self.code in range(225, 230)

    def only_ours_takes_it(self):
        return self.libcoap == "bad" and self.ours.startswith("ok ")

    def wrong_length(self):
        """Has an option of a length that its definition does not allow."""
        if self.signalling:
            rows = [(SIGNALLING.get((self.code, n)), v) for n, v in self.options]
        else:
            rows = [(LENGTHS.get(n), v) for n, v in self.options]
        return any(row and not row[0] <= len(value) <= row[1] for row, value in rows)


# Name, section that decides, what it says, and when a difference is of this class. The first that
# holds counts.
CLASSES = [
    (
        "length of an option's value",
        "RFC 7252 5.4.3",
        "an option of a wrong length is treated as an unrecognised option, not as a broken message",
        lambda c: c.only_ours_takes_it() and not c.signalling and c.wrong_length(),
    ),
    (
        "Uri-Query of length 0",
        "RFC 7252 5.10",
        "table 4 allows it 0 to 255 bytes",
        lambda c: c.only_ours_takes_it() and not c.signalling and (15, b"") in c.options,
    ),
    (
        "length of a signalling option, TCP",
        "RFC 8323 5.2",
        "signalling options are elective or critical as RFC 7252 5.4.1 says, so 5.4.3 holds for them",
        lambda c: c.only_ours_takes_it() and c.transport == "t" and c.signalling and c.wrong_length(),
    ),
    (
        "option of a signalling code, UDP",
        "RFC 7252 3",
        "class 7 is reserved there: its options have no definition that they could break",
        lambda c: c.only_ours_takes_it() and c.transport == "u" and c.signalling and c.wrong_length(),
    ),
    (
        "option number past 65535",
        "RFC 7252 12.2",
        "numbers have 16 bits; what a delta leads to beyond is no option, and not that of the sum's rest",
        lambda c: c.libcoap.startswith("ok ") and c.ours.startswith("bad") and "12.2" in c.reading,
    ),
]


def verdicts(program, messages):
    """A line for each message."""
    frames = [t.encode() + len(data).to_bytes(4, "big") + data for t, data in messages]
    got = subprocess.run([program], input=b"".join(frames), capture_output=True, timeout=120)
    lines = got.stdout.decode().splitlines()
    if got.returncode != 0 or len(lines) != len(messages):
        name = os.path.basename(program)
        sys.exit(f"{name}: code {got.returncode}, {len(lines)} lines, {got.stderr[-300:]}")
    return lines


def build(folder):
    program = os.path.join(folder, "libcoap_verdict")
    source = os.path.join(HERE, "libcoap_verdict.c")
    subprocess.run(["gcc", "-O1", "-Wall", "-o", program, source, "-lcoap-3-notls"], check=True)
    return program


def compare(messages, libcoap, ours):
    """Prints the table; true if nothing is left unexplained."""
    agree, counts, examples, wrong = collections.Counter(), collections.Counter(), {}, []
    for (transport, data), theirs, own in zip(messages, libcoap, ours):
        if own.split()[0] != "bad" and own == theirs:
            agree["ok"] += 1
        elif own.split()[0] == theirs == "bad":
            agree["bad"] += 1
        else:
            case = Case(transport, data, theirs, own)
            name = next((name for name, _, _, holds in CLASSES if holds(case)), None)
            counts[name] += 1
            if name not in examples or len(data) < len(examples[name].data):
                examples[name] = case
        reading = read(transport, data)[2]
        if (reading if reading.startswith("ok") else "bad") != (own if own.startswith("ok") else "bad"):
            wrong.append((transport, data, own, reading))

    udp = sum(transport == "u" for transport, _ in messages)
    print(f"{udp} datagrams and {len(messages) - udp} frames:", end=" ")
    print(f"both take {agree['ok']}, both refuse {agree['bad']}, they differ on {counts.total()}")
    for name, section, _, _ in CLASSES:
        if counts[name]:
            print(f"{counts[name]:7}  {name:36} {section:16} {examples[name].data.hex()}")
    if counts[None]:
        case = examples[None]
        print(f"{counts[None]:7}  UNEXPLAINED {case.transport} {case.data.hex()}")
        print(f"         libcoap: {case.libcoap}\n         ours: {case.ours}\n         {case.reading}")
    for transport, data, own, reading in wrong[:3]:
        print(f"OURS IS WRONG {transport} {data.hex()}\n         ours: {own}\n         {reading}")
    return not counts[None] and not wrong


def run(bin_dir, count, seed):
    messages = [("u", data) for data in datagrams(seed, count)]
    frames = (over_tcp(data) for _, data in messages[: count // 5])
    messages += [("t", frame) for frame in frames if frame]
    with tempfile.TemporaryDirectory() as folder:
        libcoap = verdicts(build(folder), messages)
    return compare(messages, libcoap, verdicts(os.path.join(bin_dir, "coap-verdict"), messages))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", required=True, help="folder of our programs")
    parser.add_argument("--count", type=int, default=100_000, help="how many datagrams")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    return 0 if run(args.bin, args.count, args.seed) else 1


if __name__ == "__main__":
    sys.exit(main())
