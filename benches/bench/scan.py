"""Finding where records begin: on one core in memory, and in a large file with `sluice plan`."""

from __future__ import annotations

from bench.table import Row
from bench.tools import SLUICE, data, megabytes_per_second, ratio, rounds, whole

# The target: a multiple of the speed of the csv crate.
TARGETS = {"plain": 3, "quoted": 2, "newlines": 2, "wide": 3, "dirty": 3}
# The target: how much more memory a file of ten times the size takes at most.
FLAT = 1.1


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
    rows.append(planned(given))
    return rows


def planned(given) -> Row:
    """`sluice plan` of a huge file on all cores, and its memory beside that for a large one."""
    figures = []
    for size in (given.large_bytes, given.huge_bytes):
        file = data("plain", size)
        bytes_of = file.stat().st_size
        took = whole([SLUICE, "plan", file])
        figures.append((took["memory"], f"{megabytes_per_second(bytes_of, took['wall'])}, {took['memory'] / 1e6:,.1f} MB of memory"))
        if size == given.huge_bytes:
            file.unlink()  # It takes 10 GB, and no other measurement reads it.
    (large, of_large), (huge, of_huge) = figures
    what = f"sluice plan, all cores, {given.huge_bytes / 1e9:g} GB"
    return Row(f"{what}, memory", of_huge, f"{given.large_bytes / 1e9:g} GB", of_large, huge / large, FLAT, at_most=True)
