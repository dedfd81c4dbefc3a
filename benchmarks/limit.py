"""The upper limit: bare WSGI on the product's server, with raw drivers, an HMAC and orjson.

It runs the product's statements: the session with its user, then the work. It does nothing else:
no validation, permissions, throttles, schema or request id. One route only says hello.
"""

import base64
import hmac
import os
import sqlite3
import time
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import argon2
import orjson
import psycopg

STORE = os.environ["BENCH_STORE"]
KEY = os.environ["SECRET_KEY"].encode()
IS_SQLITE = STORE.startswith("sqlite")
MARK = "?" if IS_SQLITE else "%s"
COLUMNS = "id, name, author, publisher, price, isbn, published, created_at, updated_at, version"
USER = (
    "SELECT u.id, u.public_id FROM accounts_loginsession s JOIN accounts_user u ON u.id = s.user_id"
    f" WHERE s.sid = {MARK} AND u.public_id = {MARK} AND s.revoked_at IS NULL"
    f" AND s.expires_at > {MARK} AND u.is_active AND u.session_epoch = s.epoch"
)
JOINED = ", ".join(f"b.{column}" for column in COLUMNS.split(", "))
PAGE = f"SELECT {COLUMNS} FROM books_book WHERE owner_id = {MARK} ORDER BY id LIMIT 21"
ALL = (
    f"SELECT id, name, author, publisher, price FROM books_book WHERE owner_id = {MARK} ORDER BY id"
)
ONE = (
    f"SELECT {JOINED}, u.public_id FROM books_book b JOIN accounts_user u"
    f" ON u.id = b.owner_id WHERE b.id = {MARK}"
)
CREATE = (
    "INSERT INTO books_book (owner_id, name, author, publisher, price, isbn, published,"
    f" created_at, updated_at, version, search_text) VALUES ({', '.join([MARK] * 11)}) RETURNING id"
)
PASSWORD = f"SELECT password FROM accounts_user WHERE name = {MARK} AND is_active"
hasher = argon2.PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)

Answer = tuple[str, Any]


def _connected() -> Any:
    if not IS_SQLITE:
        return psycopg.connect(STORE, autocommit=True)
    path = STORE.removeprefix("sqlite:///")
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=20)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    return connection


database = _connected() if "BENCH_HELLO" not in os.environ else None


def caller(environ: dict[str, Any]) -> tuple[int, UUID]:
    """Return the row of the token's user. Raises PermissionError."""
    signed, _, signature = environ["HTTP_AUTHORIZATION"].removeprefix("Bearer ").rpartition(".")
    made = base64.urlsafe_b64encode(hmac.digest(KEY, signed.encode(), "sha256")).rstrip(b"=")
    claims = orjson.loads(base64.urlsafe_b64decode(signed.partition(".")[2] + "=="))
    if not hmac.compare_digest(made, signature.encode()) or claims["exp"] < time.time():
        raise PermissionError
    sid, public_id = UUID(claims["sid"]), UUID(claims["public_id"])
    now = datetime.now(UTC)
    values: Any = (sid, public_id, now)
    if IS_SQLITE:
        values = (sid.hex, public_id.hex, str(now.replace(tzinfo=None)))
    row = database.execute(USER, values).fetchone()
    if row is None:
        raise PermissionError
    return row[0], public_id


def book(row: Any, owner: UUID) -> dict[str, Any]:
    values = dict(zip(COLUMNS.split(", "), row, strict=False))
    values["published_on"] = values.pop("published")
    if IS_SQLITE:
        for name in ("created_at", "updated_at"):
            values[name] = values[name].replace(" ", "T") + "Z"
    if values["price"] is not None:
        values["price"] = f"{values['price']:.2f}"
    return {"owner": owner, **values, "currency": None}


def whole_or_float(price: Any) -> Any:
    if price is None:
        return None
    return int(price) if price == int(price) else float(price)


def read_page(environ: dict[str, Any]) -> Answer:
    user, public_id = caller(environ)
    rows = database.execute(PAGE, (user,)).fetchall()
    following = f"?after={rows[19][0]}" if len(rows) > 20 else None
    results = [book(row, public_id) for row in rows[:20]]
    return "200 OK", {"next": following, "previous": None, "results": results}


def read_all(environ: dict[str, Any]) -> Answer:
    user, _ = caller(environ)
    return "200 OK", {
        "list_of_books": [
            {"id": pk, "name": name, "Author": author, "Publisher": publisher, "book_prize": prize}
            for pk, name, author, publisher, price in database.execute(ALL, (user,))
            for prize in (whole_or_float(price),)
        ]
    }


def read_one(environ: dict[str, Any]) -> Answer:
    caller(environ)
    pk = int(environ["PATH_INFO"].rpartition("/")[2])
    row = database.execute(ONE, (pk,)).fetchone()
    return "200 OK", book(row, UUID(str(row[-1])))


def create(environ: dict[str, Any]) -> Answer:
    user, public_id = caller(environ)
    body = orjson.loads(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))
    now: Any = datetime.now(UTC)
    if IS_SQLITE:
        now = str(now.replace(tzinfo=None))
    texts = (body["name"], body["author"], body["publisher"])
    price = body["price"] if IS_SQLITE else Decimal(body["price"])
    search_text = "\n".join(texts).lower()
    values = (user, *texts, price, body["isbn"], None, now, now, 1, search_text)
    # Outside a transaction each statement is its own transaction, and durable when it returns.
    [pk] = database.execute(CREATE, values).fetchone()
    row = (pk, *texts, Decimal(body["price"]), body["isbn"], None, now, now, 1)
    return "201 Created", book(row, public_id)


def log_in(environ: dict[str, Any]) -> Answer:
    sent = base64.b64decode(environ["HTTP_AUTHORIZATION"].removeprefix("Basic "))
    name, _, password = sent.decode().partition(":")
    [stored] = database.execute(PASSWORD, (name,)).fetchone()
    hasher.verify(stored.removeprefix("argon2"), password)
    return "200 OK", {"token": "x" * 300}


def answer(environ: dict[str, Any]) -> Answer:
    path = environ["PATH_INFO"]
    if path == "/login":
        return log_in(environ)
    if environ["REQUEST_METHOD"] == "POST":
        return create(environ)
    if path == "/books":
        return read_all(environ)
    return read_page(environ) if path == "/api/v1/books" else read_one(environ)


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
    status, content = answer(environ)
    body = orjson.dumps(content, option=orjson.OPT_UTC_Z)
    headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
    start_response(status, headers)
    return [body]


def hello(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "5")])
    return [b"hello"]
