"""DuckDB answering what the feed of hits answers: the revenue of each search engine and keyword, by last touch.

    duckdb_summary.py FILE THREADS OUT

Prints {"rows": …, "seconds": …}, from the CSV to the file.
"""

import json
import sys
import time

import duckdb

# The engines of the data, with the parameter that has the words.
ENGINES = [("google.com", "q"), ("google.co.uk", "q"), ("bing.com", "q"), ("yahoo.com", "p"), ("duckduckgo.com", "q")]

COLUMNS = [
    "hit_time_gmt", "date_time", "user_agent", "ip", "event_list", "geo_city", "geo_region", "geo_country", "pagename", "page_url",
    "product_list", "referrer",
]
QUERY = r"""
COPY (
    WITH hits AS (
        SELECT row_number() OVER () AS number, CAST(hit_time_gmt AS BIGINT) AS time, ip, product_list, referrer,
               list_contains(string_split(event_list, ','), '1') AS bought,
               regexp_extract(referrer, '^https?://(?:[^/?#]*\.)?((?:google|bing|yahoo|duckduckgo)\.[a-z.]+)', 1) AS domain
        FROM read_csv($file, header = true, delim = '\t', quote = '"', escape = '"', columns = $columns)
    ),
    searches AS (
        SELECT hits.*, CASE engines.parameter
            WHEN 'p' THEN regexp_extract(referrer, '[?&]p=([^&#]*)', 1)
            WHEN 'q' THEN regexp_extract(referrer, '[?&]q=([^&#]*)', 1)
        END AS words
        FROM hits LEFT JOIN engines USING (domain)
    ),
    visits AS (
        SELECT *, lower(trim(url_decode(replace(words, '+', ' ')))) AS keyword
        FROM searches WHERE bought OR words <> ''
    ),
    touched AS (
        SELECT bought, product_list,
               last_value(CASE WHEN keyword <> '' THEN {'domain': domain, 'keyword': keyword} END IGNORE NULLS) OVER (
                   PARTITION BY ip ORDER BY time, number ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
               ) AS touch
        FROM visits
    ),
    purchases AS (
        SELECT touch.domain AS domain, touch.keyword AS keyword, list_sum(list_transform(
            string_split(product_list, ','), lambda product: CAST(coalesce(nullif(trim(split_part(product, ';', 4)), ''), '0') AS DECIMAL(18, 2))
        )) AS revenue
        FROM touched WHERE bought AND touch IS NOT NULL
    )
    SELECT domain AS "Search Engine Domain", keyword AS "Search Keyword", sum(revenue) AS "Revenue"
    FROM purchases GROUP BY domain, keyword ORDER BY sum(revenue) DESC, encode(domain), encode(keyword)
) TO '%s' (HEADER, DELIMITER '\t')
"""


def main(file, threads, out):
    connection = duckdb.connect(config={"threads": int(threads)})
    began = time.perf_counter()
    connection.execute("CREATE TABLE engines (domain VARCHAR, parameter VARCHAR)")
    connection.executemany("INSERT INTO engines VALUES (?, ?)", ENGINES)
    columns = dict.fromkeys(COLUMNS, "VARCHAR")
    rows = connection.execute(QUERY % out, {"file": file, "columns": columns}).fetchone()[0]
    print(json.dumps({"rows": rows, "seconds": time.perf_counter() - began}))


if __name__ == "__main__":
    main(*sys.argv[1:])
