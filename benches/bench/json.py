"""Rewriting an array of JSON into JSON Lines, on one core in memory."""

from __future__ import annotations

from bench.table import Row
from bench.tools import data, megabytes_per_second, ratio, rounds


def measure(given) -> list[Row]:
    all_of = rounds("json", str(data("plain", given.bytes)))
    ours = all_of.pop("sluice")
    size = ours["bytes"]
    return [
        Row("rewrite an array of JSON", megabytes_per_second(size, ours["median"]), name,
            megabytes_per_second(size, theirs["median"]), ratio(theirs, ours))
        for name, theirs in all_of.items()
    ]
