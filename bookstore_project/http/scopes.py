"""The scopes of API tokens, and which of them a request needs (RFC 6749 section 3.3)."""

import re

READ = "books:read"
WRITE = "books:write"

# The scopes with their meaning, in the order in which they are shown.
SCOPES = {
    READ: "Read books: lists, single books, deleted books, histories and exports.",
    WRITE: "Add, change, delete, import and restore books. It includes `books:read`.",
}

# API tokens reach these paths and no others, so that a new route elsewhere is out of their reach.
REACHED = re.compile(r"/api/v1/books(?:/|$)", re.ASCII)

SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}

OUT_OF_REACH = "API tokens reach /api/v1/books only. Sign in to use this route."


def required_scope(*, method: str, path: str) -> str | None:
    """Return the scope that a request needs; None if no API token may send it."""
    if not REACHED.match(path):
        return None
    return READ if method in SAFE_METHODS else WRITE


def includes(granted: tuple[str, ...], required: str) -> bool:
    """Return whether the `granted` scopes include a scope. Writing includes reading."""
    return required in granted or WRITE in granted


def lacking(required: str) -> str:
    """Return what is wrong with a token that lacks a scope."""
    return f"This needs an API token with the scope {required}."
