"""The deployed stack on local AWS: what a run costs in transitions, invocations, requests to S3, time and billed milliseconds."""

from __future__ import annotations

import time

from bench.aws import stack
from bench.table import Row
from bench.tools import DATA, data, say

# Records of some 100 bytes: a million of them are three chunks of 32 MiB.
CHUNKS_PER_MILLION = 3
TRANSITIONS = 80


def measure(given) -> list[Row]:
    rows = []
    with stack() as aws:
        # As on AWS, small files are scanned in one pass. Local AWS would use a Map, whose states count too.
        aws.configure("split", ONE_PASS_BYTES=str(2**31))
        # The second file has as many chunks as a million records with the deployed chunk size, and so as many transitions.
        for records, chunks in ((min(10_000, given.records), 1), (min(100_000, given.records), CHUNKS_PER_MILLION)):
            file = first_records("plain", records)
            aws.configure("pin", CHUNK_BYTES=str(file.stat().st_size // chunks + 1))
            say(f"  {records:,} records in {chunks} chunks …")
            before, began = len(aws.requests()), time.time()
            run = aws.import_file(file)
            wall = time.time() - began
            # The first request is the upload.
            used = aws.usage(run, began, aws.requests()[before + 1:])
            figure = (
                f"{wall:.1f} s, {used.transitions} transitions, {used.invocations} invocations, {used.reads} reads and {used.writes} "
                f"writes of S3, {used.billed_ms:,} ms billed"
            )
            target = TRANSITIONS if chunks == CHUNKS_PER_MILLION else None
            what = f"deployed, {records:,} records, {chunks} chunk{'s' if chunks > 1 else ''}"
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
