"""The same work as `sluice run` with the products feed, done by a good script.

    python_import.py FILE FOLDER

Reads the file with the csv module; cleans, checks and converts every field; keeps the last record of each key; writes
`table.jsonl`, `imported.csv` and `rejects.csv`. Prints {"read": …, "imported": …, "duplicate": …, "rejected": …}.
"""

import csv
import datetime
import decimal
import html
import json
import re
import sys
from pathlib import Path

CATEGORIES = {"Kitchen", "Garden", "Office", "Toys", "Lighting", "Outdoor", "Apparel", "Gear", "Music", "Donation", "Variant"}
CURRENCIES = {"EUR", "USD", "GBP", "CHF"}
KEY = re.compile("[A-Z]{2}-[0-9]{5}|[A-Z]{3}_[A-Z]{3}_[0-9]{3}|24-[A-Z]{2}[0-9]{2}|[A-Z]+(-[A-Z]+)+")
PROHIBITED = re.compile(r"\b(counterfeit|replica|ivory|gun|tiger bone)\b", re.IGNORECASE)
TAG = re.compile("<[^>]*>")
NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")
WHOLE = re.compile("[+-]?[0-9]+")
FIELDS = ["id", "name", "description", "category", "price", "currency", "stock", "updated"]


def restructure(row):
    """The fields of a record, cleaned."""
    return {
        "id": row["SKU"].strip().upper(),
        "name": " ".join(row["Name"].split()),
        "description": html.unescape(TAG.sub("", row["Description"].strip())),
        "category": row["Category"].strip(),
        "price": row["Price"].strip().strip("€$£").strip(),
        "currency": row["Currency"].strip().upper() or "EUR",
        "stock": row["Stock"].strip(),
        "updated": row["Updated"].strip(),
    }


def validate(fields):
    """The problems of the fields. Converts the fields in place."""
    errors = []
    if not KEY.fullmatch(fields["id"]):
        errors.append("id: constraint-error")
    if not 3 <= len(fields["name"]) <= 80:
        errors.append("name: constraint-error")
    if len(fields["description"]) > 1000:
        errors.append("description: constraint-error")
    if fields["category"] not in CATEGORIES:
        errors.append("category: constraint-error")
    if not NUMBER.fullmatch(fields["price"]):
        errors.append("price: type-error")
    else:
        fields["price"] = decimal.Decimal(fields["price"])
        if not decimal.Decimal("0.01") <= fields["price"] <= 10000:
            errors.append("price: range")
    if fields["currency"] not in CURRENCIES:
        errors.append("currency: constraint-error")
    if not fields["stock"]:
        fields["stock"] = None
    elif not WHOLE.fullmatch(fields["stock"]):
        errors.append("stock: type-error")
    else:
        fields["stock"] = int(fields["stock"])
        if not 0 <= fields["stock"] <= 1000000:
            errors.append("stock: constraint-error")
    if not fields["updated"]:
        fields["updated"] = None
    else:
        try:
            fields["updated"] = datetime.datetime.strptime(fields["updated"], "%d.%m.%Y").date().isoformat()
        except ValueError:
            errors.append("updated: type-error")
    if PROHIBITED.search(fields["name"]) or PROHIBITED.search(fields["description"]):
        errors.append("prohibited")
    return errors


def main(file, folder):
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    read = rejected = 0
    table = {}
    with open(file, newline="", encoding="utf-8") as source, open(folder / "rejects.csv", "w", newline="") as bad:
        rows = csv.reader(source)
        header = next(rows)
        rejects = csv.writer(bad)
        rejects.writerow([*header, "_record", "_errors"])
        for read, cells in enumerate(rows, start=1):
            if len(cells) != len(header):
                rejected += 1
                rejects.writerow([*cells, read, "wrong number of cells"])
                continue
            fields = restructure(dict(zip(header, cells)))
            if errors := validate(fields):
                rejected += 1
                rejects.writerow([*cells, read, "; ".join(errors)])
                continue
            table[fields["id"]] = (read, fields)
    with open(folder / "table.jsonl", "w") as lines, open(folder / "imported.csv", "w", newline="") as good:
        imported = csv.writer(good)
        imported.writerow(["_record", *FIELDS])
        for number, fields in table.values():
            lines.write(json.dumps(fields, default=str, ensure_ascii=False) + "\n")
            imported.writerow([number, *fields.values()])
    numbers = {"read": read, "imported": len(table), "duplicate": read - rejected - len(table), "rejected": rejected}
    print(json.dumps(numbers))


if __name__ == "__main__":
    main(*sys.argv[1:])
