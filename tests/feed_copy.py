"""A copy of the catalogue that follows the feed of changes, as docs/syncing.md says."""

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

# Sends a GET to a path below /api/v1/, and returns the status and the JSON.
Get = Callable[[str], tuple[int, Any]]


class Copy:
    """Books by id. `relisted` counts how often the service did not know the cursor any more."""

    def __init__(self, get: Get, *, limit: int = 100) -> None:
        self._get = get
        self._limit = limit
        self.books: dict[int, Any] = {}
        self.since: str | None = None
        self.relisted = 0
        self._listed: dict[int, Any] | None = {}

    def sync(self) -> list[tuple[str, int, int]]:
        """Follow the feed to its present end; return kind, id and version of each entry."""
        entries = []
        while True:
            page = self.page()
            entries += [(each["kind"], each["id"], each["version"]) for each in page["results"]]
            if not page["has_more"]:
                break
        if self._listed is not None:
            # The list is whole now: books that it did not have are gone.
            self.books, self._listed = self._listed, None
        return entries

    def page(self) -> Any:
        """Store one page of the feed, and return it."""
        status, page = self._ask()
        if status == 410:
            assert page["code"] == "cursor_expired"
            self.since, self._listed = None, {}
            self.relisted += 1
            status, page = self._ask()
        assert status == 200, page
        books = self.books if self._listed is None else self._listed
        for each in page["results"]:
            assert (each["book"] is None) == (each["kind"] == "deleted")
            if each["book"] is None:
                books.pop(each["id"], None)
            else:
                books[each["id"]] = each["book"]
        self.since = page["cursor"]
        return page

    def _ask(self) -> tuple[int, Any]:
        since = {} if self.since is None else {"since": self.since}
        return self._get(f"books/changes?{urlencode({'limit': self._limit, **since})}")


def catalogue(get: Get) -> dict[int, Any]:
    """Return all books by id, as the list of books shows them."""
    books: dict[int, Any] = {}
    last: dict[str, Any] = {}
    while True:
        status, page = get(f"books?{urlencode({'limit': 100, **last})}")
        assert status == 200, page
        books |= {book["id"]: book for book in page["results"]}
        if page["next"] is None:
            return books
        last = {"cursor": parse_qs(urlsplit(page["next"]).query)["cursor"][0]}
