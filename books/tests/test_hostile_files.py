"""Whatever the bytes are, a file is read or refused with a reason; it is never an error of ours."""

import gzip
import io
import zipfile
from contextlib import suppress
from typing import Any

import pytest

from books.transfer.errors import FileError, TooLargeError
from books.transfer.findings import Findings
from books.transfer.options import FileOptions, OptionError
from books.transfer.readers.kinds import KINDS
from books.transfer.readers.opening import Reading, opened

from .foreign import FILES, read
from .test_properties import check
from .workbooks import archive, parts, sheet

HEADS = [
    b"name,author,publisher,price,isbn,published_on\n",
    b"Titel;Autor;Verlag;Preis;ISBN;Jahr\r\n",
    b"Book Id\tTitle\tPrimary Author\tPublication\tDate\tISBN\tISBNs\tList Price\n",
    b"Book Id,Title,Author,Author l-f,Additional Authors,ISBN,ISBN13,Year Published\n",
    b"title,authors,pubdate,identifiers,isbn,uuid\n",
    b"sep=;\n",
    b'[{"title": "',
    b'{"1": {"title": "',
    b"\xff\xfe",
    b"\xfe\xff",
    b"",
]
PIECES = [b",", b";", b"\t", b"\n", b"\r", b'"', b"'", b"=", b"[", b"]", b"{", b"}", b":", b"\0"]
PIECES += [b"a", b"1", b"1925", b"1,5", b"12 \xe2\x82\xac", b"\xe4", b"\xc3\xa4", b"9.78E+12", b"("]
OPTIONS: list[dict[str, str]] = [
    {},
    {"unknown": "ignore"},
    {"encoding": "utf-16-le"},
    {"encoding": "iso-2022-jp", "unknown": "ignore"},
    {"columns": "Titel:name,a:author", "date_format": "%d.%m.%Y"},
]


def attempt(content: bytes, kind: Any, options: dict[str, str]) -> None:
    reading = Reading(
        options=FileOptions.read(options), findings=Findings(), maximum=10**6, maximum_rows=1_000
    )
    with suppress(FileError, TooLargeError):
        for line, row in opened(io.BytesIO(content), kind, reading).rows:
            assert line >= 1
            assert row is not None
    assert reading.findings.data()


def test_any_bytes_are_read_or_refused(st: Any) -> None:
    bodies = st.lists(st.sampled_from(PIECES), max_size=40).map(b"".join) | st.binary(max_size=60)
    heads = st.sampled_from(HEADS)

    def holds(head: bytes, body: bytes, kind: Any, options: dict[str, str], zips: bool) -> None:
        content = head + body
        attempt(gzip.compress(content) if zips else content, kind, options)

    kinds = st.sampled_from([None, *KINDS])
    check(holds, heads, bodies, kinds, st.sampled_from(OPTIONS), st.booleans(), examples=1_500)


def test_a_damaged_workbook_is_read_or_refused(st: Any) -> None:
    whole = (FILES / "books.xlsx").read_bytes()

    def holds(place: int, bytes_: bytes, cut: int) -> None:
        content = bytearray(whole)
        content[place : place + len(bytes_)] = bytes_
        attempt(bytes(content[: len(whole) - cut]), None, {})

    places = st.integers(0, len(whole) - 1)
    check(holds, places, st.binary(max_size=4), st.just(0) | places, examples=400)


def test_hostile_xml_is_read_or_refused(st: Any) -> None:
    words = [
        "<c>",
        "</c>",
        "<c/>",
        "<row>",
        "</row>",
        "<v>",
        "</v>",
        "<is>",
        "<t>",
        "</t>",
        "</is>",
    ]
    words += [
        '<c r="A1">',
        '<c t="s">',
        '<c t="e">',
        '<row r="9">',
        "&lt;",
        "1",
        "x",
        "<!--",
        "]]>",
    ]

    def holds(pieces: list[str], is_whole: bool) -> None:
        text = "".join(pieces)
        text = sheet([("name", "author", "publisher")]).replace(
            "</sheetData>", text + "</sheetData>"
        )
        attempt(archive(parts({"x": text if is_whole else text[:-20]})), None, {})

    check(holds, st.lists(st.sampled_from(words), max_size=12), st.booleans(), examples=300)


@pytest.mark.parametrize(
    "text",
    [
        "(" * 60_000,
        "x (" * 20_000,
        "1979, " * 10_000,
        "c" * 60_000,
        "," * 60_000,
        '="' * 30_000,
        "[" * 60_000,
        "1." * 30_000,
        "€ " * 10_000,
        "9" * 60_000,
    ],
)
def test_long_cells_take_no_long_time(text: str) -> None:
    """No pattern backtracks: each of these would take minutes if its time grew with its square."""
    head = "Book Id\tTitle\tPrimary Author\tPublication\tDate\tISBN\tISBNs\tList Price\n"
    for place in range(1, 8):
        cells = ["x"] * 8
        cells[place] = text
        read(f"{head}{chr(9).join(cells)}\n")
    cells = [text if place == 3 else "x" for place in range(6)]
    read(f"Titel;Autor;Verlag;Preis;ISBN;Jahr\n{';'.join(c.replace(';', '') for c in cells)}\n")


def test_a_long_header_takes_no_long_time() -> None:
    header = ",".join(f"x{number}" for number in range(10_000))
    with pytest.raises(FileError):
        read(f"{header}\n")
    assert read(f"title,author,publisher,{header}\n", unknown="ignore").rows == []


def test_names_in_an_archive_may_be_anything() -> None:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as file:
        for name, text in parts({"x": sheet([("name", "author", "publisher")])}).items():
            file.writestr(name, text)
        file.writestr("../../etc/x.xml", "<a/>")
        file.writestr("xl/workbook.xml/", "")
    attempt(content.getvalue(), None, {})


def test_a_wrong_option_is_no_error_of_ours(st: Any) -> None:
    names = st.sampled_from(["encoding", "columns", "unknown", "date_format", "sheet"])
    texts = st.text(max_size=20) | st.text('%dmY:,"name\\ -8u', max_size=20)

    def holds(name: str, text: str) -> None:
        with suppress(OptionError):
            FileOptions.read({name: text})

    check(holds, names, texts, examples=1_000)
