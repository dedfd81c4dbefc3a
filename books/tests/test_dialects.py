"""What the files of other programs give a book, and what they leave unset."""

import json
from typing import Any

import pytest
from django.conf import LazySettings

from books.transfer.dialects.cells import NotTakenError, Style
from books.transfer.dialects.dialect import heading
from books.transfer.dialects.general import value_of
from books.transfer.errors import RowError
from books.transfer.findings import Findings
from books.transfer.readers.kinds import JSON_FILE

from .foreign import FILES, read, refusals

LIBRARYTHING = "Book Id\tTitle\tPrimary Author\tPublication\tDate\tISBN\tISBNs\tList Price\n"


def stored(name: str, **options: Any) -> Any:
    return read((FILES / name).read_bytes(), **options)


def test_goodreads() -> None:
    found = stored("goodreads.csv")
    assert found.findings.dialect == "goodreads"
    assert found.books[0] == {
        "name": "The Odyssey (Penguin Classics)",
        "author": "Homer",
        "publisher": "Penguin",
        "isbn": "9780140449112",
        "published_on": "2003",
    }
    # An empty cell of another program does not unset what is stored.
    assert not found.books[1].get("publisher")
    assert "isbn" not in found.books[1]
    assert [row["isbn"] for row in found.books[2:]] == ["9780141439549", "9780198815518"]
    assert {"Original Publication Year", "Bookshelves", "Author l-f"} <= set(found.findings.left)
    assert found.notes == []


GOODREADS = "Book Id,Title,Author,Author l-f,Additional Authors,ISBN,ISBN13,Year Published,Price\n"


@pytest.mark.parametrize(
    ("cells", "isbn", "noted"),
    [
        ('"=""014143954X""",', "014143954X", False),
        ('"=""0141439548""","=""9780141439549"""', "9780141439549", False),
        ("0141439548,9.78014E+12", "0141439548", False),
        # Without its ISBN, the book could be taken for another edition.
        (",9.78014E+12", "9.78014E+12", False),
        ('140449132,"=""B00ABC1234"""', "140449132", False),
        (",B00ABC1234", None, True),
        ('"=""""","="""""', None, False),
    ],
)
def test_isbns_of_goodreads(cells: str, isbn: str | None, noted: bool) -> None:
    found = read(f'{GOODREADS}1,Emma,Jane Austen,"Austen, Jane",,{cells},,\n')
    assert found.books[0].get("isbn") == isbn
    assert found.notes == ([("ISBN13", "#/isbn", "no_isbn", [2])] if noted else [])


def test_a_column_that_somebody_added_to_an_export_is_taken() -> None:
    found = read(f"{GOODREADS}1,Emma,Jane Austen,,,,,1815,9.99\n")
    assert found.books == [
        {"name": "Emma", "author": "Jane Austen", "published_on": "1815", "price": "9.99"}
    ]


def test_a_title_that_a_program_leaves_empty_is_left_to_the_checks() -> None:
    assert read(f"{GOODREADS}1,,,,,,,-700,\n").rows == [(2, {"name": "", "author": ""})]
    assert read(f"{GOODREADS}1,a,b,,,,,-700,\n").notes == [
        ("Year Published", "#/published_on", "no_date", [2])
    ]


@pytest.mark.parametrize(
    ("name", "options"),
    [("librarything.tsv", {"encoding": "iso-8859-1"}), ("librarything_utf16.tsv", {})],
)
def test_librarything(name: str, options: dict[str, str]) -> None:
    found = stored(name, **options)
    assert found.findings.dialect == "librarything"
    assert found.books == [
        {
            "name": "Marelle",
            "author": "Julio Cortazar",
            "publisher": "Gallimard",
            "isbn": "2070291340",
            "published_on": "1979",
        },
        {
            "name": "Le Maître et Marguerite",
            "author": "Mikhaïl Boulgakov",
            "publisher": "Pocket",
            "isbn": "2266062328",
            "published_on": "1994",
        },
    ]
    assert found.notes == [("List Price", "#/price", "other_currency", [2])]
    assert "Entry Date" in found.findings.left


@pytest.mark.parametrize(
    ("publication", "date", "publisher", "published_on"),
    [
        ("Penguin Classics (2003), Edition: Revised, 880 pages", "", "Penguin Classics", "2003"),
        ("Oxford University Press, USA (2008)", "", "Oxford University Press, USA", "2008"),
        ("Penguin (UK) (1985), Paperback", "", "Penguin (UK)", "1985"),
        ("New York : Vintage Books, 1990, c1988.", "", "Vintage Books", "1990"),
        ("Faber and Faber, 1954", "1954-03", "Faber and Faber", "1954-03"),
        ("Farrar, Straus and Giroux", "c1985", "Farrar, Straus and Giroux", "1985"),
        ("(1979)", "", None, "1979"),
        ("Gallimard (1979-05-01)", "1979, c1975", "Gallimard", "1979"),
        ("", "[1979]", None, "1979"),
        ("", "", None, None),
    ],
)
def test_publications_of_librarything(
    publication: str, date: str, publisher: str | None, published_on: str | None
) -> None:
    row = f"1\tEmma\tAusten, Jane\t{publication}\t{date}\t[]\t\t\n"
    [book] = read(LIBRARYTHING + row).books
    assert (book.get("publisher") or None, book.get("published_on")) == (publisher, published_on)


@pytest.mark.parametrize("date", ["0000", "May 1999", "n.d."])
def test_a_date_that_is_none_is_left_unset(date: str) -> None:
    found = read(f"{LIBRARYTHING}1\tEmma\tAusten, Jane\t\t{date}\t\t\t\n")
    assert "published_on" not in found.books[0]
    assert found.notes == [("Date", "#/published_on", "no_date", [2])]


@pytest.mark.parametrize(
    ("written", "author"),
    [
        ("Homer", "Homer"),
        ("Homer, ", "Homer"),
        ("Goethe, Johann Wolfgang von", "Johann Wolfgang von Goethe"),
        ("King, Martin Luther, Jr.", "Martin Luther King, Jr."),
        ("Lindgren, Astrid, Wikland, Ilon", "Lindgren, Astrid, Wikland, Ilon"),
    ],
)
def test_names_of_librarything(written: str, author: str) -> None:
    [book] = read(f"{LIBRARYTHING}1\tEmma\t{written}\t\t\t\t\t\n").books
    assert book["author"] == author


def test_quotes_of_librarything_belong_to_the_title() -> None:
    row = '1\t"Surely You\'re Joking, Mr. Feynman!"\tFeynman, Richard\t\t\t\t\t\n'
    assert read(LIBRARYTHING + row).books[0]["name"] == '"Surely You\'re Joking, Mr. Feynman!"'
    # A file that a spreadsheet has saved has quotes in its header or none in its cells.
    quoted = LIBRARYTHING.replace("Title", '"Title"')
    assert read(quoted + '1\t"The ""Best"""\tx\t\t\t\t\t\n').books[0]["name"] == 'The "Best"'


def test_librarything_in_json() -> None:
    books = {
        "1": {
            "books_id": "1",
            "title": "Marelle",
            "primaryauthor": "Cortazar, Julio",
            "authors": [{"lf": "Cortazar, Julio", "fl": "Julio Cortazar"}],
            "publication": "Gallimard (1979), Poche",
            "date": "1979",
            "isbn": {"0": "2070291340", "2": "9782070291342"},
            "originalisbn": "2070291340",
            "tags": ["a"],
        },
        "22": {"books_id": "22", "title": "Ἰλιάς", "primaryauthor": "Homer", "isbn": []},
    }
    for indent in (None, 1):
        content = json.dumps(books, indent=indent, ensure_ascii=False)
        for kind in (None, JSON_FILE):
            found = read(content, kind)
            assert found.books == [
                {
                    "name": "Marelle",
                    "author": "Julio Cortazar",
                    "publisher": "Gallimard",
                    "isbn": "9782070291342",
                    "published_on": "1979",
                },
                {"name": "Ἰλιάς", "author": "Homer"},
            ]
            assert found.findings.dialect == "librarything"
            assert {"authors", "tags", "books_id"} <= set(found.findings.left)


def test_calibre() -> None:
    found = stored("calibre.csv")
    assert found.findings.dialect == "calibre"
    assert found.books == [
        {
            "name": "Emma",
            "author": "Jane Austen & John Doe",
            "publisher": "Penguin",
            "isbn": "9780141439587",
            "published_on": "2003-05-06",
        }
    ]
    assert {"id", "uuid", "author_sort", "tags"} <= set(found.findings.left)


def test_what_calibre_does_not_know_is_left_unset() -> None:
    head = "title,authors,author_sort,isbn,identifiers,pubdate,#shelf,#price,id\n"
    rows = (
        "Emma,Jane Austen,x,,goodreads:1,0101-01-01T00:00:00+00:00,A1,12,7\n"
        'Emma,Jane Austen,x,,"amazon:2,isbn:9780141439549",1815-12-23T01:02:03+00:00,,,\n'
    )
    found = read(head + rows)
    assert found.books == [
        {"name": "Emma", "author": "Jane Austen"},
        {
            "name": "Emma",
            "author": "Jane Austen",
            "isbn": "9780141439549",
            "published_on": "1815-12-23",
        },
    ]
    assert found.notes == [("pubdate", "#/published_on", "no_date", [2])]
    assert {"#shelf", "#price", "id"} <= set(found.findings.left)


def test_storygraph() -> None:
    found = stored("storygraph.csv")
    assert found.findings.dialect == "storygraph"
    assert found.books == [
        {
            "name": "Always Coming Home",
            "author": "Ursula K. Le Guin, Todd Barton",
            "isbn": "9780520227354",
        }
    ]
    text = "Title,Authors,Contributors,ISBN/UID,Format\nEmma,Jane Austen,,4f2a-88aa-b1,digital\n"
    assert read(text).notes == [("ISBN/UID", "#/isbn", "no_isbn", [2])]
    assert read(text).findings.notes[0].example == "4f2a-88aa-b1"


@pytest.mark.parametrize(
    ("header", "members"),
    [
        ("Title,Author,Publisher,Price,ISBN,Year", "price isbn published_on"),
        ("title,author_text,publisher,isbn_13", "isbn"),
        ("TITLE,AUTHOR,PUBLISHERCODE,copyrightdate,isbn", "published_on isbn"),
        ("Title,Author,Publisher,Date Published,List Price", "published_on price"),
        ("Title,Author,Publisher,Publication Date,Cover Price", "published_on price"),
        ("title,creators,publisher,publish_date,ean_isbn13", "published_on isbn"),
        ("Titel;Autor;Verlag;Preis;Erscheinungsdatum", "price published_on"),
        ("Titel;Autor/in;Verlag;Ladenpreis;ISBN-Nummer", "price isbn"),
        ("Buchtitel\tAutor(en)\tVerlag\tErscheinungsjahr", "published_on"),
        ("Titel;Verfasser;Verlag;Preis in €", "price"),
    ],
)
def test_the_usual_words_are_known(header: str, members: str) -> None:
    expected = ["name", "author", "publisher", *members.split()]
    delimiter = next(sign for sign in ";\t," if sign in header)
    found = read(f"{header}\n{delimiter.join('abcdef'[: len(expected)])}\n")
    assert [member for each in found.findings.columns.values() for member in each] == expected
    assert found.findings.dialect == "spreadsheet"


def test_names_in_the_other_order_are_turned() -> None:
    text = 'Title,"Author (Last, First)",Publisher\nEmma,"Austen, Jane",Murray\n'
    assert read(text).books[0]["author"] == "Jane Austen"
    assert read(text.replace("Author (Last, First)", "Author")).books[0]["author"] == "Austen, Jane"


@pytest.mark.parametrize(
    ("price", "number"),
    [
        ("12,50", "12.50"),
        ("12", "12"),
        ("1.234,56", "1234.56"),
        ("1 234,5", "1234.5"),
        ("1\u202f234,50", "1234.50"),
        ("1'234,50", "1234.50"),
        ("1.234", "1234"),
        ("12.50", "12.50"),
        ("12,-", "12"),
        ("12,–", "12"),
        ("1,234.56", "1,234.56"),
        ("12,505", "12,505"),
        ("zwölf", "zwölf"),
        ("-5,00", "-5,00"),
        ("9" * 50, "9" * 50),
    ],
)
def test_decimal_commas_where_semicolons_delimit(price: str, number: str) -> None:
    [book] = read(f"Titel;Autor;Verlag;Preis\nEmma;A;P;{price}\n").books
    assert book["price"] == number


@pytest.mark.parametrize(
    ("currency", "price", "number"),
    [
        ("EUR", "1.234,56 €", "1234.56"),
        ("EUR", "€ 12,50", "12.50"),
        ("EUR", "12,50 EUR", "12.50"),
        ("EUR", "EUR12,50", "12.50"),
        ("EUR", "$12.50", None),
        ("USD", "$12.50", "12.50"),
        ("CAD", "$12.50", "12.50"),
        ("CAD", "US$ 12.50", None),
        ("USD", "US $12.50", "12.50"),
        ("GBP", "£7.99", "7.99"),
        ("CHF", "Fr. 12,50", "12.50"),
        ("SEK", "120 kr", "120"),
        ("PLN", "12,50 zł", "12.50"),
        (None, "12,50 €", None),
        ("EUR", "12,50 Stk", "12,50 Stk"),
    ],
)
def test_a_price_with_a_currency_is_taken_if_it_is_the_stores(
    currency: str | None, price: str, number: str | None, settings: LazySettings
) -> None:
    settings.CURRENCY = currency
    found = read(f"Titel;Autor;Verlag;Preis\nEmma;A;P;{price}\n")
    assert found.books[0].get("price") == number
    assert found.notes == ([] if number else [("Preis", "#/price", "other_currency", [2])])


def test_a_header_may_name_the_currency(settings: LazySettings) -> None:
    text = "Titel;Autor;Verlag;Preis (€)\nEmma;A;P;12,50\nb;A;P;$3\n"
    settings.CURRENCY = "EUR"
    assert [book.get("price") for book in read(text).books] == ["12.50", None]
    settings.CURRENCY = "USD"
    assert [book.get("price") for book in read(text).books] == [None, "3"]


def test_prices_of_our_own_format_are_not_interpreted(settings: LazySettings) -> None:
    settings.CURRENCY = "USD"
    text = 'name,author,publisher,price\na,b,c,$9.99\nd,e,f,"9,99"\n'
    assert [book["price"] for book in read(text).books] == ["$9.99", "9,99"]


@pytest.mark.parametrize(
    ("date_format", "written", "day"),
    [
        ("%d.%m.%Y", "26.04.1925", "1925-04-26"),
        ("%d.%m.%Y", "6.4.1925", "1925-04-06"),
        ("%d.%m.%Y", "1925", "1925"),
        ("%d.%m.%Y", "1925-04-26", "1925-04-26"),
        ("%d.%m.%Y", "31.02.1925", "31.02.1925"),
        ("%m/%d/%Y", "4/26/1925", "1925-04-26"),
        ("%m/%Y", "4/1925", "1925-04"),
        ("%B %Y", "April 1925", "1925-04"),
        ("ca. %Y", "ca. 1925", "1925"),
        ("%d.%m.%Y %H:%M", "26.04.1925 00:00", "1925-04-26"),
        ("", "1925-04-26 00:00:00", "1925-04-26"),
        ("", "1925-04-26T00:00:00", "1925-04-26"),
        ("", "1925.0", "1925"),
        ("", "26.04.1925", "26.04.1925"),
        ("", "c1985", "c1985"),
    ],
)
def test_dates_in_another_form(date_format: str, written: str, day: str) -> None:
    text = f"Titel;Autor;Verlag;Datum der Ausgabe\nEmma;A;P;{written}\n"
    [book] = read(text, date_format=date_format, columns="Datum der Ausgabe:published_on").books
    assert book["published_on"] == day


def test_an_empty_cell_unsets_the_member_in_our_own_format_alone() -> None:
    """Who fills a spreadsheet may not know what is stored here."""
    [book] = read("Title;Author;Publisher;Price;ISBN\nEmma;A;P;;\n").books
    assert book == {"name": "Emma", "author": "A", "publisher": "P"}
    [book] = read("Name;Author;Publisher;Price;ISBN\nEmma;A;P;;\n").books
    assert book == {"name": "Emma", "author": "A", "publisher": "P", "price": None, "isbn": None}


def test_an_isbn_that_was_rounded_with_a_comma_is_told() -> None:
    [book] = read("Title;Author;ISBN\nEmma;A;9,78014E+12\n").books
    assert book["isbn"] == "9,78014E+12"


@pytest.mark.parametrize("written", ["eISBN 978-0-14-143954-9", "urn:isbn:0141439548"])
def test_an_isbn_in_any_writing_is_one_in_the_export_of_a_program(written: str) -> None:
    head = "Book Id,Title,Author,ISBN,ISBN13,My Rating,Exclusive Shelf,Bookshelves"
    found = read(f"{head}\n1,Emma,A,{written},,5,read,\n")
    assert (found.books[0]["isbn"], found.notes) == (written, [])


def test_three_letters_that_are_no_currency_are_no_price() -> None:
    found = read("Title;Author;Price\nEmma;A;12,50 ABC\n")
    assert (found.books[0]["price"], found.notes) == ("12,50 ABC", [])


def test_our_export_saved_with_semicolons_keeps_what_identifies_a_book() -> None:
    text = "id;owner;name;author;publisher;created_at;version\n7;x;'=1;A;P;2001-01-01T00:00:00Z;2\n"
    [book] = read(text).books
    assert (book["id"], book["name"], book["version"]) == ("7", "=1", "2")
    assert book["created_at"] == "2001-01-01T00:00:00Z"
    # A guarded text is no formula of Excel's, which would be unwrapped.
    guarded = 'name;author;publisher\n"\'=""A""";"=""B""";C\n'
    assert read(guarded).books == [{"name": '="A"', "author": "B", "publisher": "C"}]


def test_wrapped_cells_are_unwrapped() -> None:
    text = 'Title,Author,Publisher,ISBN\n"=""1984""","=""a """"b""""""",P,"ISBN: [0141439548]"\n'
    [book] = read(text).books
    assert (book["name"], book["author"]) == ("1984", 'a "b"')


def test_notes_are_counted_by_their_column_and_reason() -> None:
    rows = "".join(f"{number}\tEmma {number}\tA, B\t\t\t\t\t$1\n" for number in range(30))
    [note] = read(LIBRARYTHING + rows).findings.notes
    assert (note.rows, note.lines, note.example) == (30, list(range(2, 12)), "$1")
    assert str(note) == (
        "List Price: price left unset in 30 rows, first in line 2 ('$1'): The price names a "
        "currency, and this store has none (setting CURRENCY). (other_currency)"
    )


def test_known_programs_need_their_columns() -> None:
    errors = refusals("Title,Publisher\nEmma,Murray\n")
    assert [(error.pointer, error.code) for error in errors] == [("#/author", "missing_column")]
    [(_, row)] = read("title,authors,uuid\nEmma\n").rows
    assert isinstance(row, RowError)


@pytest.mark.parametrize(
    ("cell", "value"),
    [("904", 904), ("904.0", 904), ("TRUE", True), ("false", False), ("many", "many")],
)
def test_a_cell_of_a_number_or_a_boolean(cell: str, value: Any) -> None:
    assert value_of(cell, Style()) == value


def test_what_was_found_in_a_file_is_bounded() -> None:
    findings = Findings()
    findings.take((f"column {number}", "name") for number in range(300))
    findings.take([("column 1", "name"), ("column 1", "author")])
    reason = NotTakenError("no_isbn", "This is not an ISBN.")
    for number in range(300):
        findings.note(2, column=f"{number}", member="isbn", reason=reason, value="x")
    assert (len(findings.columns), len(findings.notes)) == (200, 200)
    assert findings.columns["column 1"] == ["name", "author"]


@pytest.mark.parametrize("text", ["x:" + " " * 30_000 + "y", " isbn" * 6_000, "9" * 30_000])
def test_no_pattern_is_matched_with_a_text_that_no_book_can_have(text: str) -> None:
    """The time of some grows with the square of the length, and holds up all threads."""
    head = "Book Id\tTitle\tPrimary Author\tPublication\tISBN"
    [book] = read(f"{head}\n1\tEmma\tA\t{text}\t{text}\n").books
    assert (book["publisher"], book["isbn"]) == (text.strip(), text.strip())


def test_no_more_than_the_beginning_of_a_header_is_compared() -> None:
    assert heading("a" * 300) == heading("a" * 400) == "a" * 255


def test_a_plain_price_of_librarything_is_taken() -> None:
    head = "Book Id\tTitle\tPrimary Author\tPublication\tList Price"
    [book] = read(f"{head}\n1\tEmma\tA\tP (1979)\t12.50\n").books
    assert book["price"] == "12.50"
