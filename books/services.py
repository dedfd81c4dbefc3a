"""The rules about books that both HTTP surfaces follow."""

from typing import Any

from django.db import DatabaseError, IntegrityError, transaction

from accounts.models import User
from accounts.sessions import SessionEndedError
from bookstore_project.errors import ConflictError

from .models import Book


def book_create(*, owner: User, **fields: Any) -> Book:
    """Store a new book of `owner`. The caller has validated the fields.

    Raises ConflictError (`book_exists`) if the owner already has that name by that author, and
    SessionEndedError if their account was deleted meanwhile.
    """
    return _save(Book(owner=owner, **fields))


def book_update(*, book: Book, **fields: Any) -> Book:
    """Store new values of some fields, and leave the others as they are stored.

    Raises ConflictError (`book_exists`), and Book.DoesNotExist if the book was deleted meanwhile.
    """
    for name, value in fields.items():
        setattr(book, name, value)
    try:
        return _save(book, update_fields=[*fields, "updated_at"])
    except DatabaseError as error:
        # With update_fields, Django raises this for a row that is gone instead of inserting it.
        if Book.objects.filter(pk=book.pk).exists():
            raise
        raise Book.DoesNotExist from error


def _save(book: Book, *, update_fields: list[str] | None = None) -> Book:
    try:
        with transaction.atomic():
            book.save(update_fields=update_fields)
    except IntegrityError as error:
        twins = Book.objects.exclude(pk=book.pk).filter(
            owner=book.owner_id, name=book.name, author=book.author
        )
        if not User.objects.filter(pk=book.owner_id).exists():
            raise SessionEndedError from error
        if not twins.exists():
            raise
        raise ConflictError(
            code="book_exists",
            detail="This owner already has that book by that author.",
        ) from error
    return book
