"""An independent model of summaries: which file a description makes of records.

    summaries.py CASE …    each case is a folder with records.csv, as imported.csv of a run, and summary.json, a `summarise` entry of
                           a feed; writes expected.txt, the file, and unattributed.json, what no touch gets the credit for

It shares no code with Sluice, and is written from the text of the language, the comments of `crates/engine/src/spec/summarise.rs`. It
holds all records in memory, and reads only these expressions:

    record.field    touch.name    true    record.field != null    record.field > NUMBER
    record.field == null ? null : {"name": record.field, …}

A number has no exponent, and no more digits than it needs. Of all values of a column, none sorts first.
"""

from __future__ import annotations

import csv
import json
import re
import sys
from decimal import ROUND_HALF_UP, Context, Decimal, setcontext
from pathlib import Path

setcontext(Context(prec=200, rounding=ROUND_HALF_UP))

UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
NUMBERS = ("sum", "count", "min", "max")


def value(expression: str, record: dict[str, str], touch: dict[str, str] | None = None):
    """The value of an expression: a text, a truth value, a map, or None."""
    if expression == "true":
        return True
    if found := re.fullmatch(r"(record|touch)\.(\w+)", expression):
        of = record if found[1] == "record" else touch
        return of[found[2]] or None
    if found := re.fullmatch(r"record\.(\w+) != null", expression):
        return record[found[1]] != ""
    if found := re.fullmatch(r"record\.(\w+) > ([0-9.]+)", expression):
        return Decimal(record[found[1]]) > Decimal(found[2])
    if found := re.fullmatch(r"record\.(\w+) == null \? null : \{(.*)\}", expression):
        pairs = re.findall(r'"(\w+)": record\.(\w+)', found[2])
        return None if record[found[1]] == "" else {name: record[field] for name, field in pairs}
    raise SystemExit(f"the oracle does not know the expression {expression}")


def credited(description: dict, records: list[dict[str, str]]) -> tuple[list, list]:
    """The records that count, each with its touch, and those that have none."""
    when = description.get("when", "true")
    if "credit" not in description:
        return [(record, None) for record in records if value(when, record)], []
    credit = description["credit"]
    gap = credit.get("gap")
    gap = gap and int(gap[:-1]) * UNITS[gap[-1]]
    # Python's sort keeps the order of the file for records of the same time.
    visitors: dict[tuple, list[dict[str, str]]] = {}
    for number, record in enumerate(records):
        names = tuple(record[field] for field in credit["per"])
        # A record that says nothing of its visitor has nothing in common with another one.
        visitors.setdefault(names if any(names) else (number,), []).append(record)
    found, missed = [], []
    for visits in visitors.values():
        visits.sort(key=lambda record: Decimal(record[credit["sort"]]))
        touch, last = None, None
        for record in visits:
            time = Decimal(record[credit["sort"]])
            if gap and last is not None and time - last > gap:
                touch = None
            last = time
            is_known = any(record[field] for field in credit["per"])
            made = value(credit["touch"], record) if is_known else None
            if made is not None and (touch is None or credit.get("model", "last") == "last"):
                touch = made
            if value(when, record):
                (found if touch is not None else missed).append((record, touch))
    return found, missed


def measure(column: dict, records: list[dict[str, str]]) -> Decimal | None:
    """The number of a column for the records of a group."""
    kind = next(kind for kind in NUMBERS if kind in column)
    if kind == "count":
        return Decimal(sum(bool(value(column["count"], record)) for record in records))
    values = [Decimal(text) for record in records if (text := value(column[kind], record)) is not None]
    if kind == "sum":
        return sum(values, Decimal(0))
    return (min if kind == "min" else max)(values, default=None)


def number(of: Decimal | None, column: dict, description: dict) -> str:
    """A number as it stands in the file."""
    if of is None:
        return ""
    decimals = column.get("decimals")
    if decimals is not None:
        of = of.quantize(Decimal(1).scaleb(-decimals))
    text = format(of, "f")
    if decimals is None and "." in text:
        text = text.rstrip("0").rstrip(".")
    sign, text = ("-", text[1:]) if text.startswith("-") else ("", text)
    if not text.strip("0."):
        sign = ""
    whole, _, fraction = text.partition(".")
    mark = description.get("group", "")
    grouped = f"{int(whole):,}".replace(",", mark) if mark else whole
    return sign + grouped + (description.get("decimal", ".") + fraction if fraction else "")


def rank(rows: list[list], description: dict) -> None:
    """Sorts rows by the columns of `sort`: by the last one first, because Python's sort keeps the order of equal rows."""
    labels = [column["label"] for column in description["columns"]]
    for written in reversed(description.get("sort", [])):
        label, descends = (written, False) if written in labels else (written.removeprefix("-"), True)
        at = labels.index(label)
        if "by" in description["columns"][at]:
            rows.sort(key=lambda row: row[at].encode(), reverse=descends)
        else:
            rows.sort(key=lambda row: (row[at] is not None, row[at] or 0), reverse=descends)


def summary(description: dict, records: list[dict[str, str]]) -> tuple[list[list[str]], dict]:
    """The rows of the file, and what no touch gets the credit for."""
    columns = description["columns"]
    found, missed = credited(description, records)
    groups: dict[tuple, list] = {}
    for record, touch in found:
        key = tuple(value(column["by"], record, touch) or "" for column in columns if "by" in column)
        groups.setdefault(key, []).append(record)
    rows = []
    # The order of all groups, in bytes, is that of rows which are equal in what they are sorted by.
    for key, members in sorted(groups.items(), key=lambda group: [text.encode() for text in group[0]]):
        texts = iter(key)
        rows.append([next(texts) if "by" in column else measure(column, members) for column in columns])
    rank(rows, description)
    rows = rows[: description.get("top")]
    cells = [[cell if "by" in column else number(cell, column, description) for cell, column in zip(row, columns)] for row in rows]
    head = [[column["label"] for column in columns]] if description.get("labels", True) else []
    measured = [column for column in columns if "by" not in column]
    amounts = [[column["label"], number(measure(column, [record for record, _ in missed]), column, description)] for column in measured]
    return head + cells, {"records": len(missed), "numbers": [pair for pair in amounts if pair[1]] if missed else []}


def main() -> None:
    for folder in map(Path, sys.argv[1:]):
        description = json.loads((folder / "summary.json").read_text())
        with (folder / "records.csv").open(newline="") as file:
            records = list(csv.DictReader(file))
        rows, missed = summary(description, records)
        with (folder / "expected.txt").open("w", newline="") as file:
            csv.writer(file, delimiter=description.get("delimiter", ","), lineterminator="\n").writerows(rows)
        (folder / "unattributed.json").write_text(json.dumps(missed))


if __name__ == "__main__":
    main()
