"""Peak memory of each function by the size of a chunk."""

from __future__ import annotations

from bench.aws import stack
from bench.table import Row
from bench.tools import data, say

MIB = 1024 * 1024
CHUNKS = (8 * MIB, 64 * MIB, 512 * MIB)
# The importer's chunks are smaller, in the same proportion, because half a million conditional writes on local AWS would take
# an hour for each size.
IMPORT_CHUNKS = (MIB // 8, MIB, 8 * MIB)
# The target: the largest peak is at most ten percent above the smallest.
FLAT = 1.1
OFTEN = ["pin", "split", "restructure", "validate", "gate", "merge", "report"]


def measure(_given) -> list[Row]:
    with stack() as aws:
        checked = peaks(aws, OFTEN, CHUNKS, dry_run=True)
        imported = peaks(aws, ["import"], IMPORT_CHUNKS, dry_run=False)
    rows = []
    for function, sizes in (checked | imported).items():
        chunks = IMPORT_CHUNKS if function == "import" else CHUNKS
        figure = ", ".join(f"{peak / MIB:.1f} MiB at {size(chunk)}" for chunk, peak in zip(chunks, sizes, strict=True))
        spread = max(sizes) / min(sizes)
        rows.append(Row(f"peak memory, {function}", figure, "largest over smallest", ratio=spread, target=FLAT, at_most=True))
    return rows


def peaks(aws, functions: list[str], chunks: tuple[int, ...], dry_run: bool) -> dict[str, list[int]]:
    """The peak memory of functions at each size of a chunk, in bytes. Every file has one full chunk and a small one."""
    found: dict[str, list[int]] = {function: [] for function in functions}
    for chunk in chunks:
        file = data("plain", chunk + chunk // 16)
        say(f"  chunks of {size(chunk)} …")
        # A changed environment restarts a function, so its memory does not include the previous chunk.
        for function in functions:
            aws.configure(function, BENCH_CHUNK_BYTES=str(chunk))
        aws.configure("pin", CHUNK_BYTES=str(chunk), BENCH_CHUNK_BYTES=str(chunk))
        with aws.peaks() as peak:
            verdict = aws.verdict(aws.import_file(file, dry_run))
        if verdict not in ("PASSED", "IMPORTED"):
            raise SystemExit(f"the run ended {verdict}")
        for function in functions:
            found[function].append(peak[function])
    return found


def size(chunk: int) -> str:
    return f"{chunk // MIB} MiB" if chunk >= MIB else f"{chunk // 1024} KiB"
