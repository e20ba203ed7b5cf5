#!/usr/bin/env python3
"""Prints the features of a package, comma separated, without `default`.

    features.py PACKAGE [--without FEATURE,...]
    features.py PACKAGE --has FEATURE      exit code 0 if it has that feature, else 1
"""

import argparse
import json
import subprocess
import sys


def main():
    args = argparse.ArgumentParser(description=__doc__)
    args.add_argument("package")
    args.add_argument("--without", default="")
    args.add_argument("--has")
    args = args.parse_args()
    command = ["cargo", "metadata", "--no-deps", "--format-version", "1"]
    metadata = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    packages = {package["name"]: package for package in metadata["packages"]}
    if args.package not in packages:
        sys.exit(f"no package {args.package} in this workspace")
    features = set(packages[args.package]["features"]) - {"default"}
    if args.has is not None:
        sys.exit(0 if args.has in features else 1)
    print(",".join(sorted(features - set(args.without.split(",")))))


main()
