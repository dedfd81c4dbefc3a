"""Cells that a spreadsheet would run are guarded in an export and restored by an import."""

import csv
import io
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from accounts.models import User
from books.admin.transfer import csv_of
from books.fields import MEMBERS
from books.models import Book
from books.transfer.formats import CSV
from books.transfer.formula_guard import guarded, unguarded
from books.transfer.lines import Lines
from books.transfer.readers.csv_table import csv_rows
from tests.client import ConformingClient

from .conftest import BOOKS
from .files import counts, post, stored
from .test_properties import check

SIGNS = "=+-@\t\r＝＋－＠"
# Separators at which spreadsheets may split lines of a file with commas.
DELIMITERS = ",;\t|"
NOW = datetime(2024, 1, 2, tzinfo=UTC)
HOSTILE = f"'\"a,;|\n{SIGNS}"


@pytest.mark.parametrize("sign", SIGNS)
@pytest.mark.parametrize("quotes", ["", "'", "''", '"', "'\""])
def test_a_formula_gets_an_apostrophe_more(sign: str, quotes: str) -> None:
    text = f"{quotes}{sign}1"
    assert guarded(text) == f"'{text}"
    assert unguarded(guarded(text)) == text


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("Emma;=1+1;x", "Emma;'=1+1;x"),
        ("Emma\t@SUM(1)\tx", "Emma\t'@SUM(1)\tx"),
        ("Emma|-1", "Emma|'-1"),
        ("Emma\n+1", "Emma\n'+1"),
        ("Emma\r\n＝1", "Emma\r\n'＝1"),
        ('a;"=1";b', 'a;\'"=1";b'),
        ("a;'=1", "a;''=1"),
        ("=1;=2\t=3", "'=1;'=2\t'=3"),
        (";\t=1", ";'\t'=1"),
    ],
)
def test_a_formula_behind_a_separator_does_too(text: str, cell: str) -> None:
    assert guarded(text) == cell
    assert unguarded(cell) == text


@pytest.mark.parametrize(
    "text", ["", "Emma", "'", "''Tis", "O'Neill", "1+1", " =1", "'a=1", "a, =1", "a; b", "x;'y'"]
)
def test_any_other_text_stays_as_it_is(text: str) -> None:
    assert guarded(text) == unguarded(text) == text


def test_every_text_is_read_back_and_none_is_a_formula(st: Any) -> None:
    def holds(text: str) -> None:
        assert unguarded(guarded(text)) == text
        assert not guarded(text).startswith(tuple(SIGNS))

    texts = st.text() | st.text(HOSTILE, max_size=8)
    check(holds, texts, examples=500)


def test_no_program_that_splits_elsewhere_finds_a_formula_in_a_file(st: Any) -> None:
    names = ("owner", "name", "author", "publisher", "isbn")

    def holds(texts: list[str]) -> None:
        # Texts in each column that a format could write as text.
        others = {"id": 1, "created_at": NOW, "updated_at": NOW, "version": 1}
        record = {**dict.fromkeys(MEMBERS), **dict(zip(names, texts, strict=True)), **others}
        line = CSV.lines([tuple(record.values())])
        for delimiter in DELIMITERS:
            reader = csv.reader(io.StringIO(line.decode(), newline=""), delimiter=delimiter)
            assert not [cell for row in reader for cell in row if cell.startswith(tuple(SIGNS))]
        ((_, members),) = csv_rows(Lines(io.BytesIO(CSV.head + line)))
        assert isinstance(members, dict)
        assert [members[name] or "" for name in names] == texts

    check(holds, st.lists(st.text(HOSTILE, max_size=8), min_size=5, max_size=5), examples=500)


@pytest.mark.parametrize(
    "name", ["Emma;=1+1;x", "Emma\t=1+1", "a|@b", 'a\n"=1', "x;＝1", "';=1", "=1;=2"]
)
def test_an_export_brought_back_changes_nothing(
    name: str, as_ada: ConformingClient, ada: User, make_book: Callable[..., Book]
) -> None:
    make_book(ada, name=name, author=name, publisher=name)
    before = stored()
    content = as_ada.get(f"{BOOKS}/export").getvalue()
    for delimiter in DELIMITERS:
        reader = csv.reader(io.StringIO(content.decode(), newline=""), delimiter=delimiter)
        assert not [cell for row in reader for cell in row if cell.startswith(tuple(SIGNS))]
    assert counts(post(as_ada, content)) == (0, 0, 1, 0)
    assert stored() == before


def test_the_owner_in_the_admins_file_is_guarded_too(
    make_user: Callable[..., User], make_book: Callable[..., Book]
) -> None:
    make_book(make_user("a;=1"))
    assert b",a;'=1," in csv_of(Book.objects.all())
