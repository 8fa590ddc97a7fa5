"""Summaries of hits: what they add to a run, beside the same answer from DuckDB; and the whole `sluice run`, with its memory."""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
from pathlib import Path

from bench.table import Row
from bench.tools import BENCH, DATA, ROOT, SLUICE, megabytes_per_second, peer, pinned, whole

FEED = ROOT / "feeds" / "hits.yaml"
# The targets: the time as a multiple of DuckDB's for the whole answer from the file, on one core each; and the peak memory for a file
# of 1 GB, in MB.
DUCKDB, MEMORY = 2, 150

# A run of 10 GB with 100 million visitors, computed from counts. Prices of us-east-1, as crates/lambdas/report/src/cost.rs has them.
HUGE_BYTES, HUGE_VISITORS = 10_000_000_000, 100_000_000
DOLLARS_PER_GB_SECOND, FUNCTION_GB = 0.0000133334, 1769 / 1024
# AWS Glue: two workers of one DPU each are the least, billed by the second after the first minute.
GLUE_WORKERS, GLUE_DOLLARS_PER_HOUR = 2, 0.44


def measure(given) -> list[Row]:
    rows, memory = [], []
    for size in (given.bytes, given.large_bytes):
        file = hits(size)
        out = DATA / "hits-run"
        shutil.rmtree(out, ignore_errors=True)
        run = whole([SLUICE, "run", file, "--feed", FEED, "--out", out])
        memory.append(run["memory"])
        if size == given.bytes:
            continue
        mine = made(out)
        theirs = DATA / "hits-duckdb.tab"
        all_cores = peer("duckdb_summary.py", file, os.cpu_count(), theirs)
        if theirs.read_bytes() != mine:
            raise SystemExit("Sluice and DuckDB do not give the same file")
        figure = f"{megabytes_per_second(size, all_cores['wall'])}, {all_cores['memory'] / 1e6:,.0f} MB of memory"
        ours = f"{megabytes_per_second(size, run['wall'])}, {run['memory'] / 1e6:,.0f} MB of memory"
        rows.append(Row("sluice run of hits, all cores", ours, "DuckDB, all cores", figure, all_cores["wall"] / run["wall"]))
        rows += step(file, size, mine, theirs)
        theirs.unlink()
    shutil.rmtree(DATA / "hits-run", ignore_errors=True)
    small, large = (peak / 1e6 for peak in memory)
    what = f"sluice run of hits, {given.large_bytes / 1e6:,.0f} MB, peak memory in MB"
    smaller = f"{given.bytes / 1e6:,.0f} MB of hits"
    rows.append(Row(what, f"{large:,.0f} MB", smaller, f"{small:,.0f} MB", large, MEMORY, at_most=True))
    return rows


def step(file: Path, size: int, mine: bytes, theirs: Path) -> list[Row]:
    """The summary step alone, on the rows that a run has left, beside DuckDB from the file; on one core each."""
    out = DATA / "hits-run"
    shutil.rmtree(out, ignore_errors=True)
    whole([SLUICE, "run", file, "--feed", FEED, "--out", out, "--keep"])
    ours = whole([*pinned(), BENCH, "summary", out], answers=True)
    if made(out) != mine:
        raise SystemExit("the step alone does not give the same file as the run")
    shutil.rmtree(out, ignore_errors=True)
    one_core = peer("duckdb_summary.py", file, 1, theirs, one_core=True)
    if theirs.read_bytes() != mine:
        raise SystemExit("Sluice and DuckDB do not give the same file")
    plain, imported, summarised = (statistics.median(ours[name]) for name in ("import_without", "import", "summarise"))
    added = max(imported - plain, 0) + summarised
    theirs_figure = f"{one_core['seconds']:.1f} s, {one_core['memory'] / 1e6:,.0f} MB of memory"
    what = f"{size / 1e6:,.0f} MB of hits, one core"
    rows = [
        Row(f"what summaries add, {what}", f"{added:.2f} s", "DuckDB, the same answer", theirs_figure, added / one_core["seconds"], DUCKDB, at_most=True),
        Row(f"import and summarise as a whole, {what}", f"{imported + summarised:.2f} s, {ours['memory'] / 1e6:,.0f} MB of memory",
            "DuckDB, the same answer", theirs_figure, (imported + summarised) / one_core["seconds"], DUCKDB, at_most=True),
    ]
    return [*rows, huge(size, ours, imported, summarised)]


def huge(size: int, ours: dict, imported: float, summarised: float) -> Row:
    """10 GB with 100 million visitors, each of whom has a visit that matters: many more visits for each byte than measured."""
    visits = HUGE_VISITORS
    shuffled = visits * ours["shuffled"] / ours["visits"]
    merging = summarised * visits / ours["visits"]
    seconds = imported * HUGE_BYTES / size + merging
    dollars = seconds * FUNCTION_GB * DOLLARS_PER_GB_SECOND
    glue = GLUE_WORKERS * GLUE_DOLLARS_PER_HOUR * max(60, seconds / GLUE_WORKERS) / 3600
    figure = f"{shuffled / 1e9:.1f} GB shuffled, {seconds:,.0f} s of one core, {merging:,.0f} s of them in one call, ${dollars:.4f}"
    return Row("10 GB of hits, 100 million visitors, computed", figure, "two workers of Glue for as long", f"${glue:.4f}")


def made(out: Path) -> bytes:
    """The file of the summary that a run has made."""
    [file] = out.glob("output/hits/*/summaries/*/*.tab")
    return file.read_bytes()


def hits(size: int) -> Path:
    """A file of hits; generated unless it exists."""
    file = DATA / f"hits-{size}.tsv"
    if not file.exists():
        DATA.mkdir(parents=True, exist_ok=True)
        unfinished = file.with_suffix(".part")
        subprocess.run([BENCH, "hits", str(size), unfinished], check=True)
        unfinished.rename(file)
    return file
