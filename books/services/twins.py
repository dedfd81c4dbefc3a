"""Books of one owner that differ only in what nobody sees: another form of Unicode, or spaces."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from books.models import Book
from books.values.texts import normalize_text

BATCH = 2_000

# Owner, normalized name and author, ISBN.
Edition = tuple[int, str, str, str | None]


@dataclass(frozen=True, kw_only=True)
class Twins:
    """The ids of books that are equal once their texts are normalized."""

    name: str
    author: str
    ids: tuple[int, ...]


def twins() -> Iterator[Twins]:
    """Yield the twins of the whole store. Reads all books, and keeps the few that differ."""
    for (owner, name, author, isbn), ids in _unusual().items():
        stored = Book.objects.of_title(owner, name, author).filter(isbn=isbn)
        found = {*ids, *stored.values_list("pk", flat=True)}
        if len(found) > 1:
            yield Twins(name=name, author=author, ids=tuple(sorted(found)))


def _unusual() -> dict[Edition, list[int]]:
    """Return the ids of books with a text that is not normalized, by their normalized edition."""
    found: dict[Edition, list[int]] = defaultdict(list)
    last = 0
    rows = Book.objects.order_by("pk").values_list("pk", "owner_id", "name", "author", "isbn")
    while batch := list(rows.filter(pk__gt=last)[:BATCH]):
        for key, owner, name, author, isbn in batch:
            normal = normalize_text(name), normalize_text(author)
            if normal != (name, author):
                found[(owner, *normal, isbn)].append(key)
        last = batch[-1][0]
    return found
