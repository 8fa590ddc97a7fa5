#!/usr/bin/env python3
"""Makes the sample files, and the numbers that an import of them must give.

The numbers are known because every error is planted here and noted as it is planted; nothing is
parsed to find them. Only `random.random()` is used, whose sequence for a seed is the same in every
version of Python.

    python3 examples/generate.py            writes the files beside this one
    python3 examples/generate.py --check    compares them with what it would write; 1 if they differ
"""

import json
import random
import sys
from pathlib import Path

HERE = Path(__file__).parent
INVALID_UTF8 = "\udcff"  # becomes the byte 0xFF, which UTF-8 does not have


class Record:
    """A record of the file: its cells, its key once clean, and the codes of what is wrong with it."""

    def __init__(self, key, cells):
        self.key, self.cells, self.codes = key, cells, set()

    def set(self, column, text, *codes):
        self.cells[column] = text
        self.codes.update(codes)

    def row(self):
        return list(self.cells.values())


def pick(items):
    return items[int(random.random() * len(items))]


def chance(probability):
    return random.random() < probability


def number(low, high):
    """A whole number from low to high, both included."""
    return low + int(random.random() * (high - low + 1))


def shuffled(items):
    items = list(items)
    for i in range(len(items) - 1, 0, -1):
        j = int(random.random() * (i + 1))
        items[i], items[j] = items[j], items[i]
    return items


def quoted(cell):
    return '"' + cell.replace('"', '""') + '"'


def line(cells):
    return ",".join(quoted(cell) if any(c in cell for c in ',"\r\n') else cell for cell in cells)


def expected(records):
    """The numbers of an import into an empty table where the last valid record of a key wins."""
    winners, of_key, by_code = {}, {}, {}
    for place, record in enumerate(records, start=1):
        for code in sorted(record.codes):
            by_code[code] = by_code.get(code, 0) + 1
        of_key[record.key] = of_key.get(record.key, 0) + 1
        if not record.codes:
            winners[record.key] = place
    rejected = sum(1 for record in records if record.codes)
    return {
        "read": len(records),
        "imported": len(winners),
        "duplicate": len(records) - rejected - len(winners),
        "rejected": rejected,
        "by_code": dict(sorted(by_code.items())),
        # Which record wins each key that stands in the file more than once.
        "winners": {key: place for key, place in winners.items() if of_key[key] > 1},
    }


# --- products ---------------------------------------------------------------------------------

PRODUCTS = 2000
FIRST, LAST = 0, PRODUCTS - 1
# The name of the first column is one of the feed's aliases, and quoted.
PRODUCT_COLUMNS = ["Article No", "Name", "Description", "Category", "Price", "Currency", "Stock", "Updated"]
CATEGORIES = {"Kitchen": "KI", "Garden": "GA", "Office": "OF", "Toys": "TO", "Lighting": "LI", "Outdoor": "OU"}
MATERIALS = ["Oak", "Steel", "Linen", "Bamboo", "Ceramic", "Glass", "Cork", "Brass", "Felt", "Gunmetal", "Walnut"]
THINGS = ["Tray", "Lamp", "Planter", "Kettle", "Stool", "Notebook", "Lantern", "Puzzle", "Bench", "Jug", "Hook", "Crate"]
SIZES = ["small", "medium", "large", '12"', '24"', "set of 4", "XL", "für zwei"]
PRAISE = [
    "Made to last.",
    "Dishwasher safe, oven safe.",
    'The "classic" shape, refined.',
    "Wipe clean; do not soak.",
    "Colour: cloud, sand, or moss",
    "Für drinnen und draußen.",
    "二人用",
    "",
]


def price():
    return f"{number(1, 899)}.{number(0, 99):02d}"


def date():
    return f"{number(1, 28):02d}.{number(1, 12):02d}.{number(2023, 2026)}"


def product(serial):
    """A good record, dirty in the ways that the feed cleans."""
    category = pick(list(CATEGORIES))
    key = f"{CATEGORIES[category]}-{serial:05d}"
    text = price()
    record = Record(
        key,
        {
            "id": pick([key, key, key, key.lower(), f" {key}", f"{key} "]),
            "name": f"{pick(MATERIALS)} {pick(THINGS)}, {pick(SIZES)}",
            "description": pick(PRAISE),
            "category": pick([category, category, category, f" {category} "]),
            "price": pick([text, text, f"€ {text}", f"{text} €", f"${text}", f" {text}"]),
            "currency": pick(["EUR", "EUR", "eur", "", "USD", "GBP", "chf"]),
            "stock": pick([str(number(0, 400)), str(number(0, 400)), f" {number(0, 9)}", ""]),
            "updated": pick([date(), date(), date(), f"{date()} ", ""]),
        },
    )
    if chance(0.06):
        record.cells["description"] = f"{pick(PRAISE)}\nSecond line, with a comma\n\n\"Quoted\" fourth line"
    if chance(0.05):
        record.cells["name"] = "  " + record.cells["name"].replace(" ", "   ")
    if chance(0.02):
        # Near misses: the terms are there, but not as words.
        record.cells["description"] = pick(["Replicated by hand", "Ivorytone glaze", "From the Begun series"])
    return record


def planted_products():
    """How often each kind of bad record stands in the file, and what makes it bad."""
    constraint, type_error = "constraint-error", "type-error"
    return [
        (14, lambda r: r.set("price", pick(["n/a", "twelve", "1.2.3", "12,50", "1.299,00", "--"]), type_error)),
        (10, lambda r: r.set("stock", pick(["12.5", "many", "3 boxes", "1O"]), type_error)),
        (12, lambda r: r.set("updated", pick(["31.02.2025", "2025-03-01", "soon", "1/2/2025", "00.01.2025"]), type_error)),
        (9, lambda r: r.set("id", pick(["", "K-1", "12345", "KI_00001", "KITCHEN-00001"]), constraint)),
        (8, lambda r: r.set("name", pick(["", "   ", "ab", "Very " + "long " * 20 + "name"]), constraint)),
        (9, lambda r: r.set("category", pick(["Kitchens", "kitchen", "", "Food"]), constraint)),
        (6, lambda r: r.set("currency", pick(["EURO", "JPY", "£"]), constraint)),
        (5, lambda r: r.set("stock", pick(["-1", "-40", "1000001"]), constraint)),
        (3, lambda r: r.set("price", pick(["", "€ "]), constraint)),
        (8, lambda r: r.set("price", pick(["0", "0.00", "€ 0.00", "-5.00"]), "range")),
        (7, lambda r: r.set("price", pick(["10000.01", "€ 249000", "99999999999999999999.99"]), "range")),
        (9, lambda r: r.set("name", pick(["Counterfeit Handbag", "GUN cabinet", "Replica Watch (ivory)"]), "prohibited")),
        (7, lambda r: r.set("description", pick(["Contains ivory.", "Pure\n\"tiger bone\" extract", "gun"]), "prohibited")),
        (6, lambda r: r.set("more", pick(["oops", "1,5", "see note"]), "extra-cell")),
        (2, lambda r: (r.set("more", "oops", "extra-cell"), r.set("and more", "again"))),
        (6, lambda r: (r.cells.pop("updated"), r.codes.add("missing-cell"))),
        (3, lambda r: (r.cells.pop("updated"), r.cells.pop("stock"), r.codes.add("missing-cell"))),
        (1, lambda r: r.set("description", f"Caf{INVALID_UTF8} cup", "encoding-error")),
        # Several problems at once; each code counts once for a record.
        (5, lambda r: (r.set("price", "free", type_error), r.set("updated", "never", type_error))),
        (5, lambda r: (r.set("price", "0", "range"), r.set("name", "Replica Clock", "prohibited"))),
        (4, lambda r: (r.set("category", "Misc", constraint), r.set("stock", "lots", type_error), r.set("price", "0", "range"))),
        (3, lambda r: (r.set("id", "??", constraint), r.set("currency", "XXX", constraint), r.set("description", "ivory", "prohibited"))),
        # What a spreadsheet would run if it were told to.
        (1, lambda r: r.set("id", '=HYPERLINK("http://example.com","KI-00001")', constraint)),
        (1, lambda r: r.set("category", "<script>alert(1)</script>", constraint)),
    ]


def products():
    records = [product(serial) for serial in range(1, PRODUCTS + 1)]
    taken = {FIRST, LAST}

    def again(earlier, later):
        """The later record has the key of the earlier one, in another spelling."""
        assert later not in taken - {LAST}, later
        key = records[earlier].key
        records[later].key = key
        records[later].set("id", pick([key, key.lower(), f" {key} "]))
        taken.update((earlier, later))

    def spoilt(place):
        pick(
            [
                lambda r: r.set("price", "0.00", "range"),
                lambda r: r.set("name", "Replica of a classic", "prohibited"),
                lambda r: r.set("updated", "30.02.2026", "type-error"),
            ]
        )(records[place])

    # Keys in the first, a middle and the last third; the last record of the file is one of them.
    for i in range(8):
        again(20 + 70 * i, 700 + 75 * i)
        again(20 + 70 * i, LAST if i == 7 else 1400 + 65 * i)
    # One key three times near each other.
    again(333, 335)
    again(333, 338)
    # Keys twice, in neighbouring records and far apart.
    for first, second in ((1010, 1011), (1100, 1102), (5, 1990), (660, 672)):
        again(first, second)
    # Keys whose last record is invalid, which does not win: the valid one before it is imported.
    for first, second, third in ((101, 801, 1601), (111, 112, 113), (640, 1300, 1900)):
        again(first, second)
        again(first, third)
        spoilt(third)
    for first, second in ((7, 1801), (1200, 1203), (150, 1350)):
        again(first, second)
        spoilt(second)
    # A key of which no record is valid: nothing is imported for it.
    again(50, 1550)
    spoilt(50)
    spoilt(1550)

    places = iter(shuffled(place for place in range(PRODUCTS) if place not in taken))
    for count, plant in planted_products():
        for _ in range(count):
            plant(records[next(places)])

    # A byte-order mark, a quoted label, CRLF between records, LF inside cells, no newline at the end.
    lines = [",".join([quoted(PRODUCT_COLUMNS[0]), *PRODUCT_COLUMNS[1:]])] + [line(r.row()) for r in records]
    return "\ufeff" + "\r\n".join(lines), expected(records)


# --- sales ------------------------------------------------------------------------------------

SALES = 500
SALES_COLUMNS = ["uuid", "Country", "Item Type", "Sales Channel", "Order Priority", "Order Date", "Region", "Ship Date"]
COUNTRIES = {
    "Europe": ["Austria", "Portugal", "Norway", "Bosnia and Herzegovina"],
    "Asia": ["Japan", "Nepal", "Viet Nam"],
    "North America": ["Canada", "Mexico"],
    "Sub-Saharan Africa": ["Kenya", "Ghana", "Cote d'Ivoire"],
    "Middle East and North Africa": ["Tunisia ", "Oman"],
    "Australia and Oceania": ["Samoa", "New Zealand"],
    "Central America and the Caribbean": ["Belize", "Trinidad, Tobago"],
}
ITEM_TYPES = ["Baby Food", "Beverages", "Cereal", "Clothes", "Cosmetics", "Fruits", "Household", "Meat"]


def sale(serial):
    region = pick(list(COUNTRIES))
    key = f"{300_000_000 + serial * 1_234_567 % 600_000_000}"
    year, month = number(10, 17), number(1, 11)
    return Record(
        key,
        {
            "uuid": key,
            "country": pick(COUNTRIES[region]),
            "item_type": pick(ITEM_TYPES),
            "channel": pick(["Online", "Offline"]),
            "priority": pick(["C", "H", "L", "M", "m"]),
            "ordered": f"{month}/{number(1, 28)}/{year}",
            "region": region,
            "shipped": pick([f"{month + 1}/{number(1, 28)}/{year}", f"{month + 1}/{number(1, 28)}/{year}", ""]),
        },
    )


def sales():
    records = [sale(serial) for serial in range(1, SALES + 1)]
    for first, second in ((10, 480), (200, 201), (60, 300)):
        records[second].key = records[first].key
        records[second].set("uuid", records[first].key)
    records[300].set("priority", "X", "constraint-error")
    plants = {
        33: lambda r: r.set("uuid", "12345678", "constraint-error"),
        77: lambda r: r.set("country", "", "constraint-error"),
        120: lambda r: r.set("ordered", "13/1/14", "type-error"),
        155: lambda r: r.set("shipped", "2/30/15", "type-error"),
        250: lambda r: r.set("item_type", "Spaceships", "constraint-error"),
        340: lambda r: (r.cells.pop("shipped"), r.codes.add("missing-cell")),
        401: lambda r: r.set("more", "paid", "extra-cell"),
        450: lambda r: (r.set("ordered", "", "constraint-error"), r.set("shipped", "later", "type-error")),
    }
    for place, plant in plants.items():
        plant(records[place])
    return "\n".join([",".join(SALES_COLUMNS)] + [line(r.row()) for r in records]) + "\n", expected(records)


# ----------------------------------------------------------------------------------------------


def files():
    """Every file as bytes, by name."""
    made = {}
    for name, make in (("products", products), ("sales", sales)):
        random.seed(20261121)
        text, numbers = make()
        made[f"{name}.csv"] = text.encode("utf-8", "surrogateescape")
        made[f"{name}.expected.json"] = (json.dumps(numbers, indent=2) + "\n").encode()
    return made


def main(arguments):
    if arguments not in ([], ["--check"]):
        print(__doc__, file=sys.stderr)
        return 2
    differing = []
    for name, content in files().items():
        path = HERE / name
        if not arguments:
            path.write_bytes(content)
        elif not path.exists() or path.read_bytes() != content:
            differing.append(name)
    if differing:
        print(f"not what examples/generate.py makes: {', '.join(differing)}", file=sys.stderr)
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
