"""`python -m benchmarks` runs all, `python -m benchmarks NAME…` some of them."""

import argparse
import importlib
import os
import platform
import time

from benchmarks.measure import table

NAMES = ("values", "decoding", "memory", "polling", "importing", "deriving", "posting", "live", "pages", "clockwork")


def main() -> None:
    """Print a table for each."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"any of {', '.join(NAMES)}; none means all")
    names = parser.parse_args().names or NAMES
    unknown = [name for name in names if name not in NAMES]
    if unknown:
        parser.error(f"unknown: {', '.join(unknown)}; known: {', '.join(NAMES)}")
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, {platform.system()} {platform.machine()}\n")
    for name in names:
        start = time.perf_counter()
        module = importlib.import_module(f"benchmarks.{name}")
        print(table(module.TITLE, module.rows()))
        print(f"{module.NOTE}\n({name}: {time.perf_counter() - start:.0f} s)\n", flush=True)


if __name__ == "__main__":
    main()
