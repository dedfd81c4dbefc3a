"""Requests and responses of batches of books, for the OpenAPI document."""

from typing import Any

from drf_spectacular.utils import OpenApiExample

from books.api.batch import STALE
from bookstore_project.api.errors import PreconditionFailed
from bookstore_project.openapi.examples import json_example, problem_example

from .examples import CHANGED, HYPHENATED, INVALID_KEY, KEY_REUSED, TOO_MANY_KEYS


def _refused(name: str, status: int, pointer: str, **problem: Any) -> OpenApiExample:
    """Return an example of the problem of one operation of a batch."""
    error = {"pointer": pointer, "code": problem["code"], "detail": problem["detail"]}
    return problem_example(name, status=status, errors=[error], **problem)


BATCH = [
    json_example(
        "A new book, a new price, and one book less",
        {
            "operations": [
                {"op": "create", "book": HYPHENATED},
                {"op": "change", "id": 31, "version": 1, "book": {"price": "9.99"}},
                {"op": "delete", "id": 30, "version": 4},
            ]
        },
        is_request=True,
    ),
    json_example(
        "All of it was done",
        {
            "outcomes": [
                {"status": 201, "id": 32, "version": 1},
                {"status": 200, "id": 31, "version": 2},
                {"status": 204, "id": 30, "version": 5},
            ]
        },
    ),
    problem_example(
        "A price is not valid",
        status=400,
        code="validation_error",
        detail="Not valid: operations/1/book/price.",
        errors=[
            {
                "pointer": "#/operations/1/book/price",
                "code": "invalid",
                "detail": "Give a price in plain digits, such as 12.50.",
            }
        ],
    ),
    INVALID_KEY,
    _refused(
        "Somebody else's book",
        403,
        "#/operations/1/id",
        code="permission_denied",
        detail="Only the owner, an editor or an admin may change this book.",
    ),
    _refused(
        "There is no such book", 404, "#/operations/2/id", code="not_found", detail="Not found."
    ),
    _refused(
        "The book exists already",
        409,
        "#/operations/0/book",
        code="book_exists",
        detail="This owner already has that book by that author.",
    ),
    _refused(
        "Somebody changed the book meanwhile",
        412,
        "#/operations/1/version",
        code=PreconditionFailed.default_code,
        detail=STALE,
        current=CHANGED,
    ),
    KEY_REUSED,
    TOO_MANY_KEYS,
]
