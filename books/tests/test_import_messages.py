"""Messages about files name the options of the interface, and are in the language of the page."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from accounts.models import User
from books.transfer.option_names import Interface, option
from tests.client import ConformingClient

from .files import post
from .test_admin_transfer import preview_of

CP1252 = "Titel;Autor\nGrößen;A\n".encode("cp1252")
# Files, each with an option that helps, as the API, the command and the admin name it.
FILES = {
    "an unknown column": (
        b"name,author,shelf\nEmma,A,x\n",
        "columns=shelf:publisher, or leave it out with unknown=ignore.",
        "--columns=shelf:publisher, or leave it out with --unknown=ignore.",
        (
            "“Columns with other names: shelf:publisher”, or leave it out with “Unknown columns: "
            "Leave them out”."
        ),
    ),
    "a column without a name": (
        b"name,author,\nEmma,A,x\n",
        "leave it out with unknown=ignore.",
        "leave it out with --unknown=ignore.",
        "leave it out with “Unknown columns: Leave them out”.",
    ),
    "dates in another form": (
        b"name,author,published_on\nEmma,A,01.02.1815\n",
        "name their form: date_format=%d.%m.%Y.",
        "name their form: --date-format=%d.%m.%Y.",
        "name their form: “How dates are written: %d.%m.%Y”.",
    ),
    "another encoding": (
        CP1252,
        "give encoding=windows-1252:",
        "give --encoding=windows-1252:",
        "give “Character set: windows-1252”:",
    ),
}
each_file = pytest.mark.parametrize("file", FILES)


@pytest.fixture
def staff(client: Client, boss: User) -> Client:
    client.force_login(boss)
    return client


@each_file
def test_the_api_names_its_parameters(as_ada: ConformingClient, file: str) -> None:
    content, expected, _, _ = FILES[file]
    report = post(as_ada, content).json()["report"]
    assert expected in report["errors"][0]["detail"]


@each_file
@pytest.mark.usefixtures("ada")
def test_the_command_names_its_options(file: str, tmp_path: Path) -> None:
    content, _, expected, _ = FILES[file]
    path, out = tmp_path / "books.csv", StringIO()
    path.write_bytes(content)

    with pytest.raises(CommandError):
        call_command("import_books", str(path), "--owner", "ada", stdout=out, stderr=StringIO())

    assert expected in out.getvalue()


@each_file
def test_the_admin_names_the_fields_of_its_form(staff: Client, file: str) -> None:
    content, _, _, expected = FILES[file]
    page = preview_of(staff, content)
    assert expected in page.context["errors"][0]["detail"]


@pytest.mark.usefixtures("ada")
@pytest.mark.parametrize(
    ("content", "advice"),
    [(CP1252, "Correct the lines above."), (b"name,author\n,A\n", "or give --on-error=skip.")],
)
def test_skipping_is_advised_where_it_helps(tmp_path: Path, content: bytes, advice: str) -> None:
    path = tmp_path / "books.csv"
    path.write_bytes(content)

    with pytest.raises(CommandError) as refused:
        call_command("import_books", str(path), owner="ada", stdout=StringIO(), stderr=StringIO())

    assert str(refused.value).endswith(advice)


def test_the_door_is_that_of_the_import_alone() -> None:
    with Interface.COMMAND.used():
        assert option("date_format") == "--date-format"
    assert option("date_format") == "date_format"


GERMAN = {
    "blank": ("name,author\n,A\n", "Dieses Feld darf nicht leer sein."),
    "isbn": (
        "name,author,isbn\nEmma,A,123\n",
        "Das ist keine ISBN: Geben Sie 10 oder 13 Ziffern mit der richtigen Prüfziffer an.",
    ),
    "rounded": ("name,author,isbn\nEmma,A,9.78014E+12\n", "Eine Tabellenkalkulation hat"),
    "price": ("name,author,price\nEmma,A,zwölf\n", "Geben Sie einen Preis in einfachen Ziffern"),
    "currency": ("name,author,currency\nEmma,A,EUR\n", "Dieser Bestand hat keine Währung."),
    "date": (
        "name,author,published_on\nEmma,A,c1985\n",
        (
            "Schreiben Sie ein Jahr, einen Monat oder einen Tag: 1985, 1985-06 oder 1985-06-01. "
            "Wenn nur das Jahr bekannt ist, schreiben Sie „1985“."
        ),
    ),
    "another date": (
        "name,author,published_on\nEmma,A,01.02.1815\n",
        (
            "Schreiben Sie ein Jahr, einen Monat oder einen Tag: 1985, 1985-06 oder 1985-06-01. "
            "Wenn in der Datei alle Daten diese Form haben, nennen Sie sie: „Schreibweise der "
            "Daten: %d.%m.%Y“."
        ),
    ),
    "day": ("name,author,published_on\nEmma,A,1985-02-30\n", "Diesen Tag gibt es nicht."),
    "id": ("id,name,author\nx,Emma,A\n", "Das ist keine id eines Buchs."),
    "cells": ("name,author\nEmma\n", "Die Zeile hat 1 Zellen, aber die Kopfzeile 2."),
    "column": ("name,autor,publishr\nEmma,A,P\n", "Eine solche Spalte gibt es nicht. Meinten Sie "),
    "twice": ("name,name,author\nEmma,x,A\n", "Die Spalte kommt zweimal vor."),
    "missing": ("name\nEmma\n", "Die Spalte fehlt."),
    "same book": (
        "name,author,publisher\nEmma,A,P\nEmma,A,Q\n",
        "Eine frühere Zeile ändert dasselbe Buch anders.",
    ),
    "quote": ('name,author\n"Emma,A\n', "Die Zeile ist kein CSV:"),
    "object": ('{"name": "Emma", "author": "A"}\n7\n', "Geben Sie für jedes Buch ein JSON-Objekt"),
    "member": ('{"name": "Emma", "author": "A", "x": 1}\n', "Ein solches Feld gibt es nicht."),
    "number": ('{"name": "Emma", "author": 7}\n', "Das ist eine Zahl. Schreiben Sie sie als Text"),
    "JSON": ('[{"name": "Emma" "author"}]', "Die Datei ist ab hier kein gültiges JSON:"),
    "encoding": (CP1252, "Diese Zeile ist nicht UTF-8. Wenn sie Windows-1252 ist, geben Sie „"),
    "workbook": (b"PK\x03\x04", "Die Arbeitsmappe ist abgeschnitten oder beschädigt."),
}


@pytest.mark.parametrize(("content", "expected"), GERMAN.values(), ids=GERMAN)
def test_the_preview_is_in_german(staff: Client, content: str | bytes, expected: str) -> None:
    staff.defaults["HTTP_ACCEPT_LANGUAGE"] = "de"
    page = preview_of(staff, content, name="books")
    assert page.context["errors"][-1]["detail"].startswith(expected)
    assert expected.partition(" Wenn")[0][:20] in page.content.decode()


def test_the_notes_of_a_preview_are_in_german(staff: Client) -> None:
    staff.defaults["HTTP_ACCEPT_LANGUAGE"] = "de"
    content = "Title,Authors,ISBN/UID\nEmma,A,123\n"
    page = preview_of(staff, content)
    assert [note["detail"] for note in page.context["notes"]] == ["Das ist keine ISBN."]


@pytest.mark.parametrize(("content", "expected"), GERMAN.values(), ids=GERMAN)
def test_the_api_is_in_english(
    as_ada: ConformingClient, content: str | bytes, expected: str
) -> None:
    kind = "text/csv" if content[:1] not in ("{", "[") else "application/json"
    response = post(as_ada, content, kind=kind, headers={"Accept-Language": "de"})
    assert response.status_code == 422
    assert not response.json()["report"]["errors"][-1]["detail"].startswith(expected[:10])
