"""Requests and responses of books, for the OpenAPI document."""

from accounts.api.examples import THROTTLED
from books.fields import FIELDS
from bookstore_project.api.errors import PreconditionFailed
from bookstore_project.errors import TooManyTiesError
from bookstore_project.openapi.examples import (
    error_example,
    invalid_field,
    invalid_parameter,
    json_example,
    problem_example,
)

from .feed_cursors import FOREIGN_CURSOR, CursorExpired
from .idempotency import KeyReused, TooManyKeys

SET = {field.name: field.example for field in FIELDS}
BOOK = {
    "id": 31,
    "owner": "0b7e2f5c-6d1a-4b8e-9f3c-2a1d4e5f6a7b",
    **SET,
    "created_at": "2026-01-05T09:31:00.000000Z",
    "updated_at": "2026-01-05T09:31:00.000000Z",
    "version": 1,
    "currency": "EUR",
}
CHANGED = {**BOOK, "price": "9.99", "version": 2}
HYPHENATED = {**SET, "isbn": "978-0-14-143954-9"}

NOT_AN_ISBN = invalid_field(
    "isbn",
    code="isbn",
    detail="This is not an ISBN: give 10 or 13 digits with the right check digit.",
)
BOOK_EXISTS = problem_example(
    "The book exists already",
    status=409,
    code="book_exists",
    detail="This owner already has that book by that author.",
)
NOT_YOURS = problem_example(
    "Somebody else's book",
    status=403,
    code="permission_denied",
    detail="Only the owner, an editor or an admin may change this book.",
)
STALE = error_example("Somebody changed the book meanwhile", PreconditionFailed, current=CHANGED)
INVALID_HEADER = problem_example(
    "If-Match is not a list of tags",
    status=400,
    code="invalid_header",
    detail='Write If-Match as "…", "…" with tags from ETag, or as *.',
)
KEY_REUSED = error_example("The key belongs to another request", KeyReused)
TOO_MANY_KEYS = error_example("All keys are used up", TooManyKeys)
INVALID_KEY = problem_example(
    "The key is not valid",
    status=400,
    code="invalid_header",
    detail="Send 1 to 255 printable ASCII characters as Idempotency-Key.",
)

LIST = [
    # After several searches that took too long.
    THROTTLED,
    json_example("Middlemarch", BOOK),
    invalid_parameter(
        "price_min", code="invalid", detail="Give a price in plain digits, such as 12.50."
    ),
    problem_example(
        "Too many books for an order by two fields",
        status=400,
        code="invalid_parameter",
        detail="Not valid: ordering.",
        errors=[
            {
                "parameter": "ordering",
                "code": "too_many_ties",
                "detail": str(TooManyTiesError()),
            }
        ],
    ),
]
CREATE = [
    json_example("Middlemarch", HYPHENATED, is_request=True),
    json_example("Middlemarch", BOOK),
    NOT_AN_ISBN,
    INVALID_KEY,
    BOOK_EXISTS,
    KEY_REUSED,
    TOO_MANY_KEYS,
]
SHOW = [
    json_example("Middlemarch", BOOK),
    problem_example(
        "If-None-Match is not a list of tags",
        status=400,
        code="invalid_header",
        detail='Write If-None-Match as "…", "…" with tags from ETag, or as *.',
    ),
]
REPLACE = [
    json_example("Middlemarch", HYPHENATED, is_request=True),
    json_example("Middlemarch", CHANGED),
    NOT_AN_ISBN,
    BOOK_EXISTS,
    NOT_YOURS,
    STALE,
    INVALID_HEADER,
]
PUT_BY_ISBN = [
    json_example(
        "Middlemarch", {name: SET[name] for name in SET if name != "isbn"}, is_request=True
    ),
    json_example("Middlemarch", CHANGED),
    json_example("Middlemarch, which is new", BOOK, status=201),
    NOT_AN_ISBN,
    INVALID_HEADER,
    BOOK_EXISTS,
    problem_example(
        "Several of your books have the ISBN",
        status=409,
        code="isbn_ambiguous",
        detail="You have several books with this ISBN. Change the right one by its id.",
    ),
    STALE,
]
CHANGE = [
    json_example("A new price", {"price": "9.99"}, is_request=True),
    json_example("Middlemarch", CHANGED),
    NOT_AN_ISBN,
    BOOK_EXISTS,
    NOT_YOURS,
    STALE,
    INVALID_HEADER,
]
DELETE = [NOT_YOURS, STALE, INVALID_HEADER]

SNAPSHOT = {"owner": BOOK["owner"], **SET}
CHANGE_OF_PRICE = {
    "version": 2,
    "kind": "changed",
    "at": "2026-01-05T09:40:00.000000Z",
    "actor": BOOK["owner"],
    "actor_name": "ada",
    "before": SNAPSHOT,
    "after": {**SNAPSHOT, "price": "9.99"},
}
HISTORY = [
    json_example("A new price", CHANGE_OF_PRICE),
    problem_example(
        "Somebody else's book",
        status=403,
        code="permission_denied",
        detail="Only the owner, an editor or an admin may see the history of this book.",
    ),
    invalid_parameter("limit", detail="Give a whole number from 1 to 100."),
]
DELETED = [
    json_example(
        "Middlemarch",
        {
            "id": BOOK["id"],
            "version": 2,
            "deleted_at": "2026-01-05T09:40:00.000000Z",
            "deleted_by": BOOK["owner"],
            "book": SNAPSHOT,
        },
    ),
    invalid_parameter("owner", code="invalid", detail="Give `me` or a user's public_id."),
]
RESTORE = [
    json_example("The first version", {"version": 1}, is_request=True),
    json_example("Middlemarch", {**BOOK, "version": 3}),
    invalid_field(
        "version", code="min_value", detail="Ensure this value is greater than or equal to 1."
    ),
    NOT_YOURS,
    problem_example(
        "There is no such version",
        status=409,
        code="no_such_version",
        detail="The book has no such earlier version. Look at its history.",
    ),
    BOOK_EXISTS,
    STALE,
    INVALID_HEADER,
]


CURSOR = "WyI2ZjAxYzIiLDg0MSwzMSxmYWxzZV0:1vaCgV:QkW0mXcLr8Yb1kWnZ7oJb5m0yqv2Jd4eVf3hT6sUo9A"
CHANGES = [
    json_example(
        "A new price and a deletion",
        {
            "results": [
                {"kind": "changed", "id": BOOK["id"], "version": 2, "book": CHANGED},
                {"kind": "deleted", "id": 12, "version": 4, "book": None},
            ],
            "cursor": CURSOR,
            "has_more": False,
        },
    ),
    problem_example(
        "No cursor of this service",
        status=400,
        code="invalid_cursor",
        detail="Not valid: since.",
        errors=[
            {
                "parameter": "since",
                "code": "invalid_cursor",
                "detail": FOREIGN_CURSOR,
            }
        ],
    ),
    error_example("The cursor is too old", CursorExpired),
]
