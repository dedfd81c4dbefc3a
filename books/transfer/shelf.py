"""The books that the rows of a chunk may be about, as the earlier rows leave them."""

from collections import defaultdict
from collections.abc import Iterable

from .row_checks import Edition
from .stored_books import Stored


class Shelf:
    """Books by id, by name and author, and by ISBN."""

    def __init__(self, books: Iterable[Stored]) -> None:
        self._by_id: dict[int, Stored] = {}
        self._by_title: dict[tuple[int, str, str], list[Stored]] = defaultdict(list)
        self._by_isbn: dict[tuple[int, str], list[Stored]] = defaultdict(list)
        # Editions that an earlier row of the chunk renamed away, so that they are free again.
        self.freed: set[tuple[int, Edition]] = set()
        for book in books:
            # The plan has a book of its own for each edit of a stored book.
            if book.id is None or book.id not in self._by_id:
                self.put(book)

    def put(self, book: Stored) -> None:
        """Add a book, under its present values."""
        if book.id is not None:
            self._by_id[book.id] = book
        self._by_title[(book.owner_id, *book.title)].append(book)
        if book.isbn is not None:
            self._by_isbn[(book.owner_id, book.isbn)].append(book)
        self.freed.discard((book.owner_id, book.edition))

    def take(self, book: Stored) -> None:
        """Remove a book from its places, before its values change."""
        self._by_title[(book.owner_id, *book.title)].remove(book)
        if book.isbn is not None:
            self._by_isbn[(book.owner_id, book.isbn)].remove(book)
        self.freed.add((book.owner_id, book.edition))

    def with_id(self, key: int) -> Stored | None:
        return self._by_id.get(key)

    def alike(self, owner: int, title: tuple[str, str], isbn: str | None) -> list[Stored]:
        """Return the books of an owner with a name and author, or with an ISBN."""
        titled = self._by_title.get((owner, *title), [])
        same = [] if isbn is None else self._by_isbn.get((owner, isbn), [])
        return [*titled, *(book for book in same if book not in titled)]

    def has(self, owner: int, edition: Edition) -> bool:
        name, author, _ = edition
        titled = self._by_title.get((owner, name, author), [])
        return any(book.edition == edition for book in titled)
