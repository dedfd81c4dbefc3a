"""Database files of the Flask tutorial: original ones, and ones with errors found in practice."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from io import StringIO
from pathlib import Path
from typing import Any

from django.core.management import call_command

FILES = Path(__file__).parent / "flask_files"
VERSIONS = ("2_0", "2_3", "3_1")

# Without the tutorial's constraints, which many copies of it have dropped.
SCHEMA = """
CREATE TABLE users (
    id INTEGER NOT NULL PRIMARY KEY, public_id INTEGER, name VARCHAR(50), password VARCHAR(50),
    admin BOOLEAN
);
CREATE TABLE books (
    id INTEGER NOT NULL PRIMARY KEY, user_id INTEGER, name VARCHAR(50), "Author" VARCHAR(50),
    "Publisher" VARCHAR(50), book_prize INTEGER
);
"""

ADA = "0b6c3f0e-5f43-4d0a-8a52-0a5f0a6f2d11"
BOB = "7c1d9a52-3c39-4a0b-9a77-5f0b3c8d4e22"
HASH = "sha256$OhItftcqQeMQCelu$faf1971c2a969e795a2c08733833f54fe4b07306a7f0d9dc589d381631b2e3cd"

BOOK = {
    "row_id": 1,
    "user_id": 1,
    "name": "Emma",
    "author": "Jane Austen",
    "publisher": "John Murray",
    "price": 10,
}

Rows = Sequence[tuple[Any, ...]]


def made_by(version: str) -> Path:
    """Return the file that the tutorial wrote with a version of Werkzeug."""
    return FILES / f"bookstore_werkzeug_{version}.db"


def user(
    row_id: object = 1,
    public_id: object = ADA,
    name: object = "ada",
    password: object = HASH,
    admin: object = 0,
) -> tuple[Any, ...]:
    return (row_id, public_id, name, password, admin)


def book(*values: Any, **columns: Any) -> tuple[Any, ...]:
    """Return a row like BOOK with other values, given in order or by name."""
    row = {**BOOK, **dict(zip(BOOK, values, strict=False)), **columns}
    return tuple(row.values())


def write(path: Path, users: Rows = (), books: Rows = (), *, schema: str = SCHEMA) -> Path:
    """Write an old file, replacing an existing one."""
    path.unlink(missing_ok=True)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executescript(schema)
        connection.executemany("INSERT INTO users VALUES (?, ?, ?, ?, ?)", users)
        connection.executemany("INSERT INTO books VALUES (?, ?, ?, ?, ?, ?)", books)
    return path


def import_file(path: Path, **options: Any) -> str:
    """Run the command and return its output."""
    output = StringIO()
    call_command("import_flask_bookstore", str(path), stdout=output, stderr=StringIO(), **options)
    return output.getvalue()
