"""Shared by the measurements: paths, data, and running a peer."""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PEERS = ROOT / "benches" / "peers"
DATA = ROOT / ".local" / "bench-data"
BENCH = ROOT / "target" / "release" / "sluice-bench"
SLUICE = ROOT / "target" / "release" / "sluice"

IMPORTED_WITH_REJECTS = 3
"""The exit code of `sluice run` for a file that is imported and has rejects."""


def build() -> None:
    """Builds everything that is measured in one call; separate calls would build dependencies with different features."""
    packages = [f"--package=sluice-{name}" for name in ("benches", "cli", "gate", "import", "mongodb")]
    subprocess.run(["cargo", "build", "--release", "--quiet", "--bins", "--examples", *packages], cwd=ROOT, check=True)


def build_functions() -> Path:
    """Builds the functions as they are deployed, for this machine's processor; returns their folder."""
    arch = "arm64" if platform.machine() in ("arm64", "aarch64") else "x86_64"
    subprocess.run(["make", "--no-print-directory", "functions", f"ARCH={arch}"], cwd=ROOT, check=True)
    return ROOT / "target" / "functions" / arch


def data(kind: str, size: int) -> Path:
    """A file of this kind; generated unless it exists. Its content depends only on kind and size."""
    file = DATA / f"{kind}-{size}.csv"
    if not file.exists():
        DATA.mkdir(parents=True, exist_ok=True)
        unfinished = file.with_suffix(".part")
        subprocess.run([BENCH, "generate", kind, str(size), unfinished], check=True)
        unfinished.rename(file)
    return file


def rounds(*arguments: str) -> dict[str, dict]:
    """Runs sluice-bench on one core; returns its contenders by name, with the bytes that they read and the median of their seconds."""
    ran = subprocess.run([*pinned(), BENCH, *arguments], cwd=ROOT, capture_output=True, text=True, check=True)
    measured = json.loads(ran.stdout)
    size = measured["bytes"]
    return {c["name"]: c | {"bytes": size, "median": statistics.median(c["seconds"])} for c in measured["contenders"]}


def ratio(theirs: dict, ours: dict) -> float:
    """How many times faster ours is: the median of the ratios of all rounds, each of which runs both."""
    return statistics.median(b / a for a, b in zip(ours["seconds"], theirs["seconds"], strict=True))


def pinned() -> list[str]:
    """Pins a command to one core, if the system can do that."""
    return ["taskset", "-c", "0"] if Path("/usr/bin/taskset").exists() else []


def peer(script: str, *arguments: str, one_core: bool = False) -> dict:
    """Runs a peer in Python; returns its output, the wall seconds and the peak memory of the process."""
    command = [*(pinned() if one_core else []), sys.executable, str(PEERS / script), *map(str, arguments)]
    return whole(command, answers=True)


def whole(command: list, answers: bool = False, good: tuple[int, ...] = (0,)) -> dict:
    """Runs a whole process: wall seconds, processor seconds, and peak memory in bytes. It must end with one of the good codes."""
    began = time.perf_counter()
    process = subprocess.Popen([str(word) for word in command], cwd=ROOT, stdout=subprocess.PIPE)
    output = process.stdout.read()
    _, status, used = os.wait4(process.pid, 0)
    wall = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in good:
        raise SystemExit(f"{command[0]} failed with {process.returncode}")
    figures = {"wall": wall, "processor": used.ru_utime + used.ru_stime, "memory": used.ru_maxrss * 1024}
    return figures | (json.loads(output) if answers else {})


@contextmanager
def disk(folder: Path):
    """Watches the disk that the files of a folder take. Yields a list whose only element is the largest sum so far, in bytes."""
    largest = [0]

    def look() -> None:
        largest[0] = max(largest[0], taken(folder))

    with repeating(look, 0.1):
        yield largest


@contextmanager
def repeating(look, seconds: float):
    """Calls a function again and again on another thread, with so many seconds in between."""
    done = threading.Event()

    def watch() -> None:
        while not done.wait(seconds):
            look()

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join()


def taken(folder: Path) -> int:
    """The bytes on disk of the files in a folder: each file once, whatever its names. What links lead to does not count."""
    found = {}
    for path, _, files in os.walk(folder):
        for name in files:
            try:
                status = os.lstat(os.path.join(path, name))
            except FileNotFoundError:  # It was removed or renamed a moment ago.
                continue
            found[status.st_ino] = status.st_blocks * 512
    return sum(found.values())


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def megabytes_per_second(size: int, seconds: float) -> str:
    return f"{size / seconds / 1e6:,.0f} MB/s"
