"""`sluice run` on all cores: from the file to the table, with every report."""

from __future__ import annotations

import os
import shutil

from bench.table import Row
from bench.tools import DATA, IMPORTED_WITH_REJECTS, ROOT, SLUICE, data, megabytes_per_second, peer, say, whole

# The target: a multiple of the speed of the script in Python.
PYTHON = 30


def measure(given) -> list[Row]:
    file = data("plain", given.large_bytes)
    size = file.stat().st_size
    folder = DATA / "run"
    shutil.rmtree(folder, ignore_errors=True)
    command = [SLUICE, "run", file, "--feed", ROOT / "feeds" / "products.yaml", "--out", folder]
    ours = whole(command, good=(0, IMPORTED_WITH_REJECTS))
    shutil.rmtree(folder, ignore_errors=True)
    say("  the same in Python …")
    python = peer("python_import.py", file, DATA / "python")
    shutil.rmtree(DATA / "python", ignore_errors=True)
    out = DATA / "duckdb.csv"
    duckdb = peer("duckdb_check.py", file, os.cpu_count(), out)
    out.unlink(missing_ok=True)
    speed = f"{megabytes_per_second(size, ours['wall'])}, {ours['memory'] / 1e6:,.0f} MB of memory"
    rows = []
    for name, theirs, target in (("Python, csv module, checks by hand", python, PYTHON), ("DuckDB COPY", duckdb, None)):
        figure = f"{megabytes_per_second(size, theirs['wall'])}, {theirs['memory'] / 1e6:,.0f} MB"
        rows.append(Row("sluice run, all cores", speed, name, figure, theirs["wall"] / ours["wall"], target))
    return rows
