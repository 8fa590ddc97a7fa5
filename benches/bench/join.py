"""Joining customers, orders and items: the join alone, and the whole of `sluice run --dataset`, beside DuckDB."""

from __future__ import annotations

import os
import random
import re
import shutil
import subprocess
from pathlib import Path

from bench.table import Row
from bench.tools import DATA, ROOT, SLUICE, peer, say, whole

# The target: the join alone takes at most twice as long as DuckDB takes for the same file.
TARGET = 2
# Peak memory may grow by so much from a tenth of the rows to all of them.
FLAT = 1.5


def measure(given) -> list[Row]:
    sizes = [given.customers // 10, given.customers]
    figures = [one(customers) for customers in sizes]
    last, theirs = figures[-1]
    rows = [
        Row(f"join of {given.customers:,} customers and {10 * given.customers:,} items, the join alone", f"{last['join']:.1f} s", "DuckDB",
            f"{theirs['seconds']:.1f} s", last["join"] / theirs["seconds"], TARGET, at_most=True),
        Row("the same, the whole of sluice run --dataset", f"{last['wall']:.1f} s", "DuckDB, the join alone", f"{theirs['seconds']:.1f} s"),
        Row("peak memory of sluice run --dataset, ten times the rows", ", ".join(f"{ours['memory'] / 1e6:.0f} MB" for ours, _ in figures),
            "the smaller", ratio=last["memory"] / figures[0][0]["memory"], target=FLAT, at_most=True),
    ]
    return rows


def one(customers: int) -> tuple[dict, dict]:
    folder = files(customers)
    into, out = DATA / "join-into", DATA / "join-out.jsonl"
    shutil.rmtree(into, ignore_errors=True)
    command = [SLUICE, "run", "--dataset", folder / "customer-orders.yaml", *sorted(folder.glob("*_20230828.csv")),
               "--feed", ROOT / "feeds", "--into", into]
    log = DATA / "join.log"
    ours = whole(["sh", "-c", 'log="$1"; shift; exec "$@" >"$log"', "sh", log, *command])
    ours["join"] = float(re.search(r"in ([0-9.]+) s", log.read_text()).group(1))
    joined = next(into.glob("archive/customer-totals/*/*/*/*/*.jsonl"))
    theirs = peer("duckdb_join.py", folder, os.cpu_count(), out)
    lines = [int(subprocess.run(["wc", "-l", file], capture_output=True, check=True).stdout.split()[0]) for file in (joined, out)]
    if lines != [customers, customers]:
        raise SystemExit(f"{lines} records were joined")
    shutil.rmtree(into)
    out.unlink()
    return ours, theirs


def files(customers: int) -> Path:
    """Customers, three orders each on average, and ten items each on average. Their content depends only on the number."""
    folder = DATA / f"join-{customers}"
    if folder.exists():
        return folder
    say(f"  generating {customers:,} customers …")
    unfinished = DATA / f"join-{customers}.part"
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    generator = random.Random(7)
    orders, items = 3 * customers, 10 * customers
    write(unfinished, "customers", "customer_id,customer_name", (f"{at},Customer {at}" for at in range(customers)))
    write(unfinished, "orders", "order_id,customer_id,amount",
          (f"{at},{generator.randrange(customers)},{generator.randrange(100_000) / 100:.2f}" for at in range(orders)))
    write(unfinished, "items", "item_id,order_id", (f"{at},{generator.randrange(orders)}" for at in range(items)))
    dataset = (ROOT / "datasets" / "customer-orders.yaml").read_text()
    # One feed gets the joined file, so that the whole run has one import of it.
    dataset = dataset.replace("into: [customer-messages, customer-totals]", "into: [customer-totals]")
    (unfinished / "customer-orders.yaml").write_text(dataset)
    unfinished.rename(folder)
    return folder


def write(folder: Path, member: str, header: str, rows) -> None:
    with open(folder / f"{member}_20230828.csv", "w") as file:
        file.write(header + "\n")
        file.writelines(row + "\n" for row in rows)
