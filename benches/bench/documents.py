"""Documents written to a MongoDB server, beside plain upserts of the same driver: the example of the sink's crate."""

from __future__ import annotations

import os
import re
import shlex
import statistics
import subprocess
import sys
from collections import defaultdict

from bench.table import Row
from bench.tools import ROOT

DOCUMENTS = 50_000
ROUNDS = 5
# Plain upserts do not ask what became of a document, and overwrite what is newer.
TARGET = 0.7


def measure(_given) -> list[Row]:
    subprocess.run(["make", "--no-print-directory", "mongodb-server"], cwd=ROOT, check=True)
    environment = os.environ | {"MONGOD_DIR": ".local/mongod-bench"}
    mongod = [sys.executable, ROOT / "tools/mongod.py"]
    subprocess.run([*mongod, "start"], env=environment, check=True)
    try:
        told = subprocess.run([*mongod, "env"], env=environment, capture_output=True, text=True, check=True).stdout
        named = dict(line.removeprefix("export ").split("=", 1) for line in told.splitlines())
        server = {name: shlex.split(value)[0] for name, value in named.items()}
        command = [ROOT / "target/release/examples/documents", str(DOCUMENTS), str(ROUNDS)]
        told = subprocess.run(command, env=environment | server, capture_output=True, text=True, check=True).stdout
    finally:
        subprocess.run([*mongod, "stop"], env=environment, check=True)
    figures = defaultdict(list)
    for kind, ours, theirs in re.findall(r"(\w+): (\d+) documents/s with the sink, (\d+) plain", told):
        figures[kind].append((int(ours), int(theirs)))
    rows = []
    for kind, pairs in figures.items():
        ours, theirs = (statistics.median(column) for column in zip(*pairs, strict=True))
        ratio = statistics.median(mine / plain for mine, plain in pairs)
        rows.append(Row(f"MongoDB, {DOCUMENTS:,} {kind} documents", f"{ours:,.0f} documents/s", "plain upserts, same driver",
                        f"{theirs:,.0f} documents/s", ratio, TARGET))
    return rows
