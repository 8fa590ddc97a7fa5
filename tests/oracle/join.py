#!/usr/bin/env python3
"""The expected result of a join, computed independently: everything in memory, a dict for each level, nothing else.

Written from docs/datasets.md and SEMANTICS.md alone, for the dataset of the tests: customers, their orders, and the items of the
orders. It shares no code with Sluice, and knows neither partitions nor blocks.

Reads {"customers": [CSV], "orders": [CSV, CSV of repairs], "items": [CSV]} from the standard input. Prints the joined records and the
orphans. An order whose amount is no number is rejected, and so is not among the rows of its file.
"""

import csv
import io
import json
import sys
from decimal import Decimal, InvalidOperation


def rows(texts, key, read):
    """The rows of a member: its base file, and then its repairs. A repair loses to an earlier row with the same key."""
    kept, lost, known = [], [], set()
    for number, text in enumerate(texts):
        # Of several records of a file with the same key, the last one wins; the others take no part.
        winners = {}
        for record, row in enumerate(csv.DictReader(io.StringIO(text)), start=1):
            fields = read(row)
            if fields is not None:
                winners[fields[key]] = (record, fields)
        for record, fields in sorted(winners.values(), key=lambda winner: winner[0]):
            if number > 0 and fields[key] in known:
                lost.append(record)
                continue
            known.add(fields[key])
            kept.append((record, fields))
    return kept, lost


def customer(row):
    return {"customer_id": row["customer_id"], "customer_name": row["customer_name"]}


def order(row):
    try:
        amount = Decimal(row["amount"])
    except InvalidOperation:
        return None
    return {"order_id": int(row["order_id"]), "customer_id": row["customer_id"], "amount": number(amount)}


def item(row):
    return {"item_id": int(row["item_id"]), "order_id": int(row["order_id"])}


def number(value):
    """As JSON has it without zeros at its end."""
    return int(value) if value == value.to_integral_value() else float(value.normalize())


def main():
    files = json.load(sys.stdin)
    customers, _ = rows(files["customers"], "customer_id", customer)
    orders, lost = rows(files["orders"], "order_id", order)
    items, _ = rows(files["items"], "item_id", item)
    orphans = [f"orders {record} duplicate-key" for record in lost]
    by_id = {fields["customer_id"]: {**fields, "orders": []} for _, fields in customers}
    orders_by_id, homeless = {}, set()
    for record, fields in orders:
        if fields["customer_id"] in by_id:
            joined = {**fields, "items": []}
            orders_by_id[fields["order_id"]] = joined
            by_id[fields["customer_id"]]["orders"].append(joined)
        else:
            homeless.add(fields["order_id"])
            orphans.append(f"orders {record} no-parent")
    for record, fields in items:
        if fields["order_id"] in orders_by_id:
            orders_by_id[fields["order_id"]]["items"].append(fields)
        else:
            reason = "parent-orphan" if fields["order_id"] in homeless else "no-parent"
            orphans.append(f"items {record} {reason}")
    json.dump({"joined": list(by_id.values()), "orphans": sorted(orphans)}, sys.stdout)


if __name__ == "__main__":
    main()
