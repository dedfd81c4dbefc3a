"""The statements of both FastAPI peers."""

from typing import Any
from uuid import UUID

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import contains_eager, joinedload

from .surroundings import PAGE
from .tables import Book, User


def active_user(public_id: str) -> Select[Any]:
    return select(User).where(User.public_id == UUID(public_id), User.is_active)


def user_named(name: str) -> Select[Any]:
    return select(User).where(User.name == name, User.is_active)


def page_of(user: User, *, is_own: bool, q: str | None) -> Select[Any]:
    books = select(Book).join(Book.owner).options(contains_eager(Book.owner))
    if is_own:
        books = books.where(Book.owner_id == user.id)
    if q is not None:
        columns = (Book.name, Book.author, Book.publisher)
        books = books.where(or_(*(column.icontains(q, autoescape=True) for column in columns)))
    return books.order_by(Book.id).limit(PAGE)


def all_of(user: User) -> Select[Any]:
    return select(Book).where(Book.owner_id == user.id).order_by(Book.id)


def one_book(book_id: int) -> Select[Any]:
    return select(Book).where(Book.id == book_id).options(joinedload(Book.owner))
