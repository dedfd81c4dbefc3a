"""The books that the rows of a chunk may be about, as the earlier rows leave them."""

from collections import defaultdict, deque
from collections.abc import Callable, Hashable, Iterable, Mapping
from itertools import islice

from books.values.texts import normalize_text

from .row_checks import Edition
from .stored_books import Stored


class Shelf:
    """Books by id, by name and author, by ISBN, and by all three.

    A look-up takes the same time however many editions a title has, or titles an ISBN.
    """

    def __init__(self, books: Iterable[Stored], *, is_claimed: Callable[[Stored], bool]) -> None:
        """A book that `is_claimed` by an earlier row of the file stays so."""
        self._is_claimed = is_claimed
        self._by_id: dict[int, Stored] = {}
        # The keys of a dict are a set that keeps its order.
        self._by_key: dict[Hashable, dict[Stored, None]] = defaultdict(dict)
        self._by_isbn: dict[tuple[int, str], deque[Stored]] = defaultdict(deque)
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
        for key in _keys(book):
            self._by_key[key][book] = None
        if book.isbn is not None:
            self._by_isbn[book.owner_id, book.isbn].append(book)
        self.freed.discard((book.owner_id, book.edition))

    def take(self, book: Stored) -> None:
        """Remove a book from its places, before its values change for a row that claims it."""
        for key in _keys(book):
            del self._by_key[key][book]
        self.freed.add((book.owner_id, book.edition))

    def with_id(self, key: int) -> Stored | None:
        return self._by_id.get(key)

    def alike(self, owner: int, edition: Edition) -> list[Stored]:
        """Return the books of an owner that decide which one a row with this edition is about.

        They are the one of its name, author and ISBN, two of its name and author, and two of its
        ISBN that are not claimed.
        """
        name, author, isbn = edition
        found = {**self._at((owner, edition))}
        found |= dict.fromkeys(islice(self._at((owner, name, author)), 2))
        if isbn is not None:
            found |= self._at((owner, isbn, name, author))
            found |= dict.fromkeys(self._unclaimed(owner, isbn))
        return list(found)

    def has(self, owner: int, edition: Edition) -> bool:
        return bool(self._at((owner, edition)))

    def _at(self, key: Hashable) -> Mapping[Stored, None]:
        return self._by_key.get(key, {})

    def _unclaimed(self, owner: int, isbn: str) -> list[Stored]:
        """Return two books of an ISBN that are not claimed. Those before them are dropped."""
        books = self._by_isbn.get((owner, isbn), deque())
        for place in range(2):
            while len(books) > place and self._is_claimed(books[place]):
                del books[place]
        return [*islice(books, 2)]


def _keys(book: Stored) -> list[Hashable]:
    """Return the keys of a book. A name that was stored under older rules is found by its ISBN."""
    keys: list[Hashable] = [(book.owner_id, book.edition), (book.owner_id, *book.title)]
    if book.isbn is not None:
        keys.append((book.owner_id, book.isbn, *map(normalize_text, book.title)))
    return keys
