"""Files of books, for the OpenAPI document."""

import json

from books.examples import BOOK
from bookstore_project.examples import invalid_parameter, json_example

from .columns import COLUMNS
from .formats import CSV, NDJSON

CSV_FILE = "".join(
    f"{','.join(line)}\r\n" for line in (COLUMNS, [str(BOOK[name]) for name in COLUMNS])
)
NDJSON_FILE = json.dumps(BOOK, separators=(",", ":")) + "\n"

EXPORT = [
    json_example("Middlemarch", CSV_FILE, media_type=CSV.media_type, status=200),
    json_example("Middlemarch", NDJSON_FILE, media_type=NDJSON.media_type, status=200),
    invalid_parameter("format", detail="Give one of csv, ndjson."),
]
