#!/usr/bin/env python3
"""The expected results of imports, computed independently: the whole file in memory, a dict for the table, nothing else.

Written only from SEMANTICS.md, docs/feeds.md and docs/rules.md, for the five feeds of the fault suite. It shares no code with
Sluice and knows neither chunks nor retries. Its result must come out, whatever faults occur.

    oracle.py FEED ORDER=FILE...

Imports the files one after the other. ORDER is the upload time of each (RFC 3339), which decides between them; for a file with
repaired rejects, it is the upload time of the file that they were rejected from. Prints the result of the last file and the final
content of the table as JSON.

The table of the suite refuses every item whose `note` has more than 30 characters.
"""

import csv
import io
import json
import re
import sys
import unicodedata
from datetime import datetime
from decimal import Decimal


# --- Reading a file -------------------------------------------------------------------------------------------------


def read(path, encoding, delimiter):
    """The records of a file, the header first: [{"line", "cells", "raw"}]. An empty line is not a record."""
    with open(path, "rb") as file:
        return records_of(file.read().decode(encoding, errors="surrogateescape"), delimiter)


def records_of(text, delimiter):
    lines = list(io.StringIO(text, newline=""))
    reader = csv.reader(lines, delimiter=delimiter)
    records, before = [], 0
    for cells in reader:
        raw = "".join(lines[before : reader.line_num]).rstrip("\r\n")
        if cells:
            records.append({"line": before + 1, "cells": cells, "raw": raw})
        before = reader.line_num
    return records


def elements(path, array, labels):
    """The elements of an array of JSON, a header of pointers first. The array is the member of this name."""
    with open(path, encoding="utf-8") as file:
        text = file.read()
    twice = []

    def members(pairs):
        twice.extend(pairs[len(dict(pairs)) :])
        return dict(pairs)

    decoder = json.JSONDecoder(parse_int=str, parse_float=str, object_pairs_hook=members)
    at = re.search(f'"{array}"\\s*:\\s*\\[', text).end()
    records, last = [{"line": 0, "cells": labels, "raw": ""}], 0
    while text[at] != "]":
        if text[at].isspace() or text[at] == ",":
            at += 1
            continue
        twice.clear()
        value, end = decoder.raw_decode(text, at)
        # Further elements on a line count as lines of their own.
        last = max(text.count("\n", 0, at) + 1, last + 1)
        raw = re.sub(r'"(?:[^"\\]|\\.)*"|\s+', lambda part: "" if part[0].isspace() else part[0], text[at:end])
        broken = {"codes": {"json-error"}} if twice else {}
        records.append({"line": last, "cells": [member(value, label) for label in labels], "raw": raw, **broken})
        at = end
    return records


def member(value, pointer):
    for name in pointer.split("/")[1:]:
        value = value.get(name) if isinstance(value, dict) else None
    return "" if value is None else str(value).lower() if isinstance(value, bool) else value


def is_broken(raw, delimiter):
    """Whether text follows the closing quote of a cell, or an unquoted cell has a quote with text behind it and a later
    unquoted cell ends in one, unless both have their quotes in pairs."""
    at, earlier = 0, None
    while at <= len(raw):
        if raw[at : at + 1] == '"':
            closing = at + 1
            while raw[closing : closing + 2] == '""' or raw[closing : closing + 1] != '"':
                closing += 2 if raw[closing : closing + 2] == '""' else 1
            behind = raw[closing + 1 :].split(delimiter)[0]
            if behind.strip(" \t"):
                return True
            at = closing + 1 + len(behind) + 1
            continue
        cell = raw[at:].split(delimiter)[0]
        odd = cell.count('"') % 2
        if earlier is not None and cell.endswith('"') and (odd or earlier):
            return True
        if earlier is None and '"' in cell[:-1]:
            earlier = odd
        at += len(cell) + 1
    return False


def undecodable(text):
    return any("\udc80" <= character <= "\udcff" for character in text)


# A mark of a byte that cannot be decoded. A text that looks like a mark has more backslashes.
MARK = re.compile(r"\{(\\+)(x[0-9A-F]{2}|uD[89A-F][0-9A-F]{2})\}")


def show(text):
    """A text as in rejects.csv: each byte that cannot be decoded is a mark."""
    text = MARK.sub(r"{\\\1\2}", text)
    return "".join(f"{{\\x{ord(c) - 0xDC00:02X}}}" if undecodable(c) else c for c in text)


def unmark(text):
    """The original text of a cell of rejects.csv; a remaining mark is still a byte that cannot be decoded."""

    def read(mark):
        backslashes, what = mark.groups()
        if len(backslashes) == 1:
            return chr(int(what[1:], 16) + (0xDC00 if what[0] == "x" else 0))
        return "{" + backslashes[1:] + what + "}"

    return MARK.sub(read, text)


def omitted(cells, header):
    """The name under which a record is omitted, if it is."""
    cells = [cells[0].removeprefix("\ufeff"), *cells[1:]]
    texts = [cell.strip() for cell in cells]
    if not any(texts):
        return "empty"
    labels = [label.strip() for label in header]
    return "repeated-header" if texts == labels and sum(map(bool, labels)) > 1 else None


# --- Reading a value: (value, None), or (None, the code of what is wrong) -------------------------------------------


def number(text):
    text = text.strip()
    if text == "":
        return None, None
    if re.fullmatch(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?", text) is None:
        return None, "type-error"
    return Decimal(text), None


def european(text):
    """1.299,50"""
    if text == "":
        return None, None
    if re.fullmatch(r"[+-]?([0-9]+|[0-9]{1,3}(\.[0-9]{3})+)(,[0-9]+)?", text) is None:
        return None, "conversion-error"
    return Decimal(text.replace(".", "").replace(",", ".")), None


def integer(text):
    text = text.strip()
    if text == "":
        return None, None
    if re.fullmatch(r"[+-]?[0-9]+", text) is None:
        return None, "type-error"
    return Decimal(text), None


def boolean(text, true, false):
    if text == "":
        return None, None
    if text in true:
        return True, None
    return (False, None) if text in false else (None, "type-error")


def date(text, pattern):
    if text == "":
        return None, None
    try:
        return datetime.strptime(text, pattern).date().isoformat(), None
    except ValueError:
        return None, "type-error"


def text_of(text):
    return (text or None), None


def words(text):
    """The words of a text, without case and accents."""
    plain = "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))
    return re.findall(r"\w+", plain.casefold())


# --- The feeds: (fields, {field: why it is broken}, codes of rules) of a row of texts by label -----------------------


def orders(row):
    values = {
        "id": text_of(row["Order"].strip().upper()),
        "customer": text_of(" ".join(row["Customer"].split())),
        "amount": european(row["Amount"]),
        "pieces": integer(row["Pieces"]),
        "ordered": date(row["Ordered"], "%d.%m.%Y"),
        "note": text_of(row["Note"]),
    }
    fields = {name: value for name, (value, _) in values.items()}
    broken = {name: code for name, (_, code) in values.items() if code}
    if fields["id"] is None or re.fullmatch(r"[A-Z]{2}-[0-9]{3}", fields["id"]) is None:
        broken["id"] = "constraint-error"
    if fields["customer"] is None or len(fields["customer"]) > 20:
        broken["customer"] = "constraint-error"
    if fields["amount"] is not None and fields["amount"] < 0:
        broken["amount"] = "constraint-error"
    codes = set()
    if "amount" not in broken and fields["amount"] is not None and fields["amount"] > 5000:
        codes.add("range")
    if fields["note"] is not None and "ivory" in words(fields["note"]):
        codes.add("prohibited")
    return fields, broken, codes


def stock(row):
    values = {
        "sku": text_of(row["sku"]),
        "site": integer(row["site"]),
        "label": text_of(row["Bezeichnung"].strip()),
        "price": number(row["price"]),
        "active": boolean(row["active"], ["ja"], ["nein"]),
        "counted": date(row["counted"], "%Y-%m-%d"),
        "note": text_of(row["note"]),
    }
    fields = {name: value for name, (value, _) in values.items()}
    broken = {name: code for name, (_, code) in values.items() if code}
    for name in ["sku", "site"]:
        if fields[name] is None and name not in broken:
            broken[name] = "constraint-error"
    codes = set()
    if fields["active"] is True and fields["price"] is None and not {"active", "price"} & broken.keys():
        codes.add("rule")
    return fields, broken, codes


def members(row):
    values = {
        "number": integer(row["number"]),
        "email": text_of(row["email"]),
        "joined": date(row["joined"], "%d/%m/%Y"),
        "level": text_of(row["level"]),
        "note": text_of(row["note"]),
    }
    fields = {name: value for name, (value, _) in values.items()}
    broken = {name: code for name, (_, code) in values.items() if code}
    if fields["number"] is None and "number" not in broken:
        broken["number"] = "constraint-error"
    if fields["email"] is not None and re.fullmatch(r"[a-z.]+@[a-z]+(\.[a-z]+)+", fields["email"]) is None:
        broken["email"] = "type-error"
    if fields["level"] is not None and fields["level"] not in ["gold", "silver", "bronze"]:
        broken["level"] = "constraint-error"
    codes = set()
    if (fields["level"] is None) != (fields["joined"] is None) and not {"level", "joined"} & broken.keys():
        codes.add("required-together")
    return fields, broken, codes


def offers(row):
    values = {"id": text_of(row["/id"]), "price": number(row["/price/amount"]), "note": text_of(row["/note"])}
    fields = {name: value for name, (value, _) in values.items()}
    broken = {name: code for name, (_, code) in values.items() if code}
    if fields["id"] is None:
        broken["id"] = "constraint-error"
    return fields, broken, set()


def prices(row):
    values = {
        "sku": text_of(row["sku"]),
        "name": text_of(row["name"]),
        "price": number(row["price"]),
        "gone": boolean(row["gone"], ["x"], ["-"]),
        "note": text_of(row["note"]),
        "parent": text_of(row["parent"]),
    }
    fields = {name: value for name, (value, _) in values.items()}
    broken = {name: code for name, (_, code) in values.items() if code}
    if fields["sku"] is None or re.fullmatch(r"[A-Z][0-9]*", fields["sku"]) is None:
        broken["sku"] = "constraint-error"
    return fields, broken, set()


def sets(row):
    """A row of an item, which has a line of the item if one of the cells of a line has something in it."""
    values = {
        "handle": text_of(row["Handle"]),
        "title": text_of(row["Title"]),
        "note": text_of(row["Note"]),
        "sku": text_of(row["SKU"]),
        "price": number(row["Price"]),
    }
    fields = {name: value for name, (value, _) in values.items()}
    broken = {name: code for name, (_, code) in values.items() if code}
    if fields["sku"] is None and (fields["price"] is not None or "price" in broken):
        broken["sku"] = "constraint-error"
    return fields, broken, set()


FEEDS = {
    "sets": {"judge": sets, "delimiter": ",", "encoding": "utf-8", "key": ["handle"], "duplicates": "last", "grouped": True},
    "offers": {"judge": offers, "array": "offers", "labels": ["/id", "/price/amount", "/note"], "key": ["id"], "duplicates": "last"},
    "orders": {"judge": orders, "delimiter": ",", "encoding": "utf-8", "key": ["id"], "duplicates": "last"},
    "stock": {"judge": stock, "delimiter": ";", "encoding": "cp1252", "key": ["sku", "site"], "duplicates": "first",
              "footer": True, "max_percent": 60},
    "members": {"judge": members, "delimiter": ",", "encoding": "utf-8", "key": ["number"], "duplicates": "reject",
                "unique": [["email"]], "max_rejects": 9},
    "prices": {"judge": prices, "delimiter": ",", "encoding": "utf-8", "key": ["sku"], "duplicates": "last", "keep": True, "own": ["parent"],
               "deletes": lambda fields: fields["gone"] is True},
}  # fmt: skip


# --- Rejects that come back ------------------------------------------------------------------------------------------

OWN = ["_run", "_record", "_line", "_errors", "_raw"]


def repaired(rows, labels, delimiter):
    """The rows of repaired rejects as records of the feed; the numbers of the records that they repair. A row becomes as
    many records as its `_raw` holds."""
    of = next(row for row in rows if "omitted" not in row)["cells"][len(labels)]
    records, closed = [], []
    for row in rows:
        records.append(row)
        if "omitted" in row:
            continue
        if is_broken(row["raw"], ","):
            row["codes"] = {"quote-error"}
            continue
        cells = [unmark(cell[1:] if re.match("'[=+@\t\r-]", cell) else cell) for cell in row["cells"]]
        own = dict(zip(OWN, cells[len(labels) :]))
        row["cells"] = cells[: len(labels)]
        if own["_run"] != of:
            row["codes"] = {"other-run"}
            continue
        closed.append(int(own["_record"]))
        if own["_raw"] and not any(row["cells"]):
            records.pop()
            for part in records_of(own["_raw"], delimiter):
                codes = {"codes": {"quote-error"}} if is_broken(part["raw"], delimiter) else {}
                records.append({**part, "line": row["line"] + part["line"] - 1, **codes})
    return records, closed


# --- Several records that are one item ------------------------------------------------------------------------------


def ranges(numbers):
    """6, 7, 8, 10 as `6-8 10`."""
    parts = []
    for value in numbers:
        if parts and parts[-1][1] == value - 1:
            parts[-1][1] = value
        else:
            parts.append([value, value])
    return " ".join(str(first) if first == last else f"{first}-{last}" for first, last in parts)


def items(judged):
    """The items of consecutive rows of one handle, from (fields, codes) of each row; the fields of a row that cannot be read are None.
    Returns the codes of each rejected record, the fields of each valid item by its first record, and the records of each item."""
    sets, before = [], None
    for record, (fields, _) in judged.items():
        key = fields and fields["handle"]
        if sets and (key is None or before is None or key == before):
            sets[-1].append(record)
        else:
            sets.append([record])
        before = key
    rejects, valid, members = {}, {}, {}
    for together in sets:
        members[together[0]] = together
        codes = {record: set(judged[record][1]) for record in together}
        lost = [record for record in together if judged[record][0] is None or judged[record][0]["handle"] is None]
        item = {"handle": None, "title": None, "note": None, "lines": None}
        if lost:
            codes[lost[0]].add("incomplete-group")
        else:
            for record in together:
                row = judged[record][0]
                for name in ["handle", "title", "note"]:
                    if row[name] is not None and item[name] is not None and item[name] != row[name]:
                        codes[record].add("group-conflict")
                    item[name] = item[name] if item[name] is not None else row[name]
            if item["title"] is None:
                codes[together[0]].add("constraint-error")
            lines = [judged[record][0] for record in together if judged[record][0]["sku"] is not None]
            parts = [{"price": line["price"], "sku": line["sku"]} for line in lines]
            texts = []
            for part in parts:
                price = [] if part["price"] is None else [f'"price":{plain(part["price"])}']
                texts.append("{" + ",".join(price + [f'"sku":{json.dumps(part["sku"])}']) + "}")
            item["lines"] = f"[{','.join(texts)}]" if texts else None
        if any(codes.values()):
            rejects.update({record: found or {"item-rejected"} for record, found in codes.items()})
        else:
            valid[together[0]] = item
    return rejects, valid, members


# --- One file -------------------------------------------------------------------------------------------------------


def run(feed, path, order, table):
    if "array" in feed:
        records = elements(path, feed["array"], feed["labels"])
    else:
        records = read(path, feed["encoding"], feed["delimiter"])
    repair = ",".join(OWN) in records[0]["raw"]
    if repair:
        # A repair has its own dialect, and checks of a whole file do not apply to it.
        records = read(path, "utf-8", ",")
    labels = [label.strip() for label in records[0]["cells"] if label not in OWN]
    rows, closed, footer = records[1:], [], None
    if not repair and feed.get("footer"):
        footer = rows.pop()["cells"]
    names = {}
    for row in rows if "array" not in feed else []:
        name = omitted(row["cells"], records[0]["cells"])
        if name:
            row["omitted"] = name
            names[name] = names.get(name, 0) + 1
    if repair:
        rows, closed = repaired(rows, labels, feed["delimiter"])
    elif "array" not in feed:
        for row in rows:
            if is_broken(row["raw"], feed["delimiter"]):
                row["codes"] = {"quote-error"}
    count = len(rows) - sum(names.values())

    # Each record alone. `rejects` has the codes of a record by its number; `valid` has its fields.
    rejects, valid, total, deleting = {}, {}, Decimal(0), set()
    judged, members = {}, {}
    for record, row in enumerate(rows, 1):
        if "omitted" in row:
            continue
        if "codes" in row:
            rejects[record] = row["codes"]
            judged[record] = None, row["codes"]
            continue
        if len(row["cells"]) != len(labels):
            rejects[record] = {"extra-cell" if len(row["cells"]) > len(labels) else "missing-cell"}
            judged[record] = None, rejects[record]
            continue
        texts = dict(zip(labels, row["cells"]))
        unreadable = {label for label in labels if undecodable(texts[label])}
        fields, broken, codes = feed["judge"]({label: "" if label in unreadable else texts[label] for label in labels})
        if feed.get("deletes", lambda fields: False)(fields):
            # Of a record that deletes, only the key counts.
            deleting.add(record)
            fields = {name: value if name in feed["key"] else None for name, value in fields.items()}
            broken = {name: code for name, code in broken.items() if name in feed["key"]}
            codes, unreadable = set(), unreadable & set(feed["key"])
        codes |= set(broken.values())
        if unreadable:
            codes.add("encoding-error")
        if fields.get("price") is not None:
            total += fields["price"]
        judged[record] = fields, codes
        if codes:
            rejects[record] = codes
        else:
            valid[record] = fields
    if feed.get("grouped"):
        rejects, valid, members = items(judged)

    def size(record):
        return len(members.get(record, [record]))

    # All records together: uniqueness first, then what they refer to, then keys.
    shared = {}
    for unique in feed.get("unique", []):
        seen = set()
        for record, fields in valid.items():
            values = tuple(fields[name] for name in unique)
            if None in values:
                continue
            if values in seen:
                shared.setdefault(record, set()).add("unique-error")
            seen.add(values)
    # What a record refers to is a record of the file, or else an item of the table. A deleted item is none.
    live = {fields["sku"] for record, fields in valid.items() if record not in deleting} if "own" in feed else set()
    dead = {valid[record]["sku"] for record in deleting if record in valid}
    for record, fields in valid.items():
        for name in feed.get("own", []) if record not in deleting else []:
            item = table.get((fields[name],))
            in_table = item is not None and item["said"] is not None and fields[name] not in dead
            if fields[name] is not None and fields[name] not in live and not in_table:
                shared.setdefault(record, set()).add("reference-missing")
    by_key = {}
    for record, fields in valid.items():
        if record not in shared:
            by_key.setdefault(tuple(fields[name] for name in feed["key"]), []).append(record)
    winners, duplicates = [], 0
    for same in by_key.values():
        if len(same) > 1 and feed["duplicates"] == "reject":
            for record in same:
                shared[record] = {"duplicate-key"}
            continue
        winners.append(same[-1] if feed["duplicates"] == "last" else same[0])
        duplicates += sum(map(size, same)) - size(winners[-1])

    # Does the file as a whole pass?
    reasons = set()
    rejected = len(rejects) + len(shared)
    if not repair and rejected > feed.get("max_rejects", rejected):
        reasons.add("too-many-rejects")
    if not repair and rejected * 100 > feed.get("max_percent", 100) * count:
        reasons.add("too-many-rejects")
    if footer is not None and int(footer[1]) != count:
        reasons.add("wrong-record-count")
    if footer is not None and Decimal(footer[2]) != total:
        reasons.add("control-total")
    go = not reasons

    names_of = ["imported", "unchanged", "duplicate", "stale", "left", "deleted", "rejected", "withheld"]
    tally = dict(read=len(rows), omitted=len(rows) - count, **dict.fromkeys(names_of, 0))
    imported = []
    if go:
        tally["duplicate"] = duplicates
        rejects.update(shared)
        for record in sorted(winners):
            fields = valid[record]
            key = tuple(fields[name] for name in feed["key"])
            old = table.get(key)
            if len(fields["note"] or "") > 30:
                rejects.update(dict.fromkeys(members.get(record, []), {"item-rejected"}))
                rejects[record] = {"sink-refused"}
                continue
            # With the same order, the item comes from the parent or from another of its repairs, and stays.
            if old is not None and (old["order"] > order or old["order"] == order and old["run"] != path):
                tally["stale"] += size(record)
                continue
            if record in deleting:
                tally["deleted"] += 1
                table[key] = {"said": None, "fields": {**fields, "_deleted": True}, "order": order, "run": path}
                continue
            tally["unchanged" if old is not None and old["said"] == fields else "imported"] += size(record)
            kept = {}
            if feed.get("keep") and old is not None and old["said"] is not None:
                kept = {name: value for name, value in old["fields"].items() if fields[name] is None}
            table[key] = {"said": fields, "fields": {**fields, **kept}, "order": order, "run": path}
            others = [ranges(members[record][1:])] if members else []
            imported.append([str(record)] + others + [canonical(value) for value in fields.values()])
    else:
        tally["withheld"] = sum(map(size, valid))
    tally["rejected"] = len(rejects)

    by_code = {}
    for codes in (rejects if go else {**rejects, **shared}).values():
        for code in codes:
            by_code[code] = by_code.get(code, 0) + 1
    told = []
    for record in sorted(rejects):
        row = rows[record - 1]
        whole = len(row["cells"]) == len(labels) and "codes" not in row
        told.append({
            "record": record,
            "line": row["line"],
            "codes": sorted(rejects[record]),
            "cells": [show(cell) for cell in row["cells"]] if whole else [""] * len(labels),
            "raw": "" if whole else show(row["raw"]),
        })  # fmt: skip
    return {
        "verdict": "IMPORTED" if go else "REJECTED",
        "reasons": sorted(reasons),
        "tally": tally,
        "omitted": names,
        "by_code": by_code,
        "labels": labels,
        "imported": imported,
        "rejects": told,
        "closed": sorted(closed),
    }


def canonical(value):
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return plain(value) if isinstance(value, Decimal) else value


def plain(value):
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def attribute(value):
    if isinstance(value, bool):
        return {"bool": value}
    if isinstance(value, Decimal):
        return {"number": plain(value)}
    # No text of the suite looks like a list.
    return {"json" if value.startswith("[{") else "text": value}


def main():
    feed, table = FEEDS[sys.argv[1]], {}
    for argument in sys.argv[2:]:
        order, path = argument.split("=", 1)
        result = run(feed, path, order, table)
    result["items"] = [
        {
            "run": item["run"],
            "fields": {name: attribute(value) for name, value in item["fields"].items() if value is not None},
        }
        for item in table.values()
    ]
    json.dump(result, sys.stdout, indent=1, ensure_ascii=True)


main()
