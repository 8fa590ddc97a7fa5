"""The table of results."""

from __future__ import annotations

import datetime
import os
import platform
import subprocess
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path


@dataclass
class Row:
    """One comparison. `ratio` is how many times better Sluice is; None for a figure without a peer."""

    measurement: str
    ours: str
    peer: str = ""
    theirs: str = ""
    ratio: float | None = None
    target: float | None = None
    at_most: bool = False
    """Whether the target is an upper bound."""

    def reached(self) -> str:
        if self.target is None or self.ratio is None:
            return ""
        good = self.ratio <= self.target if self.at_most else self.ratio >= self.target
        return "yes" if good else "**no**"

    def cells(self) -> list[str]:
        ratio = "" if self.ratio is None else f"{self.ratio:.3g}"
        bound = "≤" if self.at_most else "≥"
        target = "" if self.target is None else f"{bound} {self.target:g}"
        return [self.measurement, self.ours, self.peer, self.theirs, ratio, target, self.reached()]


HEADER = ["measurement", "Sluice", "peer", "its figure", "ratio", "to reach", "reached"]


def text(rows: list[Row]) -> str:
    """The rows as a table of Markdown."""
    lines = [HEADER, ["---"] * len(HEADER), *(row.cells() for row in rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def page(rows: list[Row], given) -> str:
    """RESULTS.md."""
    parts = [
        "# Results of the benchmarks",
        "",
        "`make bench` writes this page; [docs/performance.md](../docs/performance.md) explains each row. A ratio is Sluice over its "
        "peer in the same run: 3 is three times as fast (or as small). Absolute figures are those of this machine, on this day.",
        "",
        f"{datetime.date.today()}, {given.bytes:,} bytes for one core, {given.large_bytes:,} for all.",
        "",
        *(f"- {line}" for line in machine()),
        "",
        text(rows),
        "",
    ]
    return "\n".join(parts)


def machine() -> list[str]:
    """The machine and the versions of the tools."""
    cpu = next((line.split(":")[1].strip() for line in read("/proc/cpuinfo").splitlines() if "model name" in line), "?")
    memory = next((line.split()[1] for line in read("/proc/meminfo").splitlines() if "MemTotal" in line), "0")
    rustc = subprocess.run(["rustc", "--version"], capture_output=True, text=True, check=True).stdout.strip()
    peers = ", ".join(f"{name} {metadata.version(name)}" for name in ("duckdb", "frictionless", "boto3"))
    return [
        f"{cpu}, {os.cpu_count()} cores, {int(memory) // 1024**2} GiB, {platform.system()} {platform.release()}",
        f"{rustc}, Python {platform.python_version()}, {peers}",
    ]


def read(path: str) -> str:
    return Path(path).read_text() if Path(path).exists() else ""
