"""Example files and reports for the OpenAPI document."""

import json
from collections.abc import Sequence

from accounts.api.examples import THROTTLED
from books.api.examples import BOOK, INVALID_KEY, KEY_REUSED
from books.fields import MEMBERS, STORED
from bookstore_project.openapi.examples import (
    error_example,
    invalid_parameter,
    json_example,
    problem_example,
)

from .errors import RowError
from .formats import CSV, NDJSON
from .readers.kinds import CSV_FILE as CSV_KIND
from .readers.kinds import WORKBOOK
from .refusal import ImportRefused, ImportRunning, ImportTooSlow
from .report import Report


def csv_of(names: Sequence[str]) -> str:
    return "".join(f"{','.join(line)}\r\n" for line in (names, [str(BOOK[n]) for n in names]))


def ndjson_of(names: Sequence[str]) -> str:
    return json.dumps({name: BOOK[name] for name in names}, separators=(",", ":")) + "\n"


# A store may have another currency than the example's, so that the files to import have none.
CSV_FILE, NDJSON_FILE = csv_of(STORED), ndjson_of(STORED)

EXPORT = [
    THROTTLED,
    json_example("Middlemarch", csv_of(MEMBERS), media_type=CSV.media_type, status=200),
    json_example("Middlemarch", ndjson_of(MEMBERS), media_type=NDJSON.media_type, status=200),
    invalid_parameter("format", detail="Give one of csv, ndjson."),
]

ACCOUNT_EXPORT = [
    THROTTLED,
    json_example("The archive", "PK…", media_type="application/zip", status=200),
]

REFUSAL = RowError(
    line=3, pointer="#/price", code="invalid", detail="Give a price in plain digits, such as 12.50."
)
REFUSED = Report(created=1, refused=1, errors=[REFUSAL])
FULL_REPORT = "".join(
    f"{json.dumps(line)}\n"
    for line in (
        {"line": 2, "result": "created", "id": 31, "errors": [], "notes": []},
        {"report": Report(created=1).data()},
    )
)
IMPORT = [
    json_example("Middlemarch", CSV_FILE, media_type=CSV.media_type, is_request=True),
    json_example("Middlemarch", NDJSON_FILE, media_type=NDJSON.media_type, is_request=True),
    json_example(
        "Middlemarch",
        CSV_FILE.replace(",", "\t"),
        media_type=CSV_KIND.media_types[1],
        is_request=True,
    ),
    # The bytes of a workbook are a zip archive.
    json_example("Middlemarch", "PK…", media_type=WORKBOOK.media_types[0], is_request=True),
    json_example(
        "A spreadsheet",
        {"file": "PK…", "dry_run": True, "unknown": "ignore", "date_format": "%d.%m.%Y"},
        media_type="multipart/form-data",
        is_request=True,
    ),
    json_example("One new book", Report(created=1).data()),
    json_example("One new book", FULL_REPORT, media_type=NDJSON.media_type, status=200),
    error_example("A row is not valid", ImportRefused, report=REFUSED.data()),
    KEY_REUSED,
    INVALID_KEY,
    invalid_parameter("on_error", detail="Give reject or skip."),
    problem_example(
        "Another request changed one of the books",
        status=409,
        code="changed_meanwhile",
        detail="Somebody changed one of these books meanwhile. Send the file again.",
    ),
    error_example("Another import of yours is running", ImportRunning),
    error_example("The import takes too long", ImportTooSlow),
    THROTTLED,
]
