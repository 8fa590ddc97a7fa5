"""DuckDB joining customers, orders and items into a JSON line for each customer, as the dataset `customer-orders` does.

    duckdb_join.py FOLDER THREADS OUT

Reads customers_*.csv, orders_*.csv and items_*.csv of FOLDER. Prints {"joined": …, "seconds": …}.
"""

import json
import sys
import time

import duckdb

JOIN = """
    COPY (
        WITH items AS (
            SELECT order_id, list({item_id: item_id, order_id: order_id} ORDER BY row) AS items
            FROM (SELECT *, row_number() OVER () AS row FROM read_csv(?, columns = {item_id: 'BIGINT', order_id: 'BIGINT'}))
            GROUP BY order_id
        ), orders AS (
            SELECT customer_id, list({order_id: o.order_id, customer_id: customer_id, amount: amount,
                                      items: coalesce(items, [])} ORDER BY row) AS orders
            FROM (SELECT *, row_number() OVER () AS row
                  FROM read_csv(?, columns = {order_id: 'BIGINT', customer_id: 'VARCHAR', amount: 'DECIMAL(12,2)'})) o
            LEFT JOIN items ON items.order_id = o.order_id
            GROUP BY customer_id
        )
        SELECT c.customer_id, customer_name, coalesce(orders, []) AS orders
        FROM read_csv(?, columns = {customer_id: 'VARCHAR', customer_name: 'VARCHAR'}) c
        LEFT JOIN orders ON orders.customer_id = c.customer_id
    ) TO '%s' (FORMAT json)
"""


def main(folder, threads, out):
    connection = duckdb.connect(config={"threads": int(threads)})
    began = time.perf_counter()
    files = [f"{folder}/{member}_20230828.csv" for member in ("items", "orders", "customers")]
    joined = connection.execute(JOIN % out, files).fetchone()[0]
    print(json.dumps({"joined": joined, "seconds": time.perf_counter() - began}))


if __name__ == "__main__":
    main(*sys.argv[1:])
