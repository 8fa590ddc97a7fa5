"""Frictionless validating the products with the same schema.

    frictionless_check.py FILE

Prints {"read": …, "rejected": …, "seconds": …}; the seconds are those of `validate` alone.
"""

import json
import sys
import time

from frictionless import Checklist, Resource, Schema, system

SCHEMA = Schema.from_descriptor({
    "fields": [
        {"name": "SKU", "type": "string", "constraints": {
            "required": True, "pattern": "[A-Z]{2}-[0-9]{5}|[A-Z]{3}_[A-Z]{3}_[0-9]{3}|24-[A-Z]{2}[0-9]{2}|[A-Z]+(-[A-Z]+)+"}},
        {"name": "Name", "type": "string", "constraints": {"required": True, "minLength": 3, "maxLength": 80}},
        {"name": "Description", "type": "string", "constraints": {"maxLength": 1000}},
        {"name": "Category", "type": "string", "constraints": {"required": True, "enum": [
            "Kitchen", "Garden", "Office", "Toys", "Lighting", "Outdoor", "Apparel", "Gear", "Music", "Donation", "Variant"]}},
        {"name": "Price", "type": "number", "constraints": {"required": True, "minimum": 0.01, "maximum": 10000}},
        {"name": "Currency", "type": "string", "constraints": {"enum": ["EUR", "USD", "GBP", "CHF"]}},
        {"name": "Stock", "type": "integer", "constraints": {"minimum": 0, "maximum": 1000000}},
        {"name": "Updated", "type": "date", "format": "%d.%m.%Y"},
    ],
})


def main(file):
    with system.use_context(trusted=True):
        resource = Resource(path=file, schema=SCHEMA)
        began = time.perf_counter()
        report = resource.validate(Checklist(), limit_errors=1_000_000)
        seconds = time.perf_counter() - began
    rejected = len({error[0] for error in report.flatten(["rowNumber"])})
    print(json.dumps({"read": report.tasks[0].stats["rows"], "rejected": rejected, "seconds": seconds}))


if __name__ == "__main__":
    main(*sys.argv[1:])
