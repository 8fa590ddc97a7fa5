"""Restructuring and validating products, on one core: the two deployed steps, with objects in memory."""

from __future__ import annotations

import shutil

from bench.table import Row
from bench.tools import data, megabytes_per_second, peer, pinned, ratio, rounds, whole

# The targets: a share of the speed of the csv crate, which only reads, and multiples of the speed of the others.
OF_READING, FRICTIONLESS, DUCKDB, QSV = 0.35, 50, 1, 5

# Frictionless needs minutes for a file that takes others a second. So its file is smaller, and speeds per byte are compared.
FRICTIONLESS_BYTES = 5_000_000


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
            OF_READING if kind == "plain" else None,
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
    return rows


def per_byte(what: str, ours: tuple[int, float], name: str, theirs: tuple[int, float], target: float) -> Row:
    """A row that compares two speeds, each given as a size in bytes and seconds."""
    speed = theirs[1] / theirs[0] * ours[0] / ours[1]
    return Row(what, megabytes_per_second(*ours), name, megabytes_per_second(*theirs), speed, target)
