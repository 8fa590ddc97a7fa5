"""Accounts for every record of every file:  account.py FILES ANSWERS

Reads only what went in and what came out: FILES is what make.py made; ANSWERS has sink.json, the items of the table, and the
reject files of the runs, <feed>/<file>. Knows nothing else of Sluice. Of each record it says one of three: it is in the sink, field by
field; a later record of its file has its key, and that one is in the sink; it is among the rejects. Everything in the sink must be a
record that went in, and of a file that is broken as a whole nothing may be there.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import sys
from collections import Counter
from decimal import Decimal
from pathlib import Path

DIALECTS = {
    "soak-comma": (",", "utf-8"),
    "soak-semicolon": (";", "cp1252"),
    "soak-tab": ("\t", "utf-8"),
    "soak-pipe": ("|", "utf-8"),
    "soak-utf16": (",", "utf-16"),
}


def main(files: str, answers: str) -> None:
    sink = {item["id"]: item for item in json.loads((Path(answers) / "sink.json").read_text())}
    plan = json.loads((Path(files) / "plan.json").read_text())
    wrong: list[str] = []
    found: Counter[str] = Counter()
    for file in plan:
        name = f"{file['feed']}/{file['file']}"
        of_file = {key: item for key, item in sink.items() if key.startswith(file["file"][:2] + "-")}
        if file["broken"]:
            found["broken files"] += 1
            wrong += [f"{name} is broken ({file['broken']}), and {key} is in the sink" for key in of_file]
            continue
        account(name, records(files, file), rejects(answers, file), of_file, found, wrong)
    wrong += [f"{key} is in the sink, and in no file" for key in sink if not any(key[:2] == f["file"][:2] for f in plan)]
    print(json.dumps(found, sort_keys=True))
    if wrong:
        sys.exit("\n".join(wrong[:50] + [f"{len(wrong)} in all"]))


def account(name: str, rows: list[list[str]], rejected: set[int], sink: dict, found: Counter, wrong: list[str]) -> None:
    winners: dict[str, int] = {}
    for number, row in enumerate(rows, 1):
        if number not in rejected:
            winners[row[0]] = number
    for number, row in enumerate(rows, 1):
        at = f"{name}, record {number}"
        good = is_good(row)
        if number in rejected:
            found["rejected"] += 1
            if good:
                wrong.append(f"{at} is rejected, and nothing is wrong with it: {row}")
        elif not good:
            wrong.append(f"{at} is not rejected: {row}")
        elif winners[row[0]] != number:
            found["duplicate"] += 1
        elif differs(sink.get(row[0]), row):
            wrong.append(f"{at} is {row}, and the sink has {sink.get(row[0])}")
        else:
            found["in the sink"] += 1
    wrong += [f"{name} has {len(rows)} records, and record {number} is rejected" for number in rejected if number > len(rows)]
    wrong += [f"{key} is in the sink, and no record of {name}" for key in sink if key not in winners]


def is_good(row: list[str]) -> bool:
    """What the five feeds require of a record."""
    if len(row) != 3 or not row[1] or not row[0].replace("-", "").isalnum():
        return False
    return row[2].replace(".", "").replace("-", "").isdecimal() or not row[2]


def differs(item: dict | None, row: list[str]) -> bool:
    if item is None or item.get("name") != row[1]:
        return True
    return "amount" in item if not row[2] else Decimal(item.get("amount", "NaN")) != Decimal(row[2])


def records(files: str, file: dict) -> list[list[str]]:
    delimiter, encoding = DIALECTS[file["feed"]]
    made = (Path(files) / file["feed"] / file["file"]).read_bytes()
    if made[:2] == b"\x1f\x8b":
        made = gzip.decompress(made)
    return list(csv.reader(io.StringIO(made.decode(encoding), newline=""), delimiter=delimiter))[1:]


def rejects(answers: str, file: dict) -> set[int]:
    path = Path(answers) / file["feed"] / file["file"]
    rows = csv.DictReader(io.StringIO(path.read_bytes().decode("utf-8-sig"), newline=""))
    numbers = [int(row["_record"]) for row in rows]
    assert len(numbers) == len(set(numbers)), f"{path}: a record is rejected twice"
    return set(numbers)


if __name__ == "__main__":
    main(*sys.argv[1:])
