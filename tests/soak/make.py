"""Makes files to soak the pipeline with:  make.py FOLDER SEED

Writes 50 files, <feed>/<file>, and plan.json: what each is, and whether it is broken as a whole. The same seed makes the same
files. Every record has a key of its own file, so that whoever finds it in the sink knows where it came from.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import random
import sys
from pathlib import Path

FILES = 50
# By feed: delimiter, encoding, compressed.
FEEDS = {
    "soak-comma": (",", "utf-8", False),
    "soak-semicolon": (";", "cp1252", False),
    "soak-tab": ("\t", "utf-8", False),
    "soak-pipe": ("|", "utf-8", True),
    "soak-utf16": (",", "utf-16", True),
}
# What is wrong with a whole file; the other files are good, but for some of their records.
BROKEN = ["header", "quote", "zip", "cut"]
NAMES = ["Käse", "Öl, nativ", "Salz\nund Pfeffer", "Brot; hell", 'Der "Beste"', "=Tee", "a|b", "Zürich", "0", "-"]


def main(folder: str, seed: str) -> None:
    rng = random.Random(int(seed))
    plan = []
    for number in range(FILES):
        feed = list(FEEDS)[number % len(FEEDS)]
        broken = BROKEN[number // 6 % len(BROKEN)] if number % 6 == 5 else None
        # What is cut off must be noticed by what it is cut out of.
        if broken == "cut" and not FEEDS[feed][2]:
            broken = "quote"
        name = f"{number:02}.csv"
        path = Path(folder) / feed / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content(rng, feed, number, broken))
        plan.append({"feed": feed, "file": name, "broken": broken})
    (Path(folder) / "plan.json").write_text(json.dumps(plan, indent=1))


def content(rng: random.Random, feed: str, number: int, broken: str | None) -> bytes:
    delimiter, encoding, compressed = FEEDS[feed]
    text = io.StringIO()
    rows = csv.writer(text, delimiter=delimiter, lineterminator=rng.choice(["\n", "\r\n"]))
    rows.writerow(["id", "nome" if broken == "header" else "name", "amount"])
    for record in range(rng.randint(0, 150)):
        rows.writerow(row(rng, number, record))
    if broken == "quote":
        text.write(f'{number:02}-open{delimiter}"never closed{delimiter}1\n')
    made = text.getvalue().encode(encoding)
    if compressed:
        made = gzip.compress(made, mtime=0)
    if broken == "cut":
        made = made[: len(made) // 2]
    return b"PK\x03\x04" + made if broken == "zip" else made


def row(rng: random.Random, number: int, record: int) -> list[str]:
    key, name, amount = f"{number:02}-{record}", rng.choice(NAMES), f"{rng.randint(-999, 9999)}.{rng.randint(0, 99):02}"
    what = rng.random()
    if what < 0.04:
        return [key, name, "a lot"]
    if what < 0.06:
        return [key, name]
    if what < 0.08:
        return [key, name, amount, "one more"]
    if what < 0.10:
        return [key, "", amount]
    if what < 0.12:
        return [f"{number:02} {record}", name, amount]
    if what < 0.20:  # A key that another record of the file may have as well.
        return [f"{number:02}-{rng.randint(0, 150)}", name, amount]
    return [key, name, "" if what < 0.25 else amount]


if __name__ == "__main__":
    main(*sys.argv[1:])
