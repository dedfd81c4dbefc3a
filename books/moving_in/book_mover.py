"""Imports books."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import count

from books.models import Book, BookChange
from books.values.texts import is_unedited, normalize_text

from .batches import batched
from .book_owners import BookOwners, Shelf, Title
from .book_rules import (
    book_date,
    book_isbn,
    book_price,
    book_text,
    numbered_title,
    storable,
)
from .old_file import MAXIMUM_ID, OldBook
from .report import Problem, Report, Row
from .values import text_of

# An integer in a column of any type, as SQLite writes it.
CANONICAL_ID = re.compile(r"[1-9][0-9]{0,15}", re.ASCII)

# Fields of a book that is here already and may differ from the old file.
COMPARED = ("publisher", "price", "isbn", "published_on")


@dataclass(slots=True, kw_only=True)
class Arrival:
    """A row of the old file, and the book that it becomes."""

    row: Row
    book: Book
    old: OldBook

    @property
    def title(self) -> Title:
        return self.book.name, self.book.author

    @property
    def is_titled_as_it_was(self) -> bool:
        return self.title == (text_of(self.old.name), text_of(self.old.author))

    @property
    def old_id(self) -> int | None:
        """The id that old clients use for the book, or None if a book can't have this id."""
        text = text_of(self.old.id) or ""
        is_canonical = CANONICAL_ID.fullmatch(text) is not None
        return int(text) if is_canonical and int(text) <= MAXIMUM_ID else None


class BookMover:
    """Stores books with their old ids. Books that an owner already has are not changed."""

    def __init__(
        self, report: Report, owners: BookOwners, *, first_new_id: int, absent: set[str]
    ) -> None:
        """Take the names of the columns that the file does not have as `absent`."""
        self._report = report
        self._owners = owners
        self._new_ids = count(first_new_id)
        self._absent = absent

    def move(self, books: Iterable[OldBook]) -> None:
        for batch in batched(self._arrivals(books)):
            self._move_batch(batch)

    def _arrivals(self, books: Iterable[OldBook]) -> Iterator[Arrival]:
        """Yield the books with unique titles. The books of one owner are consecutive."""
        for shelf in self._owners.shelves(books):
            to_rename = []
            for old in shelf.books:
                arrival = self._arrival(shelf, old)
                if arrival.is_titled_as_it_was and arrival.title not in shelf.titles:
                    shelf.titles.add(arrival.title)
                    yield arrival
                else:
                    to_rename.append(arrival)
            # Last, so that a new title never equals one that is in the file.
            yield from _renamed(to_rename, shelf.titles)

    def _arrival(self, shelf: Shelf, old: OldBook) -> Arrival:
        row = Row(table="books", id=old.id)
        shelf.note_owner(row, old)
        texts = {
            name: book_text(row, name, getattr(old, name), is_absent=name in self._absent)
            for name in ("name", "author", "publisher")
        }
        book = Book(
            owner_id=shelf.owner,
            **texts,
            price=book_price(row, old.price),
            isbn=book_isbn(row, old.isbn),
            published_on=book_date(row, old.published_on),
        )
        return Arrival(row=row, book=book, old=old)

    def _move_batch(self, arrivals: list[Arrival]) -> None:
        here = _here(arrivals)
        ids = [arrival.old_id for arrival in arrivals if arrival.old_id is not None]
        taken = set(Book.objects.filter(pk__in=ids).values_list("pk", flat=True))
        # A deleted book keeps its id: it has a history under it, and can be restored.
        had = BookChange.objects.filter(book_id__in=ids).values_list("book_id", flat=True)
        taken.update(had.distinct())
        to_store = []
        for arrival in arrivals:
            if stored := here.get((arrival.book.owner_id, *arrival.title)):
                self._recognise(arrival, stored)
            else:
                is_free = arrival.old_id is not None and arrival.old_id not in taken
                arrival.book.pk = arrival.old_id if is_free else next(self._new_ids)
                to_store.append(arrival)
        self._store(to_store)

    def _recognise(self, arrival: Arrival, stored: Book) -> None:
        for field in COMPARED:
            wished, kept = getattr(arrival.book, field), getattr(stored, field)
            if wished != kept and not is_unedited(kept, wished):
                was = getattr(arrival.old, field)
                done = f"kept as it is here: {kept}"
                arrival.row.note(Problem.BOOK_DIFFERS, field, was=was, done=done)
        self._report.already_here["books"] += 1
        self._finish(arrival, stored)

    def _store(self, arrivals: list[Arrival]) -> None:
        Book.objects.bulk_create(arrival.book for arrival in arrivals)
        for arrival in arrivals:
            self._report.taken["books"] += 1
            self._finish(arrival, arrival.book)

    def _finish(self, arrival: Arrival, book: Book) -> None:
        if book.pk != arrival.old_id:
            problem = Problem.ID_INVALID if arrival.old_id is None else Problem.ID_TAKEN
            arrival.row.note(problem, "id", was=arrival.old.id, done=f"the id here is {book.pk}")
        self._report.add(arrival.row)


def _renamed(arrivals: list[Arrival], titles: set[Title]) -> Iterator[Arrival]:
    """Yield books whose titles changed, with a number if the owner already has that title."""
    numbers: dict[Title, int] = {}
    for arrival in arrivals:
        wished = arrival.title
        if wished in titles:
            number = numbers.get(wished, 2)
            while arrival.title in titles:
                arrival.book.name = numbered_title(wished[0], number)
                number += 1
            numbers[wished] = number
            done = f"stored as {arrival.book.name!r}"
            arrival.row.note(Problem.TITLE_DUPLICATE, "name", was=arrival.old.name, done=done)
        titles.add(arrival.title)
        yield arrival


def _here(arrivals: list[Arrival]) -> dict[tuple[int, str, str], Book]:
    """Return the stored books by owner and normalised title.

    An earlier run may have stored the texts as they are in the old file.
    """
    books = Book.objects.filter(
        owner__in={arrival.book.owner_id for arrival in arrivals},
        name__in={name for arrival in arrivals for name in _names(arrival)},
    )
    titles = {
        (book.owner_id, normalize_text(book.name), normalize_text(book.author)): book
        for book in books
    }
    return titles | {(book.owner_id, book.name, book.author): book for book in books}


def _names(arrival: Arrival) -> tuple[str, str]:
    return arrival.book.name, storable(text_of(arrival.old.name) or "")
