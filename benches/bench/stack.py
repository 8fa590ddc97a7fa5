"""The deployed stack on local AWS: what a run costs in transitions, invocations, time and billed milliseconds."""

from __future__ import annotations

import time

from bench.aws import stack
from bench.table import Row
from bench.tools import DATA, data, say

# Records of some 100 bytes: a million of them are three chunks of 32 MiB.
CHUNKS_PER_MILLION = 3
TRANSITIONS = 80


def measure(_given) -> list[Row]:
    rows = []
    with stack() as aws:
        # As on AWS, small files are scanned in one pass. Local AWS would use a Map, whose states count too.
        aws.configure("split", ONE_PASS_BYTES=str(2**31))
        # The second file has as many chunks as a million records with the deployed chunk size, and so as many transitions.
        for records, chunks in ((10_000, 1), (100_000, CHUNKS_PER_MILLION)):
            file = first_records("plain", records)
            aws.configure("pin", CHUNK_BYTES=str(file.stat().st_size // chunks + 1))
            say(f"  {records:,} records in {chunks} chunks …")
            began = time.perf_counter()
            run = aws.import_file(file)
            wall = time.perf_counter() - began
            used = aws.usage(run)
            figure = (
                f"{wall:.1f} s, {used.transitions} transitions, {used.invocations} invocations, {used.billed_ms:,} ms billed"
            )
            target = TRANSITIONS if chunks == CHUNKS_PER_MILLION else None
            what = f"deployed, {records:,} records, {chunks} chunks"
            rows.append(Row(what, figure, "transitions", ratio=used.transitions, target=target, at_most=True))
    return rows


def first_records(kind: str, records: int):
    """A file with this many records."""
    source = data(kind, records * 120)
    file = DATA / f"{kind}-{records}-records.csv"
    with source.open("rb") as lines, file.open("wb") as out:
        for number, line in enumerate(lines):
            if number > records:
                break
            out.write(line)
    return file
