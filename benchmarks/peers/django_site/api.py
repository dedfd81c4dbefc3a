"""django-bolt with async handlers, structs and its own JWT, as in its documentation.

Its token is verified in Rust and contains the user's key in `sub`; the user is read from the
database for each request that needs one, as in its documentation.
"""

import base64
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

import msgspec
from asgiref.sync import sync_to_async
from django.contrib.auth import authenticate
from django.db.models import Q
from django_bolt import BoltAPI, Request
from django_bolt.auth import IsAuthenticated, JWTAuthentication
from django_bolt.exceptions import HTTPException
from peers.credentials import new_token
from peers.surroundings import PAGE, whole_or_float

from .models import Book, User

Text = Annotated[str, msgspec.Meta(min_length=1, max_length=255)]


class BookIn(msgspec.Struct):
    name: Text
    author: Text
    publisher: Text
    price: Decimal | None = None
    isbn: str | None = None
    published_on: str | None = None


class BookOut(msgspec.Struct):
    id: int
    owner: str
    name: str
    author: str
    publisher: str
    price: Decimal | None
    isbn: str | None
    published_on: str | None
    created_at: datetime
    updated_at: datetime
    version: int
    currency: None = None


class Page(msgspec.Struct):
    results: list[BookOut]


class TutorialBook(msgspec.Struct):
    id: int
    name: str
    Author: str
    Publisher: str
    book_prize: float | int | None


class BookList(msgspec.Struct):
    list_of_books: list[TutorialBook]


api = BoltAPI(enable_logging=False)
KNOWN: dict[str, Any] = {"auth": [JWTAuthentication()], "guards": [IsAuthenticated()]}


async def current_user(request: Request) -> User:
    user = await User.objects.filter(pk=request["context"]["user_id"], is_active=True).afirst()
    if user is None:
        raise HTTPException(status_code=401)
    return user


def book_out(book: Book) -> BookOut:
    return BookOut(
        id=book.pk,
        owner=str(book.owner.public_id),
        name=book.name,
        author=book.author,
        publisher=book.publisher,
        price=book.price,
        isbn=book.isbn,
        published_on=book.published_on,
        created_at=book.created_at,
        updated_at=book.updated_at,
        version=book.version,
    )


@api.get("/api/v1/books", **KNOWN)
async def read_page(request: Request, owner: str = "", q: str | None = None) -> Page:
    user = await current_user(request)
    books = Book.objects.select_related("owner").order_by("id")
    if owner == "me":
        books = books.filter(owner=user)
    if q is not None:
        found = Q(name__icontains=q) | Q(author__icontains=q) | Q(publisher__icontains=q)
        books = books.filter(found)
    return Page(results=[book_out(book) async for book in books[:PAGE]])


@api.get("/books", **KNOWN)
async def read_all(request: Request) -> BookList:
    books = Book.objects.filter(owner=await current_user(request)).order_by("id")
    return BookList(
        list_of_books=[
            TutorialBook(
                id=book.pk,
                name=book.name,
                Author=book.author,
                Publisher=book.publisher,
                book_prize=whole_or_float(book.price),
            )
            async for book in books
        ]
    )


@api.get("/api/v1/books/{book_id}", **KNOWN)
async def read_one(request: Request, book_id: int) -> BookOut:
    await current_user(request)
    book = await Book.objects.select_related("owner").filter(pk=book_id).afirst()
    if book is None:
        raise HTTPException(status_code=404)
    return book_out(book)


@api.post("/api/v1/books", status_code=201, **KNOWN)
async def create(request: Request, body: BookIn) -> BookOut:
    user = await current_user(request)
    return book_out(await Book.objects.acreate(owner=user, **msgspec.structs.asdict(body)))


@api.post("/login")
async def log_in(request: Request) -> dict[str, str]:
    sent = request["headers"]["authorization"].removeprefix("Basic ")
    name, _, password = base64.b64decode(sent).decode().partition(":")
    user: Any = await sync_to_async(authenticate, thread_sensitive=False)(
        username=name, password=password
    )
    if user is None:
        raise HTTPException(status_code=401)
    return {"token": new_token(user.public_id)}
