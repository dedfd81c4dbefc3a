"""Pydantic models of the FastAPI peers' requests and responses."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from pydantic import AliasPath, BaseModel, ConfigDict, Field

from .surroundings import whole_or_float


class BookIn(BaseModel):
    name: str = Field(min_length=1, max_length=255)
    author: str = Field(min_length=1, max_length=255)
    publisher: str = Field(min_length=1, max_length=255)
    price: Decimal | None = Field(default=None, ge=0, max_digits=10, decimal_places=2)
    isbn: str | None = Field(default=None, max_length=13)
    published_on: str | None = Field(default=None, max_length=10)

    @property
    def search_text(self) -> str:
        return f"{self.name}\n{self.author}\n{self.publisher}".lower()


class BookOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: int
    owner: UUID = Field(validation_alias=AliasPath("owner", "public_id"))
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


class Page(BaseModel):
    results: list[BookOut]


class Token(BaseModel):
    token: str


class TutorialBook(BaseModel):
    id: int
    name: str
    Author: str
    Publisher: str
    book_prize: int | float | None


class BookList(BaseModel):
    list_of_books: list[TutorialBook]


def tutorial_book(book: Any) -> TutorialBook:
    return TutorialBook(
        id=book.id,
        name=book.name,
        Author=book.author,
        Publisher=book.publisher,
        book_prize=whole_or_float(book.price),
    )
