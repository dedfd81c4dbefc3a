"""Generates records for the admin's other lists: changes, events, and one long history."""

from collections.abc import Iterable, Iterator
from copy import copy
from datetime import timedelta
from itertools import chain, islice
from typing import Any

from django.utils import timezone

from accounts.models import AuthEvent, EventKind, User
from accounts.origins import Origin
from books.models import Book, BookChange, ChangeKind
from books.services.history import change_of

RECORDS = 300_000
LONG_HISTORY = 2_000
BATCH = 5_000
# Every hundredth change is a deletion; the book itself stays.
DELETED = 100


def admin_with_records() -> User:
    """Return the admin who requests the pages; on the first run, create the records."""
    admin: User | None = User.objects.filter(name="benchmark").first()
    if admin is not None:
        return admin
    admin = User.objects.create(name="benchmark", admin=True, is_superuser=True)
    origin = Origin(actor=admin)
    _store(BookChange, chain(_changes(origin), _long_history(origin)))
    _store(AuthEvent, _events())
    return admin


def book_with_long_history() -> Book:
    return Book.objects.select_related("owner").earliest("pk")


def _store(model: Any, rows: Iterable[Any]) -> None:
    remaining = iter(rows)
    while batch := list(islice(remaining, BATCH)):
        model.objects.bulk_create(batch, batch_size=500)


def _changes(origin: Origin) -> Iterator[BookChange]:
    books = Book.objects.select_related("owner").order_by("-pk")[:RECORDS]
    for number, book in enumerate(books.iterator(chunk_size=BATCH)):
        if number % DELETED:
            yield _change(book, version=1, origin=origin)
        else:
            yield change_of(ChangeKind.DELETED, before=book, after=None, origin=origin)


def _long_history(origin: Origin) -> Iterator[BookChange]:
    book = book_with_long_history()
    for version in range(1, LONG_HISTORY):
        yield _change(book, version=version, origin=origin)


def _change(book: Book, *, version: int, origin: Origin) -> BookChange:
    before, after = copy(book), copy(book)
    before.version, after.version = version, version + 1
    after.publisher = f"{book.publisher}, {version}"
    return change_of(ChangeKind.CHANGED, before=before, after=after, origin=origin)


def _events() -> Iterator[AuthEvent]:
    """Yield logins, of which one in ten failed; the oldest event is the only one of its kind."""
    now = timezone.now()
    users = list(User.objects.all())
    for number in range(RECORDS):
        user = users[number % len(users)]
        kind = EventKind.LOGIN if number % 10 else EventKind.LOGIN_FAILED
        yield AuthEvent(
            kind=kind if number else EventKind.KEY_CHANGED,
            at=now - timedelta(seconds=100 * (RECORDS - number)),
            subject_id=user.public_id,
            subject_name=user.name,
            address=f"192.0.2.{number % 256}",
        )
