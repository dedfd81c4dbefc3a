"""The tutorial's design: Flask, Flask-SQLAlchemy, PyJWT, a decorator, hand-written dicts."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from functools import wraps
from typing import Any

import jwt
from flask import Flask, Response, abort, jsonify, request
from flask_sqlalchemy import SQLAlchemy

from . import queries, tables
from .credentials import new_token, public_id_of
from .surroundings import is_password, sqlalchemy_url, whole_or_float
from .tables import Book, User

app = Flask(__name__)
app.config["SQLALCHEMY_DATABASE_URI"] = sqlalchemy_url()
db = SQLAlchemy(model_class=tables.Base)
db.init_app(app)
with app.app_context():
    tables.keep_what_was_answered(db.engine)


def token_required(view: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(view)
    def decorated(*args: Any, **kwargs: Any) -> Any:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        try:
            user = db.session.scalar(queries.active_user(public_id_of(token)))
        except (jwt.InvalidTokenError, KeyError, ValueError):
            abort(401)
        if user is None:
            abort(401)
        return view(user, *args, **kwargs)

    return decorated


def book_data(book: Book) -> dict[str, Any]:
    return {
        "id": book.id,
        "owner": str(book.owner.public_id),
        "name": book.name,
        "author": book.author,
        "publisher": book.publisher,
        "price": None if book.price is None else str(book.price),
        "isbn": book.isbn,
        "published_on": book.published_on,
        "created_at": _time(book.created_at),
        "updated_at": _time(book.updated_at),
        "version": book.version,
        "currency": None,
    }


def _time(value: datetime) -> str:
    return value.isoformat().replace("+00:00", "Z")


@app.get("/api/v1/books")
@token_required
def read_page(user: User) -> Response:
    is_own = request.args.get("owner") == "me"
    books = db.session.scalars(queries.page_of(user, is_own=is_own, q=request.args.get("q")))
    return jsonify({"results": [book_data(book) for book in books]})


@app.get("/books")
@token_required
def read_all(user: User) -> Response:
    output = []
    for book in db.session.scalars(queries.all_of(user)):
        data = {}
        data["id"] = book.id
        data["name"] = book.name
        data["Author"] = book.author
        data["Publisher"] = book.publisher
        data["book_prize"] = whole_or_float(book.price)
        output.append(data)
    return jsonify({"list_of_books": output})


@app.get("/api/v1/books/<int:book_id>")
@token_required
def read_one(_user: User, book_id: int) -> Response:
    book = db.session.scalar(queries.one_book(book_id))
    if book is None:
        abort(404)
    return jsonify(book_data(book))


@app.post("/api/v1/books")
@token_required
def create(user: User) -> tuple[Response, int]:
    data = request.get_json()
    now = datetime.now(UTC)
    texts = {field: str(data[field]) for field in ("name", "author", "publisher")}
    book = Book(
        **texts,
        price=Decimal(data["price"]) if data.get("price") else None,
        isbn=data.get("isbn"),
        owner=user,
        created_at=now,
        updated_at=now,
        version=1,
        search_text="\n".join(texts.values()).lower(),
    )
    db.session.add(book)
    db.session.commit()
    db.session.refresh(book, ["id", "owner"])
    return jsonify(book_data(book)), 201


@app.post("/login")
def log_in() -> Response:
    auth = request.authorization
    if not auth or not auth.username or not auth.password:
        abort(401)
    user = db.session.scalar(queries.user_named(auth.username))
    if user is None or not is_password(user.password, auth.password):
        abort(401)
    return jsonify({"token": new_token(user.public_id)})
