"""ISBNs over HTTP: accepted in any usual spelling, checked, and stored as 13 digits."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from books.models import Book
from books.values.isbn import normalize_isbn
from tests.client import ConformingClient

from .conftest import BOOKS
from .files import counts, post, refusals


@pytest.fixture
def staff(client: Client, boss: User) -> Client:
    client.force_login(boss)
    return client


GOOD = [
    ("9780141439518", "9780141439518"),
    ("978-0-14-143951-8", "9780141439518"),
    ("978 0 14 143951 8", "9780141439518"),
    (" 9780141439518 ", "9780141439518"),
    ("0141439513", "9780141439518"),
    ("0-14-143951-3", "9780141439518"),
    ("0-8044-2957-X", "9780804429573"),
    ("080442957x", "9780804429573"),
    ("979-10-90636-07-1", "9791090636071"),
    ("978\u20110\u201114\u2011143951\u20118", "9780141439518"),
    ("978\u20130\u201414\u2212143951\u20438", "9780141439518"),
    ("978\u00a00\u202f14\u2009143951\u30008", "9780141439518"),
    ("\u202a978-0141439518\u202c", "9780141439518"),
    ("978\u200b-0-14\u00ad-143951-8\ufeff", "9780141439518"),
    ("ISBN 978-0-14-143951-8", "9780141439518"),
    ("ISBN-13: 9780141439518", "9780141439518"),
    ("ISBN-13 \u200f : \u200e 978-0141439518", "9780141439518"),
    ("isbn10 0-14-143951-3", "9780141439518"),
    ("ISBN (10): 0141439513", "9780141439518"),
    ("ISBN 10 1-4088-5565-8", "9781408855652"),
    ("eISBN\uff1a978-0-14-143951-8", "9780141439518"),
    ("urn:isbn:0141439513", "9780141439518"),
    ("978.0.14.143951.8", "9780141439518"),
    ("425-03071-7", "9780425030714"),
    ("140449132", "9780140449136"),
    ("140449132.0", "9780140449136"),
    ("9780141439518.0", "9780141439518"),
    ("ISBN 8044-2957-X", "9780804429573"),
    ("0-8044-2957-\u0425", "9780804429573"),
    ("９７８０１４１４３９５１８", "9780141439518"),
    ("٩٧٨٠١٤١٤٣٩٥١٨", "9780141439518"),
    ("۹۷۸-۰-۱۴-۱۴۳۹۵۱-۸", "9780141439518"),
    (None, None),
]

BAD = [
    pytest.param("9780141439519", "isbn", id="wrong check digit, 13"),
    pytest.param("0141439514", "isbn", id="wrong check digit, 10"),
    pytest.param("0804429570", "isbn", id="digit in place of X"),
    pytest.param("X080442957", "isbn", id="X in front"),
    pytest.param("97801414395X8", "isbn", id="X in an ISBN-13"),
    pytest.param("141439514", "isbn", id="wrong check digit, SBN"),
    pytest.param("7149526", "isbn", id="seven digits"),
    pytest.param("ISBN", "isbn", id="label alone"),
    pytest.param("9790060115615", "ismn", id="printed music"),
    pytest.param("979-0-060-11561-5", "ismn", id="printed music with hyphens"),
    pytest.param("M-060-11561-5", "ismn", id="printed music before 2008"),
    pytest.param("ISMN 979-0-060-11561-5", "ismn", id="printed music with its name"),
    pytest.param("9.78014E+12", "isbn_rounded", id="rounded by a spreadsheet"),
    pytest.param("9,78014E+12", "isbn_rounded", id="rounded by a German spreadsheet"),
    pytest.param("1.40449e8", "isbn_rounded", id="ISBN-10 rounded"),
    pytest.param("97801414395181", "isbn", id="fourteen digits"),
    pytest.param("9771234567898", "isbn", id="977: a periodical"),
    pytest.param("²978014143951", "isbn", id="superscript"),
    pytest.param("978-0-14-143951-8" + "-" * 60, "isbn", id="endless hyphens"),
    pytest.param("-", "isbn", id="hyphen alone"),
    pytest.param("a book", "isbn", id="words"),
    pytest.param("978014143951\x00", "isbn", id="NUL"),
    pytest.param("", "blank", id="empty"),
    pytest.param("\u200b", "blank", id="invisible"),
    pytest.param(True, "invalid", id="boolean"),
    pytest.param(["9780141439518"], "invalid", id="list"),
]


@pytest.mark.parametrize(("isbn", "stored"), GOOD)
def test_an_isbn_is_stored_as_13_digits(
    as_ada: ConformingClient, new_book: dict[str, Any], isbn: str | None, stored: str | None
) -> None:
    response = as_ada.post(BOOKS, {**new_book, "isbn": isbn})

    assert response.status_code == 201
    assert response.json()["isbn"] == stored
    assert Book.objects.get().isbn == stored


@pytest.mark.parametrize(("isbn", "code"), BAD)
def test_anything_else_is_400_and_stores_nothing(
    as_ada: ConformingClient, new_book: dict[str, Any], isbn: Any, code: str
) -> None:
    response = as_ada.post(BOOKS, {**new_book, "isbn": isbn})

    assert response.status_code == 400
    assert [(error["pointer"], error["code"]) for error in response.json()["errors"]] == [
        ("#/isbn", code)
    ]
    assert not Book.objects.exists()


def test_two_books_may_share_an_isbn(
    as_ada: ConformingClient, book: Book, new_book: dict[str, Any]
) -> None:
    response = as_ada.post(BOOKS, {**new_book, "name": "Silas Marner", "isbn": book.isbn})

    assert response.status_code == 201
    assert Book.objects.filter(isbn=book.isbn).count() == 2


def test_an_isbn_can_be_unset(as_ada: ConformingClient, book: Book) -> None:
    response = as_ada.patch(f"{BOOKS}/{book.pk}", {"isbn": None})

    assert response.status_code == 200
    assert response.json()["isbn"] is None
    book.refresh_from_db()
    assert book.isbn is None


def test_the_messages_say_what_happened_and_what_to_do(
    as_ada: ConformingClient, new_book: dict[str, Any]
) -> None:
    rounded = as_ada.post(BOOKS, {**new_book, "isbn": "9.78014E+12"})
    music = as_ada.post(BOOKS, {**new_book, "isbn": "9790060115615"})

    assert rounded.json()["errors"][0]["detail"] == (
        "A spreadsheet took this ISBN for a number and rounded it, so its last digits are lost. "
        "Format the column as text (Format cells, Text), and enter the ISBN again."
    )
    assert music.json()["errors"][0]["detail"] == (
        "This is an ISMN, the number of printed music (979-0), and not an ISBN. Leave it out."
    )


class TestEveryDoor:
    """The list's filter, the search, files and the admin take the same writings."""

    @pytest.fixture
    def stored(self, ada: User, make_book: Callable[..., Book]) -> Book:
        make_book(ada, name="Silas Marner")
        return make_book(ada, isbn="9780425030714")

    WRITINGS = (
        "9780425030714",
        "978 0 425 03071 4",
        "ISBN-13: 978\u20110\u2011425\u201103071\u20114",
        "ISBN 0 425 03071 7",
        "425-03071-7",
        "425\u221203071\u22127",
        "\u202a978-0425030714\u202c",
    )

    @pytest.mark.parametrize("writing", WRITINGS)
    @pytest.mark.parametrize("parameter", ["isbn", "q"])
    def test_lists(
        self, as_ada: ConformingClient, stored: Book, parameter: str, writing: str
    ) -> None:
        response = as_ada.get(BOOKS, {parameter: writing})

        assert response.status_code == 200
        assert [book["id"] for book in response.json()["results"]] == [stored.pk]

    @pytest.mark.parametrize("around", ["({})", "{},", '"{}".', "[{}]-"])
    def test_the_search_with_signs_around(
        self, as_ada: ConformingClient, stored: Book, around: str
    ) -> None:
        response = as_ada.get(BOOKS, {"q": around.format("978 0 425 03071 4")})

        assert [book["id"] for book in response.json()["results"]] == [stored.pk]

    @pytest.mark.parametrize("writing", WRITINGS)
    def test_the_search_beside_other_words(
        self, as_ada: ConformingClient, stored: Book, writing: str
    ) -> None:
        found = as_ada.get(BOOKS, {"q": f"eliot {writing} middlemarch"}).json()["results"]
        missed = as_ada.get(BOOKS, {"q": f"{writing} austen"}).json()["results"]

        assert ([book["id"] for book in found], missed) == ([stored.pk], [])

    @pytest.mark.parametrize("writing", WRITINGS)
    def test_a_file(
        self, as_ada: ConformingClient, new_book: dict[str, Any], stored: Book, writing: str
    ) -> None:
        row = json.dumps({**new_book, "isbn": writing})

        response = post(as_ada, row, kind="application/x-ndjson")

        assert counts(response) == (0, 0, 1, 0)

    @pytest.mark.parametrize("writing", WRITINGS)
    def test_the_admin(
        self, staff: Client, ada: User, new_book: dict[str, Any], writing: str
    ) -> None:
        form = {**new_book, "owner": ada.pk, "isbn": writing}

        assert staff.post("/admin/books/book/add/", form).status_code == 302
        assert Book.objects.get().isbn == "9780425030714"

    @pytest.mark.parametrize(
        ("written", "code"), [("9790060115615", "ismn"), ("9.78E12", "isbn_rounded")]
    )
    def test_refusals(
        self, as_ada: ConformingClient, new_book: dict[str, Any], written: str, code: str
    ) -> None:
        listed = as_ada.get(BOOKS, {"isbn": written})
        row = json.dumps({**new_book, "isbn": written})
        imported = post(as_ada, row, kind="application/x-ndjson")

        assert listed.status_code == 400
        assert listed.json()["errors"][0]["code"] == code
        assert refusals(imported) == [(1, "#/isbn", code)]


def test_years_in_a_search_are_no_isbn(
    as_ada: ConformingClient, ada: User, make_book: Callable[..., Book]
) -> None:
    book = make_book(ada, name="Verdun 1914 to 1918, volume 4")
    # As one number, 191419184 would be a valid SBN.
    assert normalize_isbn("191419184")

    response = as_ada.get(BOOKS, {"q": "1914 1918 4"})

    assert [found["id"] for found in response.json()["results"]] == [book.pk]


class TestStoredMusic:
    """A number of printed music that an earlier version stored stays until it is edited."""

    @pytest.fixture
    def music(self, ada: User, make_book: Callable[..., Book]) -> Book:
        return make_book(ada, isbn="9790060115615")

    def test_a_record_can_be_sent_back(self, as_ada: ConformingClient, music: Book) -> None:
        record = as_ada.get(f"{BOOKS}/{music.pk}").json()

        response = as_ada.put(f"{BOOKS}/{music.pk}", {**record, "price": "7.00"})

        assert response.status_code == 200
        assert response.json()["isbn"] == "9790060115615"

    def test_the_admin_can_change_another_field(
        self, staff: Client, ada: User, new_book: dict[str, Any], music: Book
    ) -> None:
        form = {**new_book, "owner": ada.pk, "isbn": music.isbn, "price": "7.00"}

        assert staff.post(f"/admin/books/book/{music.pk}/change/", form).status_code == 302
        music.refresh_from_db()
        assert (music.isbn, str(music.price)) == ("9790060115615", "7.00")
