"""django-ninja with authentication, schemas and queries as in its documentation."""

import base64
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import jwt
from django.contrib.auth import authenticate
from django.db.models import Q
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import path
from ninja import Field, NinjaAPI, Schema
from ninja.errors import HttpError
from ninja.security import HttpBearer
from peers.credentials import new_token, public_id_of
from peers.surroundings import PAGE, whole_or_float

from .models import Book, User


class BookIn(Schema):
    name: str = Field(min_length=1, max_length=255)
    author: str = Field(min_length=1, max_length=255)
    publisher: str = Field(min_length=1, max_length=255)
    price: Decimal | None = Field(None, ge=0, max_digits=10, decimal_places=2)
    isbn: str | None = None
    published_on: str | None = Field(None, max_length=10)


class BookOut(Schema):
    id: int
    owner: UUID = Field(alias="owner.public_id")
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


class Page(Schema):
    results: list[BookOut]


class TutorialBook(Schema):
    id: int
    name: str
    Author: str = Field(alias="author")
    Publisher: str = Field(alias="publisher")
    book_prize: int | float | None

    @staticmethod
    def resolve_book_prize(book: Book) -> Any:
        return whole_or_float(book.price)


class BookList(Schema):
    list_of_books: list[TutorialBook]


class Bearer(HttpBearer):
    def authenticate(self, request: HttpRequest, token: str) -> User | None:
        try:
            return User.objects.filter(public_id=public_id_of(token), is_active=True).first()
        except (jwt.InvalidTokenError, KeyError):
            return None


api = NinjaAPI(auth=Bearer())


@api.get("/api/v1/books", response=Page)
def read_page(request: Any, owner: str = "", q: str | None = None) -> Any:
    books = Book.objects.select_related("owner").order_by("id")
    if owner == "me":
        books = books.filter(owner=request.auth)
    if q is not None:
        found = Q(name__icontains=q) | Q(author__icontains=q) | Q(publisher__icontains=q)
        books = books.filter(found)
    return {"results": books[:PAGE]}


@api.get("/books", response=BookList)
def read_all(request: Any) -> Any:
    return {"list_of_books": Book.objects.filter(owner=request.auth).order_by("id")}


@api.get("/api/v1/books/{book_id}", response=BookOut)
def read_one(request: Any, book_id: int) -> Any:
    return get_object_or_404(Book.objects.select_related("owner"), id=book_id)


@api.post("/api/v1/books", response={201: BookOut})
def create(request: Any, body: BookIn) -> Any:
    return 201, Book.objects.create(owner=request.auth, **body.dict())


@api.post("/login", auth=None)
def log_in(request: HttpRequest) -> Any:
    sent = request.headers["Authorization"].removeprefix("Basic ")
    name, _, password = base64.b64decode(sent).decode().partition(":")
    user = authenticate(request, username=name, password=password)
    if user is None:
        raise HttpError(401, "could not verify")
    return {"token": new_token(user.public_id)}


urlpatterns = [path("", api.urls)]
