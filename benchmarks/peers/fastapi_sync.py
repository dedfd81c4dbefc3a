"""FastAPI with SQLAlchemy, synchronous, as "SQL databases" and "OAuth2 with JWT" in its docs."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated

import jwt
from fastapi import Depends, FastAPI, HTTPException
from fastapi.security import (
    HTTPAuthorizationCredentials,
    HTTPBasic,
    HTTPBasicCredentials,
    HTTPBearer,
)
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from . import queries
from .credentials import new_token, public_id_of
from .schemas import BookIn, BookList, BookOut, Page, Token, tutorial_book
from .surroundings import is_password, sqlalchemy_url
from .tables import Book, User, keep_what_was_answered

engine = create_engine(sqlalchemy_url())
keep_what_was_answered(engine)
app = FastAPI()


def get_session() -> Iterator[Session]:
    with Session(engine) as session:
        yield session


SessionDep = Annotated[Session, Depends(get_session)]


def get_current_user(
    session: SessionDep, bearer: Annotated[HTTPAuthorizationCredentials, Depends(HTTPBearer())]
) -> User:
    try:
        user = session.scalar(queries.active_user(public_id_of(bearer.credentials)))
    except (jwt.InvalidTokenError, KeyError, ValueError) as error:
        raise HTTPException(401) from error
    if user is None:
        raise HTTPException(401)
    return user


CurrentUser = Annotated[User, Depends(get_current_user)]


@app.get("/api/v1/books")
def read_page(
    session: SessionDep, user: CurrentUser, owner: str = "", q: str | None = None
) -> Page:
    found = session.scalars(queries.page_of(user, is_own=owner == "me", q=q))
    return Page(results=[BookOut.model_validate(book) for book in found])


@app.get("/books")
def read_all(session: SessionDep, user: CurrentUser) -> BookList:
    found = session.scalars(queries.all_of(user))
    return BookList(list_of_books=[tutorial_book(book) for book in found])


@app.get("/api/v1/books/{book_id}", response_model=BookOut)
def read_one(book_id: int, session: SessionDep, user: CurrentUser) -> Book:
    book = session.scalar(queries.one_book(book_id))
    if book is None:
        raise HTTPException(404)
    return book


@app.post("/api/v1/books", status_code=201, response_model=BookOut)
def create(body: BookIn, session: SessionDep, user: CurrentUser) -> Book:
    now = datetime.now(UTC)
    book = Book(
        **body.model_dump(),
        owner=user,
        created_at=now,
        updated_at=now,
        version=1,
        search_text=body.search_text,
    )
    session.add(book)
    session.commit()
    session.refresh(book, ["id", "owner"])
    return book


@app.post("/login")
def log_in(
    session: SessionDep, sent: Annotated[HTTPBasicCredentials, Depends(HTTPBasic())]
) -> Token:
    user = session.scalar(queries.user_named(sent.username))
    if user is None or not is_password(user.password, sent.password):
        raise HTTPException(401)
    return Token(token=new_token(user.public_id))
