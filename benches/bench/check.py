"""Restructuring and validating products: on one core, the two deployed steps with objects in memory; and `sluice check`."""

from __future__ import annotations

import shutil
import statistics
from pathlib import Path

from bench.table import Row
from bench.tools import IMPORTED_WITH_REJECTS, ROOT, SLUICE, data, megabytes_per_second, peer, pinned, ratio, rounds, whole

# The targets: shares of the speed of the csv crate, which only reads, by kind of data; and multiples of the speed of the others.
OF_READING = {"plain": 0.33, "quoted": 0.33, "dirty": 0.17}
FRICTIONLESS, DUCKDB, QSV = 50, 2.5, 5

# Frictionless needs minutes for a file that takes others a second. So its file is smaller, and speeds per byte are compared.
FRICTIONLESS_BYTES = 5_000_000

# The targets for `sluice check`: how many times faster two cores are, and how much more memory a large file takes at most.
TWO_CORES, FLAT = 1.8, 1.1
CHECKS = 3


def measure(given) -> list[Row]:
    rows = []
    for kind in ("plain", "quoted", "newlines", "dirty"):
        file = data(kind, given.bytes)
        size = file.stat().st_size
        all_of = rounds("check", str(file))
        both, reading = all_of["sluice, restructure + validate"], all_of["csv crate, reading only"]
        speed = megabytes_per_second(size, both["median"])
        what = f"restructure + validate, {kind}"
        rows.append(Row(
            what, speed, "csv crate, reading only", megabytes_per_second(size, reading["median"]), ratio(reading, both),
            OF_READING.get(kind),
        ))
        if kind != "plain":
            continue
        small = data(kind, FRICTIONLESS_BYTES)
        theirs = peer("frictionless_check.py", small, one_core=True)
        took = (small.stat().st_size, theirs["seconds"])
        rows.append(per_byte(what, (size, both["median"]), "frictionless validate", took, FRICTIONLESS))
        theirs = peer("duckdb_check.py", file, 1, one_core=True)
        took = (size, theirs["seconds"])
        rows.append(per_byte(what, (size, both["median"]), "DuckDB, reading, casting, rejects stored", took, DUCKDB))
        if qsv := shutil.which("qsv"):
            schema = file.with_suffix(".csv.schema.json")
            whole([qsv, "schema", file])
            theirs = whole([*pinned(), qsv, "validate", "--jobs", "1", file, schema])
            rows.append(per_byte(what, (size, both["median"]), "qsv validate", (size, theirs["wall"]), QSV))
    return rows + commands(given)


def commands(given) -> list[Row]:
    """`sluice check` with one core and with two, in turn; and its memory for a large file."""
    file = data("plain", given.bytes)
    size = file.stat().st_size
    turns = [(check(file, "0"), check(file, "0,1")) for _ in range(CHECKS)]
    one, two = min((turn[0] for turn in turns), key=wall), min((turn[1] for turn in turns), key=wall)
    times = statistics.median(wall(one) / wall(two) for one, two in turns)
    speeds = [megabytes_per_second(size, wall(took)) for took in (two, one)]
    large = data("plain", given.large_bytes)
    took = check(large, "0,1")
    figure = f"{megabytes_per_second(large.stat().st_size, wall(took))}, {took['memory'] / 1e6:,.0f} MB of memory"
    memory = took["memory"] / two["memory"]
    return [
        Row("sluice check, plain, two cores", speeds[0], "the same with one core", speeds[1], times, TWO_CORES),
        Row(
            f"sluice check, {given.large_bytes / 1e6:,.0f} MB, memory", figure, f"{given.bytes / 1e6:,.0f} MB",
            f"{two['memory'] / 1e6:,.0f} MB of memory", memory, FLAT, at_most=True,
        ),
    ]


def check(file: Path, cores: str) -> dict:
    """Checks a file with these cores of the machine. `sluice` uses as many cores as its process may."""
    command = ["taskset", "-c", cores, SLUICE, "check", file, "--feed", ROOT / "feeds" / "products.yaml"]
    return whole(command, good=(0, IMPORTED_WITH_REJECTS))


def wall(took: dict) -> float:
    return took["wall"]


def per_byte(what: str, ours: tuple[int, float], name: str, theirs: tuple[int, float], target: float) -> Row:
    """A row that compares two speeds, each given as a size in bytes and seconds."""
    speed = theirs[1] / theirs[0] * ours[0] / ours[1]
    return Row(what, megabytes_per_second(*ours), name, megabytes_per_second(*theirs), speed, target)
