"""DuckDB reading and casting the products, and storing rows that it cannot read as rejects.

    duckdb_check.py FILE THREADS [OUT]

Without OUT, it only counts. With OUT, it also writes the rows that it has read to a CSV file. Prints
{"read": …, "rejected": …, "seconds": …}.
"""

import json
import sys
import time

import duckdb

COLUMNS = {
    "SKU": "VARCHAR", "Name": "VARCHAR", "Description": "VARCHAR", "Category": "VARCHAR", "Price": "DECIMAL(12,2)",
    "Currency": "VARCHAR", "Stock": "INTEGER", "Updated": "DATE",
}
SELECT = """
    SELECT upper(trim("SKU")) AS id, trim("Name") AS name, trim("Description") AS description, trim("Category") AS category,
           "Price" AS price, upper(trim("Currency")) AS currency, "Stock" AS stock, "Updated" AS updated
    FROM read_csv(?, header = true, delim = ',', quote = '"', escape = '"', columns = ?, dateformat = '%d.%m.%Y',
                  store_rejects = true)
"""
# The constraints of the schema beyond types, as a condition for a good record.
GOOD = """
    regexp_full_match(id, '[A-Z]{2}-[0-9]{5}|[A-Z]{3}_[A-Z]{3}_[0-9]{3}|24-[A-Z]{2}[0-9]{2}|[A-Z]+(-[A-Z]+)+')
    AND length(name) BETWEEN 3 AND 80 AND length(description) <= 1000
    AND category IN ('Kitchen', 'Garden', 'Office', 'Toys', 'Lighting', 'Outdoor', 'Apparel', 'Gear', 'Music', 'Donation', 'Variant')
    AND price BETWEEN 0.01 AND 10000 AND currency IN ('EUR', 'USD', 'GBP', 'CHF') AND stock BETWEEN 0 AND 1000000
    AND NOT regexp_matches(name || ' ' || description, '(?i)\\b(counterfeit|replica|ivory|gun|tiger bone)\\b')
"""


def main(file, threads, out=None):
    connection = duckdb.connect(config={"threads": int(threads)})
    began = time.perf_counter()
    given = [file, COLUMNS]
    if out:
        read = connection.execute(f"COPY (SELECT * FROM ({SELECT}) WHERE {GOOD}) TO '{out}' (HEADER)", given).fetchone()[0]
        good = read
    else:
        read, good = connection.execute(f"SELECT count(*), count(*) FILTER ({GOOD}) FROM ({SELECT})", given).fetchone()
    seconds = time.perf_counter() - began
    # The table only exists if something was rejected.
    tables = {name for (name,) in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
    query = "SELECT count(DISTINCT line) FROM reject_errors"
    rejected = connection.execute(query).fetchone()[0] if "reject_errors" in tables else 0
    print(json.dumps({"read": read, "good": good, "rejected": rejected, "seconds": seconds}))


if __name__ == "__main__":
    main(*sys.argv[1:])
