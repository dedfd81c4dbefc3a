"""`manage.py import_books`: the same import, from a file on the server."""

import gzip
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError

from accounts.models import User
from books.models import Book
from books.transfer.imports import Import

from .files import EMMA, csv, stored

pytestmark = pytest.mark.django_db


def run(path: Path, owner: str = "ada", **options: str | bool | int) -> str:
    output = StringIO()
    call_command("import_books", path, owner=owner, stdout=output, stderr=StringIO(), **options)
    return output.getvalue()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "books.csv"
    path.write_text(csv(EMMA, "Война и мир,Лев Толстой,Русский вестник"))
    return path


def test_books_become_the_owners_and_a_second_run_changes_nothing(ada: User, file: Path) -> None:
    assert run(file) == "books: 2 created, 0 changed, 0 unchanged, 0 refused\n"
    assert ada.books.count() == 2
    before = stored()
    assert run(file, owner="ADA") == "books: 0 created, 0 changed, 2 unchanged, 0 refused\n"
    assert stored() == before


@pytest.mark.parametrize("name", ["books.ndjson", "books.jsonl.gz", "books.JSONL"])
def test_the_name_tells_the_format(name: str, ada: User, tmp_path: Path) -> None:
    line = b'{"name": "Emma", "author": "Jane Austen", "publisher": "Murray"}\n'
    path = tmp_path / name
    path.write_bytes(gzip.compress(line) if name.endswith("gz") else line)
    assert "1 created" in run(path)


def test_or_the_content_or_an_option_does(ada: User, file: Path) -> None:
    unnamed = file.rename(file.with_name("books"))
    assert "2 created" in run(unnamed)
    assert "2 unchanged" in run(unnamed, format="csv")
    with pytest.raises(CommandError):
        run(unnamed, format="ndjson")


def test_a_dry_run_stores_nothing(ada: User, file: Path) -> None:
    assert run(file, dry_run=True).splitlines() == [
        "books: 2 created, 0 changed, 0 unchanged, 0 refused",
        "This was a dry run: nothing was stored.",
    ]
    assert not Book.objects.exists()


def test_a_refused_file_is_reported_and_stores_nothing(ada: User, file: Path) -> None:
    file.write_text(csv(EMMA, " ,A,P", "x"))
    output = StringIO()
    with pytest.raises(CommandError, match=r"Nothing was imported.*--on-error=skip") as refused:
        call_command("import_books", file, owner="ada", stdout=output, stderr=StringIO())
    assert refused.value.returncode == 1
    assert output.getvalue().splitlines() == [
        "line 3, name: This field may not be blank. (blank)",
        "line 4: The row has 1 cells, but the header has 3. (wrong_number_of_cells)",
        "books: 1 created, 0 changed, 0 unchanged, 2 refused",
    ]
    assert not Book.objects.exists()
    assert "1 created" in run(file, on_error="skip")
    assert Book.objects.get().name == "Emma"


def test_more_errors_than_are_listed(ada: User, file: Path) -> None:
    file.write_text(csv(*[" ,A,P"] * 1_001))
    lines = run(file, on_error="skip").splitlines()
    assert lines[1000:] == [
        "There are more errors than are listed here.",
        "books: 0 created, 0 changed, 0 unchanged, 1,001 refused",
    ]


def test_an_unknown_owner_and_an_unreadable_file(ada: User, file: Path) -> None:
    with pytest.raises(CommandError, match="There is no user 'nobody'"):
        run(file, owner="nobody")
    with pytest.raises(CommandError, match="can't be read: No such file"):
        run(file.with_name("none.csv"))


def test_a_file_that_is_too_large(ada: User, file: Path) -> None:
    with pytest.raises(CommandError, match="The file has more than 50 bytes"):
        run(file, max_bytes=50)
    assert not Book.objects.exists()


@pytest.mark.parametrize(
    ("error", "message", "status"),
    [
        (OperationalError("disk full\nLINE 1"), "as it was. disk full. Run this again.", 1),
        (KeyboardInterrupt(), "Stopped. Nothing was imported.", 130),
    ],
)
@pytest.mark.usefixtures("ada")
def test_what_stops_it_is_said(
    error: BaseException, message: str, status: int, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: object) -> None:
        raise error

    monkeypatch.setattr(Import, "run", fail)
    with pytest.raises(CommandError, match=message) as stopped:
        run(file)
    assert stopped.value.returncode == status


def test_a_script_that_the_terminal_can_not_show(ada: User, file: Path) -> None:
    class Ascii(StringIO):
        encoding = "ascii"

    file.write_text("name,author,publisher,цена\n")
    output = Ascii()
    with pytest.raises(CommandError):
        call_command("import_books", file, owner="ada", stdout=output, stderr=StringIO())
    assert "\\u0446" in output.getvalue()
