"""Every benchmark there is: what `make bench` runs.

    run.py [MEASUREMENT …]     scan, check, run, start, gate, stack, memory; all of them unless some are named
    run.py --bytes N --large-bytes N …    other sizes than 100 MB and 1 GB

Each measurement is made beside its peers in the same run, and told as a ratio: how fast this machine is, and who else
uses it, is then in both figures. Prints one table; with all measurements it also writes RESULTS.md.
"""

from __future__ import annotations

import argparse
import importlib
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from bench import table, tools  # noqa: E402

MEASUREMENTS = ["scan", "check", "run", "start", "gate", "stack", "memory"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("measurements", nargs="*", metavar="MEASUREMENT", help=", ".join(MEASUREMENTS))
    parser.add_argument("--bytes", type=int, default=100_000_000, help="size of a file that one core works on")
    parser.add_argument("--large-bytes", type=int, default=1_000_000_000, help="size of the file for all cores")
    given = parser.parse_args()
    if unknown := set(given.measurements) - set(MEASUREMENTS):
        parser.error(f"no such measurement: {', '.join(sorted(unknown))}")
    tools.build()
    rows: list[table.Row] = []
    failed = []
    for name in given.measurements or MEASUREMENTS:
        tools.say(f"measuring: {name} …")
        try:
            measured = importlib.import_module(f"bench.{name}").measure(given)
        except (Exception, SystemExit) as error:  # The others are worth having all the same.
            tools.say(f"  failed: {error}")
            failed.append(name)
            continue
        print(table.text(measured), flush=True)
        rows += measured
        # After each, so that nothing is lost of an hour's work.
        if not given.measurements:
            (HERE / "RESULTS.md").write_text(table.page(rows, given))
    if failed:
        sys.exit(f"could not be measured: {', '.join(failed)}")


if __name__ == "__main__":
    main()
