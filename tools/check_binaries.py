"""Checks the functions' binaries before they are deployed: they must start on Amazon Linux 2023, and be small.

    check_binaries.py GLIBC BINARY…

Ends with 1 if a binary needs a newer glibc than GLIBC, or is larger than MAX_MB or the limit of its own. The folder of a binary has the
name of its function.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

MAX_MB = 18
"""A larger binary starts more slowly: Lambda loads it before the first event of a cold start."""

OWN_MAX_MB = {
    "import-mongodb": 21,  # It has the driver.
    "sweep": 20,  # It has intake and report in it, and a schedule calls it, for which nobody waits.
}


def main(glibc: str, *binaries: str) -> int:
    complaints = [f"{path}: {complaint}" for path in map(Path, binaries) for complaint in complaints_about(path, glibc)]
    for complaint in complaints:
        print(complaint, file=sys.stderr)
    return 1 if complaints else 0


def complaints_about(path: Path, glibc: str) -> list[str]:
    """The faults of a binary, a sentence each."""
    binary, limit = path.read_bytes(), OWN_MAX_MB.get(path.parent.name, MAX_MB)
    if not binary.startswith(b"\x7fELF"):
        return ["it is not an ELF binary"]
    needed = newest_glibc(binary)
    complaints = [] if needed else ["it does not name a version of glibc"]
    if needed > version(glibc):
        complaints.append(f"it needs glibc {'.'.join(map(str, needed))}; Amazon Linux has {glibc}")
    if len(binary) > limit * 1_000_000:
        complaints.append(f"it has {len(binary) / 1e6:.1f} MB; at most {limit} are allowed")
    return complaints


def newest_glibc(binary: bytes) -> tuple[int, ...]:
    """The newest version of glibc that a binary needs, from the versions of its symbols; empty if it names none."""
    return max((version(text.decode()) for text in re.findall(rb"GLIBC_(2\.[0-9]+)", binary)), default=())


def version(text: str) -> tuple[int, ...]:
    """A version as numbers: 2.4 is older than 2.34."""
    return tuple(map(int, text.split(".")))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
