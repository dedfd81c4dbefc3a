"""Files that can't be read to their end: the error says where and why; nothing is stored."""

import gzip
import io
from hashlib import sha512
from typing import Any
from unittest.mock import MagicMock

import pytest
from django.conf import LazySettings
from django.db import IntegrityError

from accounts.models import User
from books.models import Book, IdempotencyKey
from books.progress import FileProgress
from books.transfer import bulk_writes as writes
from books.transfer import gzip_bound as expansion
from books.transfer import storing
from books.transfer.clock import Clock
from books.transfer.errors import TooLargeError
from books.transfer.gzip_bound import expanded
from bookstore_project.errors import StaleError
from tests.client import ConformingClient

from .files import EMMA, IMPORT, KNOWN, counts, csv, known, post, refusals, zipped

# More than is looked at before the first row is read.
LONG_LINE = 620
LONG = csv(*(f"{sha512(b'%d' % number).hexdigest()[:100]},a,p" for number in range(900)))
GOOD = csv(EMMA, "Persuasion,Jane Austen,Murray")


@pytest.mark.parametrize("skip", ["reject", "skip"])
@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"", (1, "#/name", "missing_column")),
        (b"name,publisher\nx,y\n", (1, "#/author", "missing_column")),
        (b"name,author,publisher,prise\n", (1, "#/prise", "unknown_column")),
        (b"name|author|publisher\n", (1, "#/name|author|publisher", "unknown_column")),
        (b"name,author,publisher,name\n", (1, "#/name", "duplicate_column")),
        (GOOD.encode("utf-16-le"), (1, "#", "invalid_encoding")),
        (GOOD.encode() + "é".encode("latin-1") + b",a,p\n", (4, "#", "invalid_encoding")),
        (GOOD.encode() + b'"not closed,a,p\nx,y,z\n', (4, "#", "invalid_csv")),
        (GOOD.encode() + b'"a"b,a,p\n', (4, "#", "invalid_csv")),
        (GOOD.encode() + b"x" * 70_000, (4, "#", "row_too_long")),
        (GOOD.encode() + b'"' + b"x\n" * 40_000, (32771, "#", "row_too_long")),
        (GOOD.encode() + b"a\rb,a,p\n", (4, "#", "invalid_csv")),
        (zipped(GOOD)[:-9], (1, "#", "invalid_gzip")),
        (zipped(GOOD) + b"garbage", (1, "#", "invalid_gzip")),
        (b"\x1f\x8b garbage", (1, "#", "invalid_gzip")),
        (zipped(LONG)[:-9], (LONG_LINE, "#", "invalid_gzip")),
        (zipped(GOOD)[:12] + b"\xff\xff\xff" + zipped(GOOD)[15:], (1, "#", "invalid_gzip")),
    ],
)
def test_a_file_that_can_not_be_read_on(
    content: bytes, found: tuple[int, str, str], skip: str, as_ada: ConformingClient
) -> None:
    response = post(as_ada, content, on_error=skip)
    assert found in refusals(response)
    assert "the rest of the file can't be read" in response.json()["detail"]
    assert not Book.objects.exists()


def test_another_separator_is_named(as_ada: ConformingClient) -> None:
    response = post(as_ada, GOOD.replace(",", "|").encode())
    [error] = response.json()["report"]["errors"]
    assert error["detail"] == "Put commas, semicolons or tabs between the columns."


def test_a_compressed_file_in_two_members_is_one(as_ada: ConformingClient) -> None:
    two = zipped(csv(EMMA)) + zipped("Persuasion,Jane Austen,Murray\n")
    assert counts(post(as_ada, two)) == (2, 0, 0, 0)


@pytest.mark.parametrize("content", [GOOD.encode(), zipped(GOOD)])
def test_a_file_over_the_bound_is_413(
    content: bytes, as_ada: ConformingClient, settings: LazySettings
) -> None:
    settings.IMPORT_MAX_BYTES = len(GOOD) - 1
    response = post(as_ada, content)
    assert response.status_code == 413
    assert not Book.objects.exists()
    settings.IMPORT_MAX_BYTES = len(GOOD) + 80
    assert counts(post(as_ada, content)) == (2, 0, 0, 0)


def test_what_expands_to_very_much_is_413(as_ada: ConformingClient) -> None:
    # Long rows, so that some are read before the limit.
    response = post(as_ada, zipped(GOOD + f"x,y,{'z' * 250}\n" * 50_000))
    assert response.status_code == 413
    assert "expands" in response.json()["detail"] or "bytes" in response.json()["detail"]
    assert not Book.objects.exists()


def test_the_ratio_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(expansion, "UNCHECKED", 1_000)
    bomb = gzip.compress(b"\n" * 2_000_000)
    with pytest.raises(TooLargeError, match="200 times"):
        expanded(io.BytesIO(bomb), maximum=10**9).read()


def test_a_body_that_is_cut_off_is_400(as_ada: ConformingClient) -> None:
    short: Any = {"wsgi.input": io.BytesIO(GOOD.encode()), "CONTENT_LENGTH": str(len(GOOD) + 5)}
    response = as_ada.generic("POST", IMPORT, GOOD, content_type="text/csv", **short)
    assert response.status_code == 400
    assert response.json()["code"] == "parse_error"
    assert not Book.objects.exists()


def test_the_same_request_with_a_key_is_answered_as_the_first_time(
    as_ada: ConformingClient,
) -> None:
    headers = {"idempotency-key": "one"}
    first = post(as_ada, GOOD, headers=headers)
    again = post(as_ada, GOOD, headers=headers)
    assert (counts(first), counts(again)) == ((2, 0, 0, 0), (2, 0, 0, 0))
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    other = post(as_ada, csv(EMMA), headers=headers)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert Book.objects.count() == 2


def test_a_refusal_is_not_kept(as_ada: ConformingClient) -> None:
    assert refusals(post(as_ada, csv(" ,A,P"), headers={"idempotency-key": "one"}))
    assert not IdempotencyKey.objects.exists()


@pytest.mark.parametrize("error", [IntegrityError(), StaleError(None)])
def test_what_somebody_else_stored_meanwhile_is_409(
    error: Exception, as_ada: ConformingClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: Any, **kwargs: Any) -> None:
        raise error

    monkeypatch.setattr(storing, "write", fail)
    response = post(as_ada, GOOD)
    assert (response.status_code, response.json()["code"]) == (409, "changed_meanwhile")
    assert not Book.objects.exists()


def test_a_book_that_changed_after_it_was_read_is_not_written_over(
    as_ada: ConformingClient, book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    def later(*args: Any, **kwargs: Any) -> None:
        Book.objects.update(version=7)
        writes.write(*args, **kwargs)

    monkeypatch.setattr(storing, "write", later)
    response = post(as_ada, csv("Middlemarch,George Eliot,Penguin"))
    assert (response.status_code, response.json()["code"]) == (409, "changed_meanwhile")
    book.refresh_from_db()
    assert book.publisher == "Blackwood"


def test_a_book_whose_owner_was_deleted_meanwhile_is_409(
    as_boss: ConformingClient, ada: User, book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    deleted: list[Any] = []

    def check(clock: Clock) -> None:
        if not deleted:
            # The first call is for the row, and the second one for the book.
            deleted.append(None)
            return
        ada.delete()

    monkeypatch.setattr(Clock, "check", check)
    content = csv(f"{known(book)},Romola,George Eliot,Smith", head=KNOWN)
    response = post(as_boss, content)
    assert (response.status_code, response.json()["code"]) == (409, "changed_meanwhile")


def test_an_owner_whose_account_is_gone_by_then_is_401(
    as_ada: ConformingClient, ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*args: Any, **kwargs: Any) -> None:
        raise IntegrityError

    monkeypatch.setattr(storing, "write", gone)
    nobody = User.objects.none()
    monkeypatch.setattr("books.transfer.imports.User.objects.filter", lambda **_: nobody)
    assert post(as_ada, GOOD).status_code == 401


def test_what_postgresql_copies() -> None:
    """This runs on both engines; on PostgreSQL all other tests of imports use this path too."""
    cursor = MagicMock()
    writes.copy(cursor, [(1, "Emma"), (2, "Romola")])
    cursor.copy.assert_called_once_with(writes.COPY)
    write_row = cursor.copy.return_value.__enter__.return_value.write_row
    assert [call.args for call in write_row.call_args_list] == [((1, "Emma"),), ((2, "Romola"),)]


class Output(io.StringIO):
    def __init__(self, *, is_terminal: bool) -> None:
        super().__init__()
        self._is_terminal = is_terminal

    def isatty(self) -> bool:
        return self._is_terminal

    def write(self, msg: str, *, ending: str | None = None) -> int:
        return super().write(msg + ("\n" if ending is None else ending))


@pytest.mark.parametrize(
    ("is_terminal", "shown"),
    [
        (
            True,
            [
                "[###############...............] 50 rows, 50/s, 1 s left",
                "[##############################] 90 rows, 90/s, 0 s left",
            ],
        ),
        (
            False,
            [
                "[###############...............] 50 rows, 50/s, 1 s left",
                "[##############################] 90 rows, 90/s, 0 s left",
            ],
        ),
    ],
)
def test_the_bar_tells_rate_and_time_left(is_terminal: bool, shown: list[str]) -> None:
    output, file = Output(is_terminal=is_terminal), io.BytesIO(b"x" * 100)
    times = [0.0]
    progress = FileProgress(output, file, size=100, clock=lambda: times[0])
    progress.show(0)
    times[0] = 1.0
    file.seek(50)
    progress.show(50)
    progress.show(51)
    progress.finish(90)
    text = output.getvalue().replace("\r", "\n").replace("\x1b[K", "")
    assert [line for line in text.split("\n") if line] == shown


def test_a_second_bar_tells_how_many_books_are_stored() -> None:
    output, file = Output(is_terminal=False), io.BytesIO(b"x" * 100)
    times = [0.0]
    progress = FileProgress(output, file, size=100, clock=lambda: times[0])
    times[0] = 1.0
    file.seek(100)
    progress.show(90)
    for stored in (40, 80):
        times[0] += 2.0
        progress.show_stored(stored, 80)
    progress.finish(90)
    assert output.getvalue().splitlines() == [
        "[##############################] 90 rows, 30/s, 0 s left",
        "[###############...............] 40 books stored, 40,000/s, 0 s left",
        "[##############################] 80 books stored, 40/s, 0 s left",
    ]


LACKING = {
    "goodreads": (
        "Book Id,Title,Author,ISBN,Exclusive Shelf\n1,Emma,,,read\n2, ,Jane Austen,,read\n",
        "text/csv",
        [(2, "Author", "blank"), (3, "Title", "blank")],
    ),
    "librarything": (
        "Book Id\tTitle\tPrimary Author\n1\tEmma\t\n2\t\tAusten, Jane\n3\tEmma\t,\n",
        "text/tab-separated-values",
        [(2, "Primary Author", "blank"), (3, "Title", "blank"), (4, "Primary Author", "blank")],
    ),
    "librarything in JSON": (
        """{"1": {"books_id": "1", "title": "Emma", "primaryauthor": ""},
            "2": {"books_id": "2", "title": "Emma"},
            "3": {"books_id": "3", "primaryauthor": "Austen, Jane"},
            "4": {"books_id": "4", "title": null, "primaryauthor": "Austen, Jane"}}""",
        "application/json",
        [
            (1, "primaryauthor", "blank"),
            (2, "primaryauthor", "required"),
            (3, "title", "required"),
            (4, "title", "blank"),
        ],
    ),
    "calibre": (
        "title,authors,author_sort,id\nEmma,,,1\n,Jane Austen,,2\n",
        "text/csv",
        [(2, "authors", "blank"), (3, "title", "blank")],
    ),
    "storygraph": (
        'Title,Authors,ISBN/UID\nEmma,"",9780141439587\n\u200b,Jane Austen,\n',
        "text/csv",
        [(2, "Authors", "blank"), (3, "Title", "blank")],
    ),
    "spreadsheet": (
        "Titel;Autor;Jahr\nEmma;;1815\n;Jane Austen;\n",
        "text/csv",
        [(2, "Autor", "blank"), (3, "Titel", "blank")],
    ),
}


@pytest.mark.parametrize(("file", "kind", "expected"), LACKING.values(), ids=LACKING)
def test_a_row_without_a_title_or_an_author_is_named(
    as_ada: ConformingClient, book: Book, file: str, kind: str, expected: Any
) -> None:
    """Also if its ISBN is that of a stored book."""
    book.isbn = "9780141439587"
    book.save()

    response = post(as_ada, file, kind=kind, on_error="skip")

    found = [(each["line"], each["column"], each["code"]) for each in response.json()["errors"]]
    assert found == expected
    assert counts(response) == (0, 0, 0, len(expected))
