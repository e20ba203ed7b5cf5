"""Gives messages that our encoder writes to llhttp, and compares what it reads with what they mean.

    llhttp.py --bin target/release [--count 20000] [--seed 1]

Prints the differences; exit code 1 if there is one.
"""

import argparse
import json
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))


def read(messages):
    """What llhttp reads in each."""
    frames = [letter.encode() + len(data).to_bytes(4, "big") + data for letter, data in messages]
    command = ["node", "--no-deprecation", os.path.join(HERE, "llhttp.js")]
    done = subprocess.run(command, input=b"".join(frames), capture_output=True, timeout=120)
    lines = done.stdout.decode().splitlines()
    if done.returncode != 0 or len(lines) != len(messages):
        sys.exit(f"llhttp.js: code {done.returncode}, {len(lines)} lines, {done.stderr[-300:]}")
    return [json.loads(line) for line in lines]


def differences(bin_dir, count, seed):
    """Texts, one for each message that is read with another meaning."""
    command = [os.path.join(bin_dir, "http-messages"), str(count), str(seed)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    lines = [line.split(" ", 2) for line in done.stdout.splitlines()]
    messages = [(letter, bytes.fromhex(data)) for letter, data, _ in lines]
    wrong = []
    for (letter, data), (_, _, meaning), got in zip(messages, lines, read(messages)):
        wanted = json.loads(meaning)
        if got != wanted:
            keys = [key for key in sorted({*got, *wanted}) if got.get(key) != wanted.get(key)]
            told = ", ".join(f"{key} {got.get(key)!r}, not {wanted.get(key)!r}" for key in keys)
            wrong.append(f"{letter} {data!r}: {told}")
    if len(messages) != count:
        wrong.append(f"{len(messages)} messages, not {count}")
    return wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bin", required=True)
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    wrong = differences(args.bin, args.count, args.seed)
    print("\n".join(wrong[:10]))
    print(f"{args.count} messages, {len(wrong)} are read with another meaning")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
