"""Finding where records begin, on one core."""

from __future__ import annotations

from bench.table import Row
from bench.tools import data, megabytes_per_second, ratio, rounds

# The target: a multiple of the speed of the csv crate.
TARGETS = {"plain": 3, "quoted": 2, "newlines": 2, "wide": 3, "dirty": 3}


def measure(given) -> list[Row]:
    rows = []
    for kind, target in TARGETS.items():
        file = data(kind, given.bytes)
        size = file.stat().st_size
        all_of = rounds("scan", str(file))
        ours = all_of.pop("sluice")
        for name, theirs in all_of.items():
            rows.append(Row(
                f"scan, {kind}", megabytes_per_second(size, ours["median"]), name, megabytes_per_second(size, theirs["median"]),
                ratio(theirs, ours), target if name.startswith("csv") else None,
            ))
    return rows
