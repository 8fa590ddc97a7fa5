"""The gate over ten million keys, and the processor time of an imported record: the examples of their crates."""

from __future__ import annotations

import re
import subprocess

from bench.table import Row
from bench.tools import ROOT

KEYS = 10_000_000
ITEMS = 200_000
# The target for an item, in microseconds before the network. The sink in memory answers at once.
MICROSECONDS = {"memory": 2}


def measure(_given) -> list[Row]:
    rows = []
    for chunks, distinct in ((320, 100), (320, 50), (320, 1)):
        told = example("keys", KEYS, chunks, distinct)
        seconds = re.search(r"distinct: ([0-9.]+m?s)", told).group(1)
        peak = int(re.search(r"VmHWM:\s+(\d+)", told).group(1)) / 1024
        rows.append(Row(f"gate, {KEYS:,} keys in {chunks} chunks, {distinct} % distinct", f"{seconds}, peak {peak:.0f} MiB"))
    for sink in ("memory", "lines"):
        told = example("items", ITEMS, sink).strip()
        each = float(re.search(r"([0-9.]+) µs", told).group(1))
        what = f"import into the sink {sink}, processor time of an item in µs"
        rows.append(Row(what, told, ratio=each, target=MICROSECONDS.get(sink), at_most=True))
    return rows


def example(name: str, *arguments: int | str) -> str:
    """The output of an example."""
    command = [ROOT / "target/release/examples" / name, *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
