"""Runs the benchmarks, for `make bench`.

<<<<<<< HEAD
    run.py [MEASUREMENT …]     scan, check, json, sheet, run, summary, start, gate, documents, stack, memory; without a name, all of them
=======
    run.py [MEASUREMENT …]     scan, check, json, sheet, run, join, start, gate, documents, stack, memory; without a name, all of them
>>>>>>> main
    run.py --bytes N --large-bytes N …    other sizes than 100 MB and 1 GB; --help lists all sizes

Each measurement runs beside its peers and is reported as a ratio, so the speed and the load of the machine affect both figures.
Prints one table; after all measurements, it also writes RESULTS.md.
"""

from __future__ import annotations

import argparse
import importlib
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from bench import table, tools  # noqa: E402

<<<<<<< HEAD
MEASUREMENTS = ["scan", "check", "json", "sheet", "run", "summary", "start", "gate", "documents", "stack", "memory"]
=======
MEASUREMENTS = ["scan", "check", "json", "sheet", "run", "join", "start", "gate", "documents", "stack", "memory"]
>>>>>>> main


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("measurements", nargs="*", metavar="MEASUREMENT", help=", ".join(MEASUREMENTS))
    parser.add_argument("--bytes", type=int, default=100_000_000, help="size of a file that one core works on")
    parser.add_argument("--large-bytes", type=int, default=1_000_000_000, help="size of the file for all cores")
    parser.add_argument("--huge-bytes", type=int, default=10_000_000_000, help="size of the file that `sluice plan` cuts")
    parser.add_argument("--chunk-bytes", type=int, default=512 * 1024 * 1024, help="largest chunk whose memory is measured")
    parser.add_argument("--customers", type=int, default=1_000_000, help="customers that are joined with their orders and items")
    parser.add_argument("--records", type=int, default=100_000, help="most records that the stack imports")
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
        except (Exception, SystemExit) as error:  # The other measurements are still useful.
            tools.say(f"  failed: {error}")
            failed.append(name)
            continue
        print(table.text(measured), flush=True)
        rows += measured
        # Written after each measurement, because all of them take an hour.
        if not given.measurements:
            (HERE / "RESULTS.md").write_text(table.page(rows, given))
    if failed:
        sys.exit(f"could not be measured: {', '.join(failed)}")


if __name__ == "__main__":
    main()
