"""Files that people have come in by every interface, or name each refused row and cell."""

import json
from io import StringIO
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.management import CommandError, call_command
from django.test import Client

from accounts.models import User
from books.models import Book
from books.transfer.readers.kinds import KINDS
from tests.client import ConformingClient

from .files import codes, counts, post
from .foreign import FILES
from .test_admin_transfer import confirm, page_of, upload
from .workbooks import workbook

pytestmark = pytest.mark.django_db

ENCODED = {"encoding": "windows-1252"}
GERMAN = {"date_format": "%d.%m.%Y"}

# For each file: the options, the number of books, and the refused cells by line and member.
EXPECTED: dict[str, tuple[dict[str, Any], int, set[tuple[int, str]]]] = {
    "array.json": ({}, 1, set()),
    "books.xlsx": ({}, 1, set()),
    "calibre.csv": ({}, 1, set()),
    "german_comma_cp1252.csv": (ENCODED, 1, set()),
    "german_cp1252.csv": (ENCODED | GERMAN, 1, {(3, "isbn")}),
    "german_utf8.csv": (GERMAN, 1, {(3, "isbn")}),
    "goodreads.csv": ({}, 4, set()),
    "librarything.tsv": ({"encoding": "iso-8859-1"}, 2, set()),
    "librarything_utf16.tsv": ({}, 2, set()),
    "own_caps.csv": ({}, 1, set()),
    "own_cr.csv": ({}, 2, set()),
    "own_excel_damaged.csv": (
        {},
        0,
        {(2, "isbn"), (2, "published_on"), (3, "price"), (3, "published_on")},
    ),
    "own_titlecase.csv": ({}, 1, set()),
    "own_trailing.csv": ({}, 1, set()),
    "pretty.json": ({}, 1, set()),
    "storygraph.csv": ({}, 1, set()),
}


def test_all_files_are_there() -> None:
    assert {path.name for path in FILES.iterdir() if path.suffix not in (".py", "")} == {*EXPECTED}


def media_type(name: str) -> str:
    """Return the media type of a file. That of CSV is sent for tabs too."""
    return next(kind.media_types[0] for kind in KINDS if name.endswith(kind.suffixes))


@pytest.mark.parametrize("name", EXPECTED)
def test_every_file_comes_in_by_the_api(name: str, as_ada: ConformingClient) -> None:
    options, created, refused = EXPECTED[name]
    content = (FILES / name).read_bytes()
    parameters: dict[str, Any] = {key: text.replace("%", "%25") for key, text in options.items()}
    response = post(as_ada, content, kind=media_type(name), on_error="skip", **parameters)
    assert response.status_code == 200
    cells = {(line, pointer.removeprefix("#/")) for line, pointer, _ in codes(response.json())}
    assert refused <= cells
    assert (Book.objects.count(), counts(response)[0]) == (created, created)
    assert {line for line, _ in cells} == {line for line, _ in refused}
    again = post(as_ada, content, kind=media_type(name), on_error="skip", **parameters)
    assert counts(again)[:3] == (0, 0, created)


@pytest.mark.parametrize("name", EXPECTED)
def test_every_file_comes_in_by_the_command(name: str, ada: User) -> None:
    options, created, _ = EXPECTED[name]
    output = StringIO()
    call_command(
        "import_books",
        FILES / name,
        owner="ada",
        on_error="skip",
        stdout=output,
        stderr=StringIO(),
        **options,
    )
    assert f"books: {created} created" in output.getvalue()
    assert Book.objects.count() == created


@pytest.mark.parametrize("name", EXPECTED)
def test_every_file_comes_in_by_the_admin(name: str, client: Client, boss: User) -> None:
    options, created, refused = EXPECTED[name]
    client.force_login(boss)
    content = (FILES / name).read_bytes()
    page = page_of(client, upload(client, content, name=name, skips_refused="on", **options))
    assert {error["line"] for error in page.context["errors"]} == {line for line, _ in refused}
    assert page.context["recognised"]
    if created:
        confirm(client, page)
    assert Book.objects.filter(owner=boss).count() == created


def test_the_report_names_what_was_taken_and_what_was_left(as_ada: ConformingClient) -> None:
    report = post(as_ada, (FILES / "calibre.csv").read_bytes()).json()
    assert report["dialect"] == "calibre"
    assert {"column": "authors", "member": "author"} in report["columns"]
    assert "id" in report["left_out"]
    assert report["notes"] == []


def test_the_report_names_values_that_were_left_unset(
    as_ada: ConformingClient, settings: LazySettings
) -> None:
    text = "Title,Author,Publisher,Price\nEmma,A,P,12 €\nb,A,P,3\nc,A,P,4 €\n"
    response = post(as_ada, text)
    assert counts(response) == (3, 0, 0, 0)
    assert response.json()["notes"] == [
        {
            "column": "Price",
            "pointer": "#/price",
            "code": "other_currency",
            "detail": "The price names a currency, and this store has none (setting CURRENCY).",
            "example": "12 €",
            "rows": 2,
            "lines": [2, 4],
        }
    ]
    # A price that can't be taken leaves the stored one.
    settings.CURRENCY = "EUR"
    assert counts(post(as_ada, text)) == (0, 2, 1, 0)
    settings.CURRENCY = "USD"
    assert counts(post(as_ada, text)) == (0, 0, 3, 0)


@pytest.mark.parametrize("report", ["summary", "full"])
def test_a_value_that_utf_8_does_not_have_is_named_escaped(
    report: str, as_ada: ConformingClient
) -> None:
    text = r'{"1": {"books_id": "1", "title": "Emma", "primaryauthor": "A", "date": "\ud800 1925"}}'
    response = post(as_ada, text, kind="application/json", report=report)
    assert response.status_code == 200
    # The last line of a full report is the summary.
    last = json.loads(response.getvalue().splitlines()[-1])
    [note] = last.get("report", last)["notes"]
    assert note["example"] == r"\ud800 1925"


def test_a_refused_cell_names_its_column_and_what_to_do(as_ada: ConformingClient) -> None:
    text = "Titel;Autor;Verlag;Erschienen\nEmma;A;P;26.04.1925\n"
    response = post(as_ada, text)
    assert response.status_code == 422
    [error] = response.json()["report"]["errors"]
    assert (error["line"], error["pointer"], error["column"]) == (2, "#/published_on", "Erschienen")
    assert "date_format=%d.%m.%Y" in error["detail"]
    parameters: dict[str, Any] = {"date_format": "%25d.%25m.%25Y"}
    assert counts(post(as_ada, text, **parameters)) == (1, 0, 0, 0)


@pytest.mark.parametrize(
    ("written", "advice"),
    [
        ("5/6/2003", "date_format=%d/%m/%Y or %m/%d/%Y."),
        ("2003/05/06", "date_format=%Y/%m/%d."),
        ("May 1999", None),
    ],
)
def test_the_form_of_dates_is_named(
    written: str, advice: str | None, as_ada: ConformingClient
) -> None:
    response = post(as_ada, f"name,author,publisher,published_on\nEmma,A,P,{written}\n")
    [error] = response.json()["report"]["errors"]
    assert ("date_format" in error["detail"]) is (advice is not None)
    assert advice is None or advice in error["detail"]
    assert error["column"] is None
    response = post(
        as_ada,
        '[{"name": "a", "author": "b", "publisher": "c", "published_on": 5}]',
        kind="application/json",
    )
    assert "date_format" not in response.json()["report"]["errors"][0]["detail"]


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("encoding", "klingon", "Give a character set"),
        ("encoding", "unicode_escape", "Give a character set"),
        ("encoding", "iso-8859-99", "Give a character set"),
        ("sheet", "Books%00", "Give the name of a sheet"),
        ("columns", "Title", "Give pairs"),
        ("columns", ":name", "Give pairs"),
        ("columns", '"a', "Give pairs"),
        ("columns", "Title:nam", "Did you mean `name`?"),
        ("columns", "a:name,b:name", "Give one column for name."),
        ("unknown", "keep", "Give refuse or ignore."),
        ("date_format", "%25d.%25m", "Give a form"),
        ("date_format", "%25Y%25Q", "Give a form"),
        ("date_format", "%25Y%25Y", "Give a form"),
        ("report", "long", "Give summary or full."),
    ],
)
def test_an_option_that_can_not_be_used_is_400(
    name: str, value: Any, words: str, as_ada: ConformingClient
) -> None:
    response = post(as_ada, "name,author,publisher\n", **{name: value})
    assert (response.status_code, response.json()["code"]) == (400, "invalid_parameter")
    [error] = response.json()["errors"]
    assert error["parameter"] == name
    assert words in error["detail"]


def test_an_option_of_the_command_that_can_not_be_used(ada: User) -> None:
    with pytest.raises(CommandError, match=r"--date-format can't be used\. Give a form"):
        call_command("import_books", FILES / "own_caps.csv", owner="ada", date_format="x")


def test_the_command_says_what_it_took(ada: User) -> None:
    output = StringIO()
    call_command(
        "import_books", FILES / "calibre.csv", owner="ada", stdout=output, stderr=StringIO()
    )
    lines = output.getvalue().splitlines()
    assert lines[0] == "dialect: calibre"
    assert lines[1].startswith("columns taken: authors (author), isbn (isbn), identifiers (isbn)")
    assert lines[2].startswith("columns left out: author_sort, rating, library_name")
    assert lines[3] == "books: 1 created, 0 changed, 0 unchanged, 0 refused"


def test_a_header_drives_no_terminal(ada: User, tmp_path: Any) -> None:
    path = tmp_path / "books.csv"
    path.write_text("Title;Author;Publisher;Price;\x1b[31m\nEmma;A;P;3 €;\n")
    output = StringIO()
    call_command(
        "import_books", path, owner="ada", unknown="ignore", stdout=output, stderr=StringIO()
    )
    assert "columns left out: \\x1b[31m" in output.getvalue()
    assert "Price: price left unset in 1 row, first in line 2 ('3 €')" in output.getvalue()


def test_a_workbook_over_the_bound_is_413(as_ada: ConformingClient, settings: LazySettings) -> None:
    content = workbook([("name", "author", "publisher"), *[("Emma", "A", "P")] * 2_000])
    settings.IMPORT_MAX_BYTES = len(content) + 1
    response = post(as_ada, content, kind=KINDS[3].media_types[0])
    assert response.status_code == 413
    assert "when it is unpacked" in response.json()["detail"]
    assert not Book.objects.exists()
