"""The work of an import grows with its rows, however many of them have one title or one ISBN."""

import io
from collections.abc import Callable
from cProfile import Profile

import pytest
from stdnum import ean

from accounts.models import User
from accounts.origins import Origin
from books.models import Book
from books.transfer import imports
from books.transfer.imports import Import
from books.transfer.row_report import RowReport

from .files import csv

pytestmark = pytest.mark.django_db

HEAD = "name,author,publisher,isbn"
FEW, MANY = 100, 400


def isbn_13(number: int) -> str:
    digits = f"978{number:09d}"
    return digits + ean.calc_check_digit(digits)


SHAPES: dict[str, Callable[[int], str]] = {
    "one title": lambda number: f"Middlemarch,George Eliot,P{number},{isbn_13(number)}",
    "one ISBN": lambda number: f"Book {number},A,P{number},9780141439587",
}


def calls(owner: User, rows: int, row: Callable[[int], str]) -> tuple[int, ...]:
    """Return how many functions an import calls that creates, repeats, and changes these rows."""
    content = csv(*map(row, range(rows)), head=HEAD)
    reports = [_run(owner, text) for text in (content, content, content.replace(",P", ",Q"))]
    assert [(r.created, r.unchanged, r.changed, r.refused) for r, _ in reports] == [
        (rows, 0, 0, 0),
        (0, rows, 0, 0),
        (0, 0, rows, 0),
    ]
    Book.objects.all().delete()
    return tuple(number for _, number in reports)


def _run(owner: User, content: str) -> tuple[RowReport, int]:
    run = Import(owner=owner, origin=Origin(), maximum=10**8, new_report=RowReport)
    with Profile() as profile:
        report = run.run(io.BytesIO(content.encode()))
        assert isinstance(report, RowReport)
        assert b'"id": null' not in b"".join(report.lines(owner, is_dry_run=False))
    return report, sum(entry.callcount for entry in profile.getstats())


@pytest.mark.parametrize("chunk", [50, 1_000])
@pytest.mark.parametrize("shape", SHAPES)
def test_the_work_grows_with_the_rows(
    ada: User, monkeypatch: pytest.MonkeyPatch, shape: str, chunk: int
) -> None:
    monkeypatch.setattr(imports, "CHUNK", chunk)
    calls(ada, 1, SHAPES[shape])

    few, many = (calls(ada, rows, SHAPES[shape]) for rows in (FEW, MANY))

    growth = [more / less for more, less in zip(many, few, strict=True)]
    assert max(growth) < 1.2 * MANY / FEW
