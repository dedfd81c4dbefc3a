"""Files of books, and the requests that import them."""

import gzip
from typing import Any

from books.models import Book, BookChange
from books.transfer.formats import time_text
from tests.client import ConformingClient

from .conftest import BOOKS

IMPORT = f"{BOOKS}/import"
HEAD = "name,author,publisher"
KNOWN = f"id,created_at,{HEAD}"
EMMA = "Emma,Jane Austen,Murray"


def post(
    client: ConformingClient,
    content: bytes | str,
    *,
    kind: str = "text/csv",
    headers: dict[str, str] | None = None,
    **parameters: str,
) -> Any:
    """Send a file to be imported."""
    data: Any = content.encode() if isinstance(content, str) else content
    query = "&".join(f"{name}={value}" for name, value in parameters.items())
    return client.generic("POST", f"{IMPORT}?{query}", data, content_type=kind, headers=headers)


def counts(response: Any) -> tuple[int, int, int, int]:
    """Return how many rows were created, changed, unchanged and refused."""
    body = response.json()
    report = body.get("report", body)
    return report["created"], report["changed"], report["unchanged"], report["refused"]


def refusals(response: Any) -> list[tuple[int, str, str]]:
    """Return the line, pointer and code of each error of a refused file."""
    assert response.status_code == 422
    body = response.json()
    assert body["code"] == "import_refused"
    return codes(body["report"])


def codes(report: dict[str, Any]) -> list[tuple[int, str, str]]:
    return [(error["line"], error["pointer"], error["code"]) for error in report["errors"]]


def known(book: Book) -> str:
    """Return the cells that identify a book, for a file that begins with KNOWN."""
    return f"{book.pk},{time_text(book.created_at)}"


def csv(*rows: str, head: str = HEAD) -> str:
    return "".join(f"{row}\r\n" for row in (head, *rows))


def zipped(text: str) -> bytes:
    return gzip.compress(text.encode(), mtime=0)


def stored() -> tuple[list[Any], list[Any]]:
    """Return all stored books and changes. An undone change has a position in the feed too."""
    names = [field.attname for field in Book._meta.concrete_fields if field.name != "position"]
    return list(Book.objects.order_by("pk").values(*names)), list(BookChange.objects.values())
