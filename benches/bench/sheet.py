"""Rewriting a sheet of a workbook into CSV, on one core in memory."""

from __future__ import annotations

from bench.table import Row
from bench.tools import data, megabytes_per_second, ratio, rounds


def measure(given) -> list[Row]:
    all_of = rounds("sheet", str(data("plain", given.bytes)))
    ours = all_of.pop("sluice")
    size = ours["bytes"]
    return [
        Row("rewrite a sheet, MB of its XML", megabytes_per_second(size, ours["median"]), name,
            megabytes_per_second(size, theirs["median"]), ratio(theirs, ours))
        for name, theirs in all_of.items()
    ]
