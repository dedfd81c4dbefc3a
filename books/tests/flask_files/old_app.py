"""The Flask tutorial's models, and the rows that its views store. make.py runs this.

    python old_app.py bookstore.db sha256 pbkdf2:sha256

Each method after the file hashes the password of one more user. The models are quoted with their
mistakes: do not improve them.
"""

import random
import sys
import uuid
from pathlib import Path

import werkzeug.security
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from werkzeug.security import generate_password_hash

# Each file has its own ids and salts, which are the same in each run.
SOURCE = random.Random(Path(sys.argv[1]).name)

app = Flask(__name__)
app.config["SECRET_KEY"] = "Th1s1ss3cr3t"
app.config["SQLALCHEMY_DATABASE_URI"] = f"sqlite:///{Path(sys.argv[1]).resolve()}"
app.config["SQLALCHEMY_TRACK_MODIFICATIONS"] = False
db = SQLAlchemy(app)


class Users(db.Model):  # type: ignore[name-defined]  # Flask is not there for mypy
    id = db.Column(db.Integer, primary_key=True)
    public_id = db.Column(db.Integer)
    name = db.Column(db.String(50))
    password = db.Column(db.String(50))
    admin = db.Column(db.Boolean)


class Books(db.Model):  # type: ignore[name-defined]  # Flask is not there for mypy
    id = db.Column(db.Integer, primary_key=True)
    user_id = db.Column(db.Integer, db.ForeignKey("users.id"), nullable=False)
    name = db.Column(db.String(50), unique=True, nullable=False)
    Author = db.Column(db.String(50), unique=True, nullable=False)
    Publisher = db.Column(db.String(50), nullable=False)
    book_prize = db.Column(db.Integer)


def register(name: str, password: str, method: str) -> None:
    hashed = generate_password_hash(password, method=method)
    public_id = str(uuid.UUID(int=SOURCE.getrandbits(128), version=4))
    db.session.add(Users(public_id=public_id, name=name, password=hashed, admin=False))
    db.session.commit()


def add_book(user: str, name: str, author: str, prize: int) -> None:
    owner = Users.query.filter_by(name=user).first()
    book = Books(
        name=name, Author=author, Publisher="Blackwood", book_prize=prize, user_id=owner.id
    )
    db.session.add(book)
    db.session.commit()


def main() -> None:
    db.create_all()
    for name, method in zip(("ada", "bob", "Дина"), sys.argv[2:]):  # noqa: B905  # Python 3.9 has no strict
        register(name, f"{name}-violet-27", method)
    # The tutorial has no route that creates admins.
    Users.query.filter_by(name="bob").first().admin = True
    add_book("ada", "Middlemarch", "George Eliot", 12)
    add_book("ada", "Emma", "Jane Austen", 10)
    add_book("bob", "Евгений Онегин", "Александр Пушкин", 7)
    db.session.delete(Books.query.filter_by(name="Emma").first())
    db.session.commit()
    add_book("ada", "Persuasion", "Jane Austen", 9)


if __name__ == "__main__":
    # A secret from this generator would not be secret.
    werkzeug.security.gen_salt = lambda length: "".join(
        SOURCE.choice(werkzeug.security.SALT_CHARS) for _ in range(length)
    )
    with app.app_context():
        main()
