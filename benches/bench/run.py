"""`sluice run` on all cores: from the file to the table, with every report; time, memory and disk."""

from __future__ import annotations

import os
import shutil

from bench.table import Row
from bench.tools import DATA, IMPORTED_WITH_REJECTS, ROOT, SLUICE, data, disk, megabytes_per_second, peer, say, whole

# The targets: multiples of the speed of the script in Python and of DuckDB; for a file of 1 GB, the peak memory in MB; and the
# peak of the disk as a multiple of the file.
PYTHON, DUCKDB, MEMORY, DISK = 25, 1.3, 500, 3


def measure(given) -> list[Row]:
    file = data("plain", given.large_bytes)
    size = file.stat().st_size
    folder = DATA / "run"
    shutil.rmtree(folder, ignore_errors=True)
    command = [SLUICE, "run", file, "--feed", ROOT / "feeds" / "products.yaml", "--out", folder]
    with disk(folder) as peak:
        ours = whole(command, good=(0, IMPORTED_WITH_REJECTS))
    shutil.rmtree(folder, ignore_errors=True)
    say("  the same in Python …")
    python = peer("python_import.py", file, DATA / "python")
    shutil.rmtree(DATA / "python", ignore_errors=True)
    out = DATA / "duckdb.csv"
    duckdb = peer("duckdb_check.py", file, os.cpu_count(), out)
    out.unlink(missing_ok=True)
    memory = ours["memory"] / 1e6
    speed = f"{megabytes_per_second(size, ours['wall'])}, {memory:,.0f} MB of memory"
    rows = []
    for name, theirs, target in (("Python, csv module, checks by hand", python, PYTHON), ("DuckDB COPY", duckdb, DUCKDB)):
        figure = f"{megabytes_per_second(size, theirs['wall'])}, {theirs['memory'] / 1e6:,.0f} MB"
        rows.append(Row("sluice run, all cores", speed, name, figure, theirs["wall"] / ours["wall"], target))
    what = f"sluice run, {size / 1e6:,.0f} MB"
    rows.append(Row(f"{what}, peak memory in MB", f"{memory:,.0f} MB", ratio=memory, target=MEMORY, at_most=True))
    figure = f"{peak[0] / 1e6:,.0f} MB"
    rows.append(Row(f"{what}, peak disk", figure, "the file", f"{size / 1e6:,.0f} MB", peak[0] / size, DISK, at_most=True))
    return rows
