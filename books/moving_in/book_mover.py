"""Imports books."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import count, groupby

from books.models import Book, BookChange

from .batches import batched
from .book_rules import book_price, book_text, numbered_title
from .old_file import MAXIMUM_ID, OldBook
from .report import Problem, Report, Row
from .user_mover import UserMover
from .values import text_of

# Name and author, which distinguish the books of one owner.
Title = tuple[str, str]


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
        old_id = self.old.id
        return old_id if isinstance(old_id, int) and 1 <= old_id <= MAXIMUM_ID else None


class BookMover:
    """Stores books with their old ids. Books that an owner already has are not changed."""

    def __init__(self, report: Report, users: UserMover, *, first_new_id: int) -> None:
        self._report = report
        self._users = users
        self._new_ids = count(first_new_id)

    def move(self, books: Iterable[OldBook]) -> None:
        for batch in batched(self._arrivals(books)):
            self._move_batch(batch)

    def _arrivals(self, books: Iterable[OldBook]) -> Iterator[Arrival]:
        """Yield the books with unique titles. The books of one owner are consecutive."""
        for _, group in groupby(books, key=lambda book: book.user_id):
            titles: set[Title] = set()
            to_rename = []
            for old in group:
                arrival = self._arrival(old)
                if arrival.is_titled_as_it_was and arrival.title not in titles:
                    titles.add(arrival.title)
                    yield arrival
                else:
                    to_rename.append(arrival)
            # Last, so that a new title never equals one that is in the file.
            yield from _renamed(to_rename, titles)

    def _arrival(self, old: OldBook) -> Arrival:
        row = Row(table="books", id=old.id)
        book = Book(
            owner_id=self._users.owner(row, old),
            name=book_text(row, "name", old.name),
            author=book_text(row, "author", old.author),
            publisher=book_text(row, "publisher", old.publisher),
            price=book_price(row, old.price),
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
        for field in ("publisher", "price"):
            wished, kept = getattr(arrival.book, field), getattr(stored, field)
            if wished != kept:
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
        if book.pk != arrival.old.id:
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
    books = Book.objects.filter(
        owner__in={arrival.book.owner_id for arrival in arrivals},
        name__in={arrival.book.name for arrival in arrivals},
    )
    return {(book.owner_id, book.name, book.author): book for book in books}
