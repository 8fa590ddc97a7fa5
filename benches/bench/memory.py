"""Peak memory of each function by the size of a chunk."""

from __future__ import annotations

from bench.aws import stack
from bench.table import Row
from bench.tools import data, say

MIB = 1024 * 1024
CHUNKS = (8 * MIB, 32 * MIB, 64 * MIB, 512 * MIB)
# The importer's chunks are smaller, in the same proportion, because half a million conditional writes on local AWS would take
# an hour for each size.
IMPORT_PART = 64
# The target: from the second size up, the largest peak is at most ten percent above the smallest.
FLAT = 1.1
CHECKED = ["pin", "split", "restructure", "validate", "gate", "merge", "report"]
IMPORTED = ["import"]


def measure(given) -> list[Row]:
    chunks = {function: CHUNKS for function in CHECKED}
    chunks |= {function: tuple(chunk // IMPORT_PART for chunk in CHUNKS) for function in IMPORTED}
    # `--chunk-bytes` limits the chunks, to try this script with small files.
    chunks = {function: tuple(min(chunk, given.chunk_bytes) for chunk in sizes) for function, sizes in chunks.items()}
    with stack() as aws:
        # As on AWS, small files are scanned in one pass.
        aws.configure("split", ONE_PASS_BYTES=str(2**31))
        found = peaks(aws, CHECKED, chunks[CHECKED[0]], dry_run=True) | peaks(aws, IMPORTED, chunks[IMPORTED[0]], dry_run=False)
    rows = []
    for function, sizes in found.items():
        figure = ", ".join(f"{peak / MIB:.1f} MiB at {size(chunk)}" for chunk, peak in zip(chunks[function], sizes, strict=True))
        spread = max(sizes[1:]) / min(sizes[1:])
        what = f"peak memory, {function}, from {size(chunks[function][1])} up"
        rows.append(Row(what, figure, "largest over smallest", ratio=spread, target=FLAT, at_most=True))
    return rows


def peaks(aws, functions: list[str], chunks: tuple[int, ...], dry_run: bool) -> dict[str, list[int]]:
    """The peak memory of functions at each size of a chunk, in bytes. Every file has one full chunk and a small one."""
    found: dict[str, list[int]] = {function: [] for function in functions}
    for number, chunk in enumerate(chunks):
        file = data("plain", chunk + chunk // 16)
        say(f"  chunks of {size(chunk)} …")
        # A changed environment restarts a function, so its memory does not include the previous chunk.
        for function in functions:
            aws.configure(function, BENCH_CHUNK=f"{number}-{dry_run}")
        aws.configure("pin", CHUNK_BYTES=str(chunk))
        with aws.peaks() as peak:
            verdict = aws.verdict(aws.import_file(file, dry_run))
        if verdict not in ("PASSED", "IMPORTED"):
            raise SystemExit(f"the run ended {verdict}")
        for function in functions:
            found[function].append(peak[function])
    return found


def size(chunk: int) -> str:
    return f"{chunk // MIB} MiB" if chunk >= MIB else f"{chunk // 1024} KiB"
