"""CSV as spreadsheets and programs write it: delimiters, ends of lines, encodings, empty cells."""

import gzip

import pytest

from books.transfer.errors import RowError
from books.transfer.readers.kinds import CSV_FILE, WORKBOOK

from .foreign import read, refusal, refusals

HEAD = "name,author,publisher"
EMMA = {"name": "Emma", "author": "Jane Austen", "publisher": "Murray"}
TABLE = "name,author,publisher\r\nEmma,Jane Austen,Murray\r\n"


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
@pytest.mark.parametrize("sep", [False, True])
def test_the_header_tells_the_delimiter(delimiter: str, end: str, sep: bool) -> None:
    text = TABLE.replace(",", delimiter).replace("\r\n", end)
    first = f"sep={delimiter}{end}" if sep else ""
    assert read(first + text).rows == [(2 + sep, EMMA)]


def test_a_line_says_the_delimiter_where_the_header_does_not() -> None:
    assert read('"sep=|"\n' + TABLE.replace(",", "|")).books == [EMMA]
    assert read("SEP=;;;\n" + TABLE.replace(",", ";")).books == [EMMA]


def test_the_delimiter_with_the_most_known_names_wins() -> None:
    text = '"name";author;"publisher";"a, b, c, d, e"\nEmma;Jane Austen;Murray;x\n'
    assert read(text, unknown="ignore").books == [EMMA]


@pytest.mark.parametrize("before", ["\n", "\r\n \r\n", ",,\n", "\ufeff\n", "\ufeff\ufeff"])
def test_empty_lines_and_marks_before_the_header_are_skipped(before: str) -> None:
    assert read(before + TABLE).books == [EMMA]


def test_a_mark_inside_is_no_part_of_a_header() -> None:
    assert read("name,\ufeffauthor,publisher\nEmma,Jane Austen,Murray\n").books == [EMMA]


def test_an_empty_file_has_no_columns() -> None:
    errors = refusals("", CSV_FILE)
    assert {(error.pointer, error.code) for error in errors} >= {("#/name", "missing_column")}
    assert [error.code for error in refusals("\n\n")] == [error.code for error in errors]


@pytest.mark.parametrize(
    "text",
    [
        "name,author,publisher,,\nEmma,Jane Austen,Murray,,\n",
        "name,author,publisher,,\nEmma,Jane Austen,Murray\n",
        "name,author,publisher\nEmma,Jane Austen,Murray,,,\n",
        "name,,author,publisher\nEmma,,Jane Austen,Murray\n",
        "name;author;publisher;\nEmma;Jane Austen;Murray;\n;;;\n",
    ],
)
def test_empty_cells_at_the_end_are_nothing(text: str) -> None:
    assert read(text).books == [EMMA]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("name,author,publisher\nEmma,Jane Austen\n", "wrong_number_of_cells"),
        ("name,author,publisher\nEmma,Austen, Jane,Murray\n", "wrong_number_of_cells"),
        ("name,author,publisher,\nEmma,Jane Austen,Murray,,x\n", "wrong_number_of_cells"),
        ("name,author,publisher,\nEmma,Jane Austen,Murray,x\n", "unnamed_column"),
        (",name,author,publisher\n0,Emma,Jane Austen,Murray\n", "unnamed_column"),
    ],
)
def test_cells_that_do_not_fit_refuse_the_row(text: str, code: str) -> None:
    [(line, error)] = read(text).rows
    assert isinstance(error, RowError)
    assert (line, error.line, error.code) == (2, 2, code)


def test_columns_without_a_name_can_be_left_out() -> None:
    text = ",name,author,publisher\n0,Emma,Jane Austen,Murray\n"
    assert read(text, unknown="ignore").books == [EMMA]


def test_quoted_cells_have_line_breaks_and_delimiters() -> None:
    assert read(f'{HEAD}\n"Emma\r\nor, ""Emma""",Jane Austen,Murray\nx,y,z\n').rows == [
        (2, {**EMMA, "name": 'Emma\r\nor, "Emma"'}),
        (4, {"name": "x", "author": "y", "publisher": "z"}),
    ]


def test_a_file_of_an_old_mac_keeps_line_feeds_in_its_cells() -> None:
    text = f'{HEAD}\r"Emma\nor not",Jane Austen,Murray\rx,y,z\r'
    assert [row["name"] for row in read(text).books] == ["Emma\nor not", "x"]


def test_a_zero_byte_is_left_to_the_checks_of_rows() -> None:
    assert read(f"{HEAD}\nE\0,A,P\n").books == [{"name": "E\0", "author": "A", "publisher": "P"}]


@pytest.mark.parametrize(
    "header",
    ["Name,AUTHOR,Publisher,Published On", "NAME,author,publisher,PUBLISHED_ON"],
)
def test_our_own_columns_in_any_case(header: str) -> None:
    found = read(f"{header}\nEmma,Jane Austen,Murray,1815\n")
    assert found.books == [{**EMMA, "published_on": "1815"}]
    assert found.findings.dialect == "bookstore"


def test_all_unknown_columns_are_named_at_once() -> None:
    errors = refusals("nam,author,publisher,shelf,prize\n")
    assert [(error.pointer, error.code) for error in errors] == [
        ("#/nam", "unknown_column"),
        ("#/shelf", "unknown_column"),
        ("#/prize", "unknown_column"),
        ("#/name", "missing_column"),
    ]
    assert "Did you mean `name`?" in errors[0].detail
    assert "columns=shelf:publisher" in errors[1].detail
    assert "unknown=ignore" in errors[1].detail


def test_a_header_of_very_many_columns_is_refused_shortly() -> None:
    errors = refusals(f"{HEAD},{','.join(f'x{number}' for number in range(5_000))}\n")
    assert len(errors) == 51
    assert errors[-1].detail == "So are 4,950 other columns."


def test_unknown_columns_can_be_left_out() -> None:
    found = read(f"{HEAD},shelf,Colour\nEmma,Jane Austen,Murray,A1,red\n", unknown="ignore")
    assert found.books == [EMMA]
    assert list(found.findings.left) == ["shelf", "Colour"]


@pytest.mark.parametrize("header", ["name,author,publisher,name", "Titel,author,publisher,titel"])
def test_a_column_that_occurs_twice_refuses_the_file(header: str) -> None:
    error = refusal(f"{header}\n")
    assert (error.pointer.lower(), error.code) in {
        ("#/name", "duplicate_column"),
        ("#/titel", "duplicate_column"),
    }


def test_of_two_columns_for_one_member_the_first_with_a_value_counts() -> None:
    text = "isbn10,Year,isbn13,Title,name,author,publisher\n"
    rows = "0141439548,1815,9780141439549,A,B,C,D\n0141439548,,,A,,C,D\n"
    first, second = read(text + rows).books
    # Our own name comes before the usual words, and those have an order of their own.
    assert (first["name"], second["name"]) == ("B", "A")
    assert (first["isbn"], second["isbn"]) == ("9780141439549", "0141439548")


def test_columns_are_mapped_by_hand() -> None:
    text = 'Werk,Wer,publisher,Title,"A, b"\nEmma,Jane Austen,Murray,not this,9.99\n'
    mapped = 'Werk:name,wer : author,"A, b:price"'
    found = read(text, columns=mapped)
    assert found.books == [{**EMMA, "price": "9.99"}]
    assert (list(found.findings.left), found.findings.dialect) == (["Title"], "spreadsheet")
    errors = [(each.pointer, each.code) for each in refusals(text, columns="Buch:name")]
    assert errors[:2] == [("#/Buch", "missing_column"), ("#/Werk", "unknown_column")]


def test_the_numbers_of_other_programs_are_not_ours() -> None:
    found = read("ID,Title,Author,Publisher,Version\n17,Emma,Jane Austen,Murray,3\n")
    assert found.books == [EMMA]
    assert list(found.findings.left) == ["ID", "Version"]
    assert read("ID,Name,Author,Publisher\n17,Emma,Jane Austen,Murray\n").books == [
        {"id": "17", **EMMA}
    ]


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Ästhetik", "utf-8-sig"),
        ("Ästhetik", "utf-16"),
        ("Война", "utf-16"),
        ("𝔄𝔅", "utf-32"),
    ],
)
@pytest.mark.parametrize("end", ["\r\n", "\r"])
def test_a_byte_order_mark_tells_the_encoding(text: str, encoding: str, end: str) -> None:
    content = f"{HEAD}{end}{text},A,P{end}" * 1
    assert read(content.encode(encoding)).books[0]["name"] == text
    # The mark counts more than what the client says.
    assert read(content.encode(encoding), encoding="windows-1252").books[0]["name"] == text
    assert read(gzip.compress(content.encode(encoding))).books[0]["name"] == text


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Ästhetik – 5 €", "windows-1252"),
        ("Czesław Miłosz", "windows-1250"),
        ("Война и мир", "windows-1251"),
        ("Война и мир", "KOI8-R"),
        ("Ästhetik", "utf-16-le"),
        ("Ästhetik", "latin1"),
        ("Crème brûlée", "mac-roman"),
        ("吾輩は猫である", "shift_jis"),
        ("三国演义", "GBK"),
    ],
)
def test_other_encodings_are_given(text: str, encoding: str) -> None:
    content = f"{HEAD}\n{text},A,P\n".encode(encoding)
    assert read(content, encoding=encoding).books[0]["name"] == text


@pytest.mark.parametrize(
    ("text", "encoding", "guess"),
    [
        ("Ästhetik;Müller, Jörg;Öl–Verlag", "windows-1252", "windows-1252"),
        ("Le Maître et Marguerite", "iso-8859-1", "windows-1252"),
        ("Crème brûlée – und Äpfel", "mac-roman", "mac-roman"),
        ("Für Gäste", "cp850", "cp850"),
        ("Czesław Miłosz i Wisława", "windows-1250", "windows-1250"),
        ("Преступление и наказание", "windows-1251", "windows-1251"),
        ("Преступление и наказание", "koi8-r", "koi8-r"),
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r"])
def test_an_encoding_is_guessed_in_the_error(
    text: str, encoding: str, guess: str, end: str
) -> None:
    error = refusal(f"{HEAD}{end}Emma,A,P{end}{text},A,P{end}".encode(encoding))
    assert error.code == "invalid_encoding"
    assert f"give encoding={guess}: it then reads '{text[:20]}" in error.detail
    assert error.line == (3 if end == "\n" else 1)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_a_mark_is_recognised(encoding: str) -> None:
    error = refusal(TABLE.encode(encoding), CSV_FILE)
    assert (error.code, f"give encoding={encoding}." in error.detail) == ("invalid_encoding", True)
    assert read(TABLE.encode(encoding), encoding=encoding).books == [EMMA]


def test_a_file_that_is_not_in_the_encoding_that_was_given() -> None:
    content = f"{HEAD}\n{'Emma,A,P' * 1}\nÄ,A,P\n".encode()
    error = refusal(content, encoding="ascii")
    assert (error.code, "not ascii" in error.detail) == ("invalid_encoding", True)
    late = f"{HEAD}\n".encode() + b"Emma,A,P\n" * 20_000 + "Ä,A,P\n".encode()
    assert refusal(late, encoding="ascii").code == "invalid_encoding"


def test_a_text_that_is_called_a_workbook_is_read_as_what_it_is() -> None:
    assert read(TABLE, WORKBOOK).books == [EMMA]


def test_wrapped_isbns_in_our_own_format() -> None:
    text = (
        f'{HEAD},isbn\nEmma,A,P,"=""0141439548"""\nb,A,P,[9780141439549]\nc,A,P,9780141439549.0\n'
    )
    assert [row["isbn"] for row in read(text).books] == [
        "0141439548",
        "9780141439549",
        "9780141439549",
    ]
