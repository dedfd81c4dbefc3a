"""Workbooks (.xlsx): what their cells give a book, and workbooks that are refused unopened."""

import gzip
import io
import json
import resource
import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest

from books.transfer.errors import FileError, RowError, TooLargeError
from books.transfer.readers import workbook as module
from books.transfer.readers import workbook_bounds as bounds
from books.transfer.readers import workbook_process as process
from books.transfer.readers.kinds import CSV_FILE

from .foreign import FILES, read, refusal, refusals
from .workbooks import MAIN, RELATIONS, archive, parts, sheet, workbook

HEAD = ("name", "author", "publisher")
EMMA = ("Emma", "Jane Austen", "Murray")
BOOK = dict(zip(HEAD, EMMA, strict=True))


@pytest.fixture
def own_process() -> None:
    """Let a test read workbooks by the process of its own, as the product does."""


@pytest.fixture(autouse=True)
def in_this_process(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run the program of the process in this one, where its lines are counted."""
    if "own_process" in request.fixturenames:
        return

    @contextmanager
    def reading(file: Any, name: str | None, maximum: int) -> Iterator[Any]:
        out = io.StringIO()
        process.write_rows(io.BytesIO(file.read()), out, maximum=maximum, name=name)
        stdout = io.BytesIO(out.getvalue().encode())
        yield module._lines(SimpleNamespace(stdout=stdout, wait=lambda: 0))  # type: ignore[arg-type]  # noqa: SLF001  # as a process

    monkeypatch.setattr(module, "_reading", reading)


@pytest.mark.parametrize("kind", [None, CSV_FILE])
def test_a_workbook_is_known_by_its_content(kind: Any) -> None:
    content = (FILES / "books.xlsx").read_bytes()
    expected = [(2, {**BOOK, "publisher": "Penguin", "price": "9.99", "isbn": "9780141439587"})]
    assert read(content, kind).rows == expected
    assert read(gzip.compress(content), kind).rows == expected


def test_cells_are_read_as_a_person_would_have_typed_them() -> None:
    head = ("Title", "Author", "Publisher", "Price", "ISBN", "Published on")
    found = read(
        workbook(
            [
                head,
                (1984, "George Orwell", "Secker", 12, 9780141439587, date(1949, 6, 8)),
                ("a", "b", "c", 0.1 + 0.2, 141439548, 1949),
                ("d", "e", "f", "12,50", "0-14-143954-8", "1949-06"),
                (" g ", True, 3.5, None, None, None),
                ("h", "i", "j", "1.234,56", '="0141439548"', 44927.75),
            ]
        )
    )
    assert found.books == [
        _row("1984", "George Orwell", "Secker", "12", "9780141439587", "1949-06-08"),
        _row("a", "b", "c", "0.3", "141439548", "1949"),
        _row("d", "e", "f", "12.50", "0-14-143954-8", "1949-06"),
        {"name": "g", "author": "true", "publisher": "3.5"},
        _row("h", "i", "j", "1234.56", "0141439548", "44927.75"),
    ]
    assert found.findings.dialect == "spreadsheet"


def _row(*values: Any) -> dict[str, Any]:
    members = (*HEAD, "price", "isbn", "published_on")
    return dict(zip(members, values, strict=True))


@pytest.mark.parametrize(
    ("day", "text"), [("44927", "2023-01-01"), ("44927.75", "2023-01-01"), ("0.5", "12:00:00")]
)
def test_a_time_is_no_part_of_a_date(day: str, text: str) -> None:
    head = sheet([("name", "author", "publisher", "published_on")])
    row = f'<row r="2"><c r="A2"><v>1</v></c><c r="D2" s="1"><v>{day}</v></c></row></sheetData>'
    content = archive(parts({"Books": head.replace("</sheetData>", row)}))
    assert read(content).books[0]["published_on"] == text


def test_a_date_in_a_column_of_texts_refuses_the_row() -> None:
    [(_, error)] = read(
        workbook([("Titel", "author", "publisher"), (date(2068, 5, 1), "A", "P")])
    ).rows
    assert isinstance(error, RowError)
    assert (error.pointer, error.code, error.column) == ("#/name", "invalid", "Titel")


def test_rows_have_the_numbers_that_excel_shows() -> None:
    rows = [(), (), HEAD, EMMA, (), (*EMMA[:2], "x")]
    assert [line for line, _ in read(workbook(rows, first=2)).rows] == [5, 7]
    assert [line for line, _ in read(workbook([(None, *HEAD), (None, *EMMA)])).rows] == [2]


def test_a_sheet_is_chosen_by_its_name() -> None:
    sheets = {"Notes": sheet([("x",)]), "Meine Bücher": sheet([HEAD, EMMA])}
    content = archive(parts(sheets))
    assert read(content, sheet="Meine Bücher").books == [BOOK]
    assert refusals(content)[0].code == "unknown_column"
    error = refusal(content, sheet="Meine Buecher")
    assert error.code == "unknown_sheet"
    assert "Did you mean `Meine Bücher`?" in error.detail


@pytest.mark.parametrize("rows", [[], [()], [(None, "")]])
def test_an_empty_sheet_has_no_columns(rows: Any) -> None:
    assert {error.code for error in refusals(workbook(rows))} == {"missing_column"}


def test_values_below_no_name_refuse_the_row_unless_unknown_ones_are_left_out() -> None:
    content = workbook([(*HEAD, None, "x"), (*EMMA, "?", None), (*EMMA, None, None)])
    (_, error), (_, book) = read(content, columns="x:price").rows
    assert isinstance(error, RowError)
    assert (error.code, book) == ("unnamed_column", {**BOOK, "price": None})
    assert read(content, unknown="ignore").books == [BOOK, BOOK]


def test_dialects_are_known_in_workbooks_too() -> None:
    head = ("Book Id", "Title", "Author", "Author l-f", "Additional Authors", "ISBN13")
    found = read(workbook([head, (3, "Emma", "Jane Austen", "Austen, Jane", "", 9780141439587)]))
    assert found.findings.dialect == "goodreads"
    assert found.books[0]["isbn"] == "9780141439587"


def test_rows_are_bounded_with_those_between_that_are_empty() -> None:
    content = workbook([(), HEAD, EMMA, (), EMMA])
    assert len(read(content, maximum_rows=3).books) == 2
    with pytest.raises(FileError) as refused:
        read(content, maximum_rows=2)
    assert (refused.value.row.code, refused.value.row.line) == ("too_many_rows", 5)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "old workbook"),
        (b"PK\x03\x04 damaged", "cut off or damaged"),
        (workbook([HEAD, EMMA])[:-30], "cut off or damaged"),
        (archive({"books.csv": "name"}), "zip archive and no workbook"),
        (archive({"content.xml": "x"}), "OpenDocument"),
        (archive({"xl/workbook.bin": b"x"}), "binary workbook"),
        (archive({"xl/workbook.xml": "<a>"}), "damaged"),
        (archive({"xl/workbook.xml": "<a/>"}), "can't be read"),
        (archive(parts({"x": "<!DOCTYPE a><worksheet/>"})), "damaged"),
        (archive(parts({"x": '<worksheet><c r="é1"/></worksheet>'})), "damaged"),
        (archive(parts({"x": '<worksheet><row r="x"/></worksheet>'})), "damaged"),
        (archive(parts({"x": sheet([HEAD])}), method=zipfile.ZIP_LZMA), "unusual"),
        (archive(parts({})), "no such sheet"),
    ],
)
def test_what_is_no_workbook_says_what_it_is(content: bytes, words: str) -> None:
    error = refusal(content)
    assert error.code in {"invalid_workbook", "unknown_sheet"}
    assert words in error.detail


def test_an_encrypted_archive_says_so() -> None:
    content = bytearray(workbook([HEAD]))
    # The flag of encryption, in each local header and in the directory.
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = content.find(mark)
        while place >= 0:
            content[place + offset] |= 1
            place = content.find(mark, place + 1)
    assert "without a password" in refusal(bytes(content)).detail


def test_a_bomb_is_refused_by_its_size_before_it_is_unpacked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(zipfile.ZipFile, "read", lambda *_: pytest.fail("unpacked"))
    content = archive(parts({"x": sheet([HEAD]) + " " * 1_000_000}))
    with pytest.raises(TooLargeError, match="more than 800,000 bytes when it is unpacked"):
        bounds.bounded(io.BytesIO(content), maximum=100_000)


def test_an_entry_that_lies_about_its_size_is_cut_off() -> None:
    content = bytearray(archive({"xl/workbook.xml": "<a>" + "x" * 1_000_000 + "</a>"}))
    place = content.find(b"PK\x01\x02")
    content[place + 24 : place + 28] = (10).to_bytes(4, "little")
    with pytest.raises(FileError, match="damaged"):
        bounds.bounded(io.BytesIO(bytes(content)), maximum=100_000)


def test_too_many_entries_are_refused() -> None:
    files = {**parts({"x": sheet([HEAD])}), **{f"{n}.xml": "<a/>" for n in range(2_001)}}
    with pytest.raises(TooLargeError):
        bounds.bounded(io.BytesIO(archive(files)), maximum=10**8)


@pytest.mark.parametrize(
    "cells",
    [
        '<row r="1"><c r="A1"/></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>',
        '<row r="1"><c><v>1</v></c></row><row r="1048576"><c r=\'ZZ1048576\'><v>1</v></c></row>',
        '<x:row xmlns:x="y" r="90000000"><x:c/></x:row><row r="1"><c r="A1"/></row>',
    ],
)
@pytest.mark.parametrize("name", ["xl/worksheets/sheet1.xml", "xl/other.xml", "xl/_rels/x.rels"])
def test_cells_far_from_one_another_are_refused(cells: str, name: str) -> None:
    text = f'<worksheet xmlns="{MAIN}"><sheetData>{cells}</sheetData></worksheet>'
    with pytest.raises(TooLargeError, match="Delete the cells that are far from the others"):
        read(archive({**parts({"x": sheet([HEAD])}), name: text}))


def test_parts_without_cells_do_not_count() -> None:
    files: dict[str, Any] = {
        **parts({"x": sheet([HEAD, EMMA])}),
        "xl/media/cover.png": b"\0" * 5_000_000,
    }
    files["xl/drawings/drawing1.xml"] = "<" * 5_000_000
    content = bounds.bounded(io.BytesIO(archive(files)), maximum=100_000)
    assert "xl/media/cover.png" not in zipfile.ZipFile(content).namelist()


def strings(shared: str) -> bytes:
    """Return a workbook whose sheet names shared strings."""
    files = parts({"Books": sheet([HEAD])})
    relations = files["xl/_rels/workbook.xml.rels"]
    link = f'<Relationship Id="rIdT" Type="{RELATIONS}/sharedStrings" Target="sharedStrings.xml"/>'
    files["xl/_rels/workbook.xml.rels"] = relations.replace(
        "</Relationships>", f"{link}</Relationships>"
    )
    files["xl/sharedStrings.xml"] = shared
    cells = "".join(f'<row r="{n}"><c r="A{n}" t="s"><v>0</v></c></row>' for n in range(2, 4_000))
    name = "xl/worksheets/sheet1.xml"
    files[name] = files[name].replace("</sheetData>", f"{cells}</sheetData>")
    return archive(files)


def rows(xml: str) -> bytes:
    content = f'<worksheet xmlns="{MAIN}"><sheetData>{xml}</sheetData></worksheet>'
    return archive(parts({"Books": content}))


@pytest.mark.usefixtures("own_process")
@pytest.mark.parametrize(
    "content",
    [
        # The reader takes the row of cells without a place otherwise than the bounds do.
        pytest.param(
            rows(f'<row r="1048576"><c r="D1"><v>1</v></c>{"<c><v>1</v></c>" * 16_000}</row>'),
            id="a table of 16,000 million cells",
        ),
        pytest.param(
            strings(f'<sst xmlns="{MAIN}" uniqueCount="400000000000"><si><t>x</t></si></sst>'),
            id="memory for 400,000 million strings",
        ),
        pytest.param(
            strings(f'<sst xmlns="{MAIN}"><si><t>{"x" * 1_000_000}</t></si></sst>'),
            id="a megabyte in each of 4,000 cells",
        ),
        pytest.param(rows("<a>" * 10_000_000), id="ten million levels"),
        pytest.param(b"PK\x03\x04" + b"x" * 100, id="no archive"),
    ],
)
def test_what_asks_for_too_much_is_refused_and_ends_no_worker(content: bytes) -> None:
    assert refusal(content).code in ("invalid_workbook", "row_too_long")


@pytest.mark.parametrize("place", ["A4294967295", "A1048577", "XFE1"])
def test_a_cell_beyond_the_last_of_excel_is_refused(place: str) -> None:
    number = place.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    with pytest.raises(TooLargeError, match="beyond the last row or column"):
        read(rows(f'<row r="{number}"><c r="{place}"><v>1</v></c></row>'))


@pytest.mark.usefixtures("own_process")
def test_a_process_that_dies_refuses_the_workbook(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PROGRAM", [sys.executable, "-c", "import os; os.abort()"])
    assert "needs too much memory" in refusal(workbook([HEAD])).detail


@pytest.mark.usefixtures("own_process")
def test_the_process_has_nothing_of_the_servers_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told = "import os, json; print(json.dumps([1, ['name', 'author', *sorted(os.environ)]]))"
    monkeypatch.setattr(module, "PROGRAM", [sys.executable, "-c", told])
    [error] = refusals(workbook([HEAD]))[:1]
    assert (error.code, error.pointer) == ("unknown_column", "#/LC_CTYPE")
    assert len(refusals(workbook([HEAD]))) <= 2


@pytest.mark.usefixtures("own_process")
def test_it_ends_with_the_reading_of_its_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    endless = """import itertools, json
for number in itertools.count(1): print(json.dumps([number, ["name", "author"]]))"""
    monkeypatch.setattr(module, "PROGRAM", [sys.executable, "-c", endless])
    assert refusal(workbook([HEAD]), maximum_rows=5).code == "too_many_rows"


# The program of the process, run here.


def written(content: bytes, *, maximum: int = 10**8, name: str | None = None) -> list[Any]:
    out = io.StringIO()
    process.write_rows(io.BytesIO(content), out, maximum=maximum, name=name)
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_the_process_writes_a_line_for_each_row_with_a_value() -> None:
    content = workbook([HEAD, (1984, 0.5, True), (), (date(1949, 6, 8), "x", None)])
    assert written(content) == [
        [1, [*HEAD]],
        [2, ["1984", "0.5", "true"]],
        [4, [["1949-06-08"], "x", ""]],
    ]


@pytest.mark.parametrize(("style", "value", "text"), [("14", "44927.75", ["2023-01-01"])])
def test_the_time_of_a_date_is_left_out(style: str, value: str, text: Any) -> None:
    content = rows(f'<row r="1"><c r="A1" s="1"><v>{value}</v></c></row>')
    assert written(content) == [[1, [text]]]


def test_a_time_is_told_from_a_text() -> None:
    content = rows('<row r="1"><c r="A1" s="1"><v>0.5</v></c></row>')
    assert written(content) == [[1, [["12:00:00"]]]]


def test_the_process_tells_its_errors() -> None:
    [unknown] = written(workbook([HEAD]), name="Boks")
    assert (unknown["code"], unknown["sheets"]) == ("unknown_sheet", ["Boks", "Books"])
    [large] = written(workbook([HEAD]), maximum=10)
    assert "more than" in large["too_large"]
    [damaged] = written(archive({"xl/workbook.xml": "<workbook/>"}))
    assert damaged["code"] in ("invalid_workbook", "unknown_sheet")
    broken = parts({"Books": sheet([HEAD])})
    del broken["xl/_rels/workbook.xml.rels"]
    [damaged] = written(archive(broken))
    assert (damaged["code"], damaged["sheets"]) == ("invalid_workbook", [])


def test_the_process_has_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    limits: dict[int, Any] = {}
    monkeypatch.setattr(resource, "setrlimit", limits.__setitem__)
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(workbook([HEAD]))))
    out = io.StringIO()
    monkeypatch.setattr(sys, "stdout", out)
    process.main(["1000", "100000", "Books"])
    assert limits[resource.RLIMIT_AS] == (1000, 1000)
    assert limits[resource.RLIMIT_CPU] == (process.SECONDS, process.SECONDS)
    assert json.loads(out.getvalue()) == [1, [*HEAD]]


@pytest.mark.usefixtures("own_process")
def test_a_workbook_is_read_by_its_process() -> None:
    assert read(workbook([HEAD, EMMA])).books == [BOOK]


def test_a_row_that_is_too_long_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LONGEST", 10)
    assert refusal(workbook([HEAD, EMMA])).code == "row_too_long"
