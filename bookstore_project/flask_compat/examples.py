"""Requests and responses of the tutorial's routes, for the OpenAPI document."""

from drf_spectacular.utils import OpenApiExample

from accounts.api.examples import ACCESS, ADA, PASSWORD
from accounts.tokens.required_factor import FactorSetupRequired
from bookstore_project.http import cross_site
from bookstore_project.http.refusal import DATABASE_UNAVAILABLE
from bookstore_project.http.utf8 import NOT_UTF8_QUERY
from bookstore_project.openapi.examples import json_example

BOOK = {
    "name": "Middlemarch",
    "Author": "George Eliot",
    "Publisher": "William Blackwood and Sons",
    "book_prize": 12,
}


def message_example(name: str, message: str, *, status: int) -> OpenApiExample:
    """Return an example of an error. An example on an operation also documents the status."""
    return OpenApiExample(
        name, {"message": message}, status_codes=[str(status)], response_only=True
    )


# The default examples of each status, for operations without an example of their own.
MESSAGES = {
    400: [
        message_example("A member is missing", "name: This field is required.", status=400),
        message_example("The query is not UTF-8", NOT_UTF8_QUERY, status=400),
    ],
    401: [
        message_example("No token", "a valid token is missing", status=401),
        message_example("The token can't be used", "token is invalid", status=401),
    ],
    403: [
        message_example(
            "Not an admin", "You do not have permission to perform this action.", status=403
        ),
        message_example(
            "An admin without the second factor that the server requires",
            FactorSetupRequired.default_detail,
            status=403,
        ),
    ],
    404: [message_example("Not one of your books", "book does not exist", status=404)],
    413: [message_example("Too large", "The request body is too large.", status=413)],
    503: [message_example("The database is unavailable", DATABASE_UNAVAILABLE.detail, status=503)],
}

CROSS_SITE = message_example("Sent by a page of another site", cross_site.API_DETAIL, status=403)

THROTTLED = message_example(
    "Too often", "Request was throttled. Expected available in 42 seconds.", status=429
)

REGISTER = [
    CROSS_SITE,
    THROTTLED,
    json_example("Ada", {"name": ADA["name"], "password": PASSWORD}, is_request=True),
    json_example("Done", {"message": "registered successfully"}),
    message_example("The name is taken", "This name is taken. Choose another.", status=409),
]
LOG_IN = [
    CROSS_SITE,
    THROTTLED,
    json_example("Ada", {"name": ADA["name"], "password": PASSWORD}, is_request=True),
    json_example("A token", {"token": ACCESS}),
    OpenApiExample(
        "The name or the password is wrong",
        "could not verify",
        media_type="text/html",
        status_codes=["401"],
        response_only=True,
    ),
]
LIST_USERS = [
    json_example(
        "Ada",
        {"users": [{member: ADA[member] for member in ("public_id", "name", "admin")}]},
    )
]
BOOK_EXISTS = message_example(
    "The book already exists", "This owner already has that book by that author.", status=409
)
CREATE_BOOK = [
    json_example("Middlemarch", {**BOOK, "book_prize": "12"}, is_request=True),
    json_example("Done", {"message": "new books created"}),
    BOOK_EXISTS,
]
LIST_BOOKS = [json_example("Middlemarch", {"list_of_books": [{"id": 31, **BOOK}]})]
SHOW_BOOK = [json_example("Middlemarch", {"id": 31, **BOOK})]
CHANGE_BOOK = [
    json_example("A new price", {"book_prize": "9"}, is_request=True),
    json_example("Done", {"message": "Book updated"}),
    BOOK_EXISTS,
]
DELETE_BOOK = [json_example("Done", {"message": "Book deleted"})]
