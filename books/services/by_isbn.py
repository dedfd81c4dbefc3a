"""Creates or updates a book by its ISBN, for jobs that send the same books again and again."""

from contextlib import suppress
from typing import Any

from django.db import transaction

from accounts.models import User
from accounts.origins import Origin
from books.models import Book, BookQuerySet
from bookstore_project.db.long_writes import require_no_long_write
from bookstore_project.errors import ConflictError, SessionEndedError, StaleError
from bookstore_project.http.preconditions import Precondition

from .books import book_create, book_update


def book_of_isbn(*, owner: User, isbn: str) -> Book | None:
    """Return the book of `owner` with this ISBN, or None.

    Raises ConflictError (`isbn_ambiguous`) if there are several.
    """
    return _only(_books_of(owner).filter(isbn=isbn))


def book_put(
    *, owner: User, isbn: str, fields: dict[str, Any], origin: Origin, condition: Precondition
) -> tuple[Book, bool]:
    """Store a book of `owner` with this ISBN. Return it, and whether it is new.

    A book that has the ISBN is updated. Otherwise the only book of that name and author gets it, if
    it has no ISBN yet; otherwise a book is created. `fields` are valid, with the name and author.

    Two requests with one ISBN at the same time create one book. Raises StaleError if the book does
    not meet the condition, or if there is none and If-Match was sent, ConflictError
    (`isbn_ambiguous`, `book_exists`), SessionEndedError, LongWriteError, and DatabaseError during a
    long write.
    """
    values = {**fields, "isbn": isbn}
    book = book_of_isbn(owner=owner, isbn=isbn)
    if book is not None:
        # If it is deleted meanwhile, it is created again.
        with suppress(Book.DoesNotExist):
            return book_update(book=book, origin=origin, condition=condition, **values), False
    with transaction.atomic():
        book = _locked(owner, isbn=isbn, name=values["name"], author=values["author"])
        if book is not None:
            return book_update(book=book, origin=origin, condition=condition, **values), False
        if condition.if_match is not None:
            raise StaleError(None)
        return book_create(owner=owner, **values), True


def _locked(owner: User, *, isbn: str, name: str, author: str) -> Book | None:
    """Return the book that gets the values, locked until the transaction ends, or None.

    No constraint makes the ISBN of an owner unique, so the owner's row makes two requests take
    turns. On SQLite the transaction itself excludes other writers.
    """
    require_no_long_write([owner.pk])
    # The foreign key is checked at the end of the transaction; with the lock the account stays.
    if not User.objects.select_for_update(no_key=True).filter(pk=owner.pk).values_list("pk"):
        raise SessionEndedError
    books = _books_of(owner).select_for_update(of=("self",))
    book = _only(books.filter(isbn=isbn))
    if book is not None:
        return book
    # With a second edition it would be unclear which of the two the ISBN is of.
    namesakes = list(books.filter(name=name, author=author)[:2])
    is_without = len(namesakes) == 1 and namesakes[0].isbn is None
    return namesakes[0] if is_without else None


def _books_of(owner: User) -> BookQuerySet:
    return Book.objects.owned_by(owner).with_owner().order_by("pk")


def _only(books: BookQuerySet) -> Book | None:
    found = list(books[:2])
    if len(found) > 1:
        raise ConflictError(
            code="isbn_ambiguous",
            detail="You have several books with this ISBN. Change the right one by its id.",
        )
    return found[0] if found else None
