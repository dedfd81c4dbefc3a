"""FastAPI with SQLAlchemy, asynchronous: the same as fastapi_sync.py with await."""

from collections.abc import AsyncIterator
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
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from starlette.concurrency import run_in_threadpool

from . import queries
from .credentials import new_token, public_id_of
from .schemas import BookIn, BookList, BookOut, Page, Token, tutorial_book
from .surroundings import is_password, sqlalchemy_url
from .tables import Book, User, keep_what_was_answered

engine = create_async_engine(sqlalchemy_url(is_async=True))
keep_what_was_answered(engine.sync_engine)
app = FastAPI()


async def get_session() -> AsyncIterator[AsyncSession]:
    async with AsyncSession(engine, expire_on_commit=False) as session:
        yield session


SessionDep = Annotated[AsyncSession, Depends(get_session)]


async def get_current_user(
    session: SessionDep, bearer: Annotated[HTTPAuthorizationCredentials, Depends(HTTPBearer())]
) -> User:
    try:
        user = await session.scalar(queries.active_user(public_id_of(bearer.credentials)))
    except (jwt.InvalidTokenError, KeyError, ValueError) as error:
        raise HTTPException(401) from error
    if user is None:
        raise HTTPException(401)
    return user


CurrentUser = Annotated[User, Depends(get_current_user)]


@app.get("/api/v1/books")
async def read_page(
    session: SessionDep, user: CurrentUser, owner: str = "", q: str | None = None
) -> Page:
    found = await session.scalars(queries.page_of(user, is_own=owner == "me", q=q))
    return Page(results=[BookOut.model_validate(book) for book in found])


@app.get("/books")
async def read_all(session: SessionDep, user: CurrentUser) -> BookList:
    found = await session.scalars(queries.all_of(user))
    return BookList(list_of_books=[tutorial_book(book) for book in found])


@app.get("/api/v1/books/{book_id}", response_model=BookOut)
async def read_one(book_id: int, session: SessionDep, user: CurrentUser) -> Book:
    book = await session.scalar(queries.one_book(book_id))
    if book is None:
        raise HTTPException(404)
    return book


@app.post("/api/v1/books", status_code=201, response_model=BookOut)
async def create(body: BookIn, session: SessionDep, user: CurrentUser) -> Book:
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
    await session.commit()
    await session.refresh(book, ["id", "owner"])
    return book


@app.post("/login")
async def log_in(
    session: SessionDep, sent: Annotated[HTTPBasicCredentials, Depends(HTTPBasic())]
) -> Token:
    user = await session.scalar(queries.user_named(sent.username))
    if user is None or not await run_in_threadpool(is_password, user.password, sent.password):
        raise HTTPException(401)
    return Token(token=new_token(user.public_id))
