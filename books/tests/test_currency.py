"""The currency of the store, and prices with its decimals."""

import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from books.models import Book
from bookstore_project.openapi.pages import openapi_document
from tests.client import ConformingClient

from . import old_files
from .conftest import BOOKS
from .files import codes, counts, csv, post

NO_DECIMALS = "JPY has no decimals. Give a whole number, such as 1250."


@pytest.fixture
def euro(settings: Any) -> None:
    settings.CURRENCY = "EUR"


@pytest.fixture
def yen(settings: Any) -> None:
    settings.CURRENCY = "JPY"


@pytest.fixture
def staff(client: Client, boss: User) -> Client:
    client.force_login(boss)
    return client


@pytest.fixture(params=[True, False], ids=["fast", "plain"])
def each_path(request: pytest.FixtureRequest, settings: Any) -> None:
    settings.FAST_PATH = request.param


@pytest.mark.parametrize("currency", ["", "EUR"])
@pytest.mark.usefixtures("each_path")
def test_every_answer_with_a_book_has_the_currency(
    as_ada: ConformingClient,
    new_book: dict[str, Any],
    book: Book,
    settings: Any,
    currency: str,
) -> None:
    settings.CURRENCY = currency
    shown = currency or None

    created = as_ada.post(BOOKS, {**new_book, "name": "Romola"}).json()
    listed = as_ada.get(BOOKS).json()["results"]
    one = as_ada.get(f"{BOOKS}/{book.pk}").json()
    stale = as_ada.patch(f"{BOOKS}/{book.pk}", {"price": "1.00"}, headers={"If-Match": '"0-0"'})

    assert created["currency"] == one["currency"] == shown
    assert [row["currency"] for row in listed] == [shown, shown]
    assert stale.json()["current"]["currency"] == shown
    assert list(one)[-1] == "currency"


@pytest.mark.usefixtures("euro")
def test_the_currency_is_read_only(
    as_ada: ConformingClient, new_book: dict[str, Any], book: Book
) -> None:
    record = as_ada.get(f"{BOOKS}/{book.pk}").json()

    sent_back = as_ada.put(f"{BOOKS}/{book.pk}", {**record, "price": "7.00"})
    other = as_ada.patch(f"{BOOKS}/{book.pk}", {"currency": "USD"})
    new = as_ada.post(BOOKS, {**new_book, "currency": "EUR"})

    assert (sent_back.status_code, other.status_code, new.status_code) == (200, 400, 400)
    for refused in (other, new):
        (error,) = refused.json()["errors"]
        assert (error["pointer"], error["code"]) == ("#/currency", "read_only")


@pytest.mark.parametrize(
    ("currency", "words"), [("EUR", "always EUR here"), ("", "null here, since this store has")]
)
def test_the_document_describes_the_currency(settings: Any, currency: str, words: str) -> None:
    settings.CURRENCY = currency
    # A process generates the document once.
    document = openapi_document.__wrapped__()
    book = document["components"]["schemas"]["Book"]

    assert "currency" in book["required"]
    assert book["properties"]["currency"]["type"] == ["string", "null"]
    assert words in book["properties"]["currency"]["description"]
    assert "currency" not in document["components"]["schemas"]["TutorialBook"]["properties"]


@pytest.mark.usefixtures("euro")
def test_the_tutorials_routes_have_no_currency(as_ada: ConformingClient, book: Book) -> None:
    (row,) = as_ada.get("/books").json()["list_of_books"]
    assert set(row) == {"id", "name", "Author", "Publisher", "book_prize"}
    assert row["book_prize"] == 12.5


class TestFiles:
    @pytest.mark.parametrize("currency", ["", "EUR", "JPY"])
    @pytest.mark.parametrize("kind", ["csv", "ndjson"])
    def test_an_export_comes_back_unchanged(
        self, as_ada: ConformingClient, ada: User, settings: Any, currency: str, kind: str
    ) -> None:
        settings.CURRENCY = currency
        Book.objects.create(owner=ada, name="N", author="A", publisher="P", price=1250)
        content = as_ada.get(f"{BOOKS}/export?format={kind}").getvalue()
        types = {"csv": "text/csv", "ndjson": "application/x-ndjson"}

        assert counts(post(as_ada, content, kind=types[kind])) == (0, 0, 1, 0)
        lines = content.decode().splitlines()
        if kind == "csv":
            assert (lines[0].split(",")[-1], lines[1].split(",")[-1]) == ("currency", currency)
        else:
            assert json.loads(lines[0])["currency"] == (currency or None)

    def test_an_empty_export_has_the_header(self, as_ada: ConformingClient) -> None:
        content = as_ada.get(f"{BOOKS}/export?format=csv").getvalue()
        assert content.decode().rstrip().endswith(",version,currency")

    @pytest.mark.usefixtures("euro")
    def test_a_row_with_another_currency_is_refused(self, as_ada: ConformingClient) -> None:
        head = "name,author,publisher,price,currency"
        rows = ["A,A,P,1,EUR", "B,A,P,1, eur", "C,A,P,1,", "D,A,P,1,USD", "E,A,P,1,€"]

        response = post(as_ada, csv(*rows, head=head), on_error="skip")

        assert counts(response) == (3, 0, 0, 2)
        assert codes(response.json()) == [
            (5, "#/currency", "other_currency"),
            (6, "#/currency", "other_currency"),
        ]
        assert response.json()["errors"][0]["detail"] == (
            "Prices here are in EUR. Convert the price, and leave the currency out."
        )

    @pytest.mark.parametrize("named", ["EUR", 7, ["EUR"]])
    def test_a_store_without_a_currency_refuses_any(
        self, as_ada: ConformingClient, new_book: dict[str, Any], named: Any
    ) -> None:
        row = json.dumps({**new_book, "currency": named})

        response = post(as_ada, row, kind="application/x-ndjson")

        assert response.status_code == 422
        (error,) = response.json()["report"]["errors"]
        assert (error["pointer"], error["code"]) == ("#/currency", "other_currency")
        assert error["detail"] == (
            "This store has no currency. Leave it out, or ask the operator to set CURRENCY."
        )

    @pytest.mark.usefixtures("yen")
    def test_a_row_with_a_fraction_is_refused(self, as_ada: ConformingClient) -> None:
        head = "name,author,publisher,price"
        response = post(as_ada, csv("A,A,P,12.50", "B,A,P,1250", "C,A,P,8.00", head=head))

        assert response.status_code == 422
        (error,) = response.json()["report"]["errors"]
        assert (error["line"], error["code"], error["detail"]) == (
            2,
            "max_decimal_places",
            NO_DECIMALS,
        )


@pytest.mark.usefixtures("yen")
class TestFractionsThatWereStoredBefore:
    """The price of `book` is 12.50."""

    KINDS = pytest.mark.parametrize("kind", ["csv", "ndjson"])
    TYPES: ClassVar = {"csv": "text/csv", "ndjson": "application/x-ndjson"}

    @pytest.fixture
    def exported(self, as_ada: ConformingClient, book: Book, kind: str) -> Any:
        Book.objects.create(owner=book.owner, name="N", author="A", price=1250)
        return as_ada.get(f"{BOOKS}/export?format={kind}").getvalue().decode()

    @KINDS
    def test_an_export_changes_nothing(
        self, as_ada: ConformingClient, exported: str, kind: str
    ) -> None:
        assert counts(post(as_ada, exported, kind=self.TYPES[kind])) == (0, 0, 2, 0)

    @KINDS
    def test_an_export_comes_into_an_empty_store(
        self, as_ada: ConformingClient, exported: str, kind: str
    ) -> None:
        Book.objects.all().delete()

        assert counts(post(as_ada, exported, kind=self.TYPES[kind])) == (2, 0, 0, 0)
        assert {*Book.objects.values_list("price", flat=True)} == {Decimal("12.50"), 1250}
        assert counts(post(as_ada, exported, kind=self.TYPES[kind])) == (0, 0, 2, 0)

    @KINDS
    def test_another_member_of_the_book_may_change(
        self, as_ada: ConformingClient, exported: str, kind: str, book: Book
    ) -> None:
        edited = exported.replace(book.name, "Romola")

        assert counts(post(as_ada, edited, kind=self.TYPES[kind])) == (0, 1, 1, 0)
        book.refresh_from_db()
        assert (book.name, book.price) == ("Romola", Decimal("12.50"))

    @pytest.mark.parametrize("kind", ["ndjson"])
    def test_other_rows_are_refused_beside_it(
        self, as_ada: ConformingClient, exported: str
    ) -> None:
        content = f'{exported}{{"name": "N", "author": "A", "price": "12.50"}}\n7\n'

        response = post(as_ada, content, kind=self.TYPES["ndjson"], on_error="skip")

        assert counts(response) == (0, 0, 2, 2)
        assert codes(response.json()) == [
            (3, "#/price", "max_decimal_places"),
            (4, "#", "not_an_object"),
        ]

    @KINDS
    def test_another_fraction_is_refused(
        self, as_ada: ConformingClient, exported: str, kind: str
    ) -> None:
        response = post(as_ada, exported.replace("12.50", "12.75"), kind=self.TYPES[kind])

        (error,) = response.json()["report"]["errors"]
        assert (error["pointer"], error["code"]) == ("#/price", "max_decimal_places")

    @pytest.mark.parametrize("currency", ["", "JPY"])
    @pytest.mark.parametrize("created_at", ["", "2026-01-01T00:00:00Z"])
    def test_a_row_that_is_not_from_a_store_of_this_currency_is_refused(
        self, as_ada: ConformingClient, currency: str, created_at: str
    ) -> None:
        row = f"{created_at and 7},{created_at},N,A,12.50,{currency}"
        response = post(as_ada, csv(row, head="id,created_at,name,author,price,currency"))

        is_exported = bool(currency and created_at)
        assert counts(response) == ((1, 0, 0, 0) if is_exported else (0, 0, 0, 1))

    @pytest.mark.parametrize("key", ["9223372036854775808", "x", "", "-1"])
    def test_a_row_without_the_id_of_a_book_is_refused(
        self, as_ada: ConformingClient, key: str
    ) -> None:
        row = f"{key},2026-01-01T00:00:00Z,N,A,12.50,JPY"
        response = post(as_ada, csv(row, head="id,created_at,name,author,price,currency"))

        assert counts(response) == (0, 0, 0, 1)

    def test_the_books_of_refused_rows_are_read_by_one_query(
        self, as_ada: ConformingClient, ada: User
    ) -> None:
        def exported(books: int) -> bytes:
            Book.objects.all().delete()
            Book.objects.bulk_create(
                Book(owner=ada, name=f"N{number}", author="A", price=Decimal("0.50"))
                for number in range(books)
            )
            return as_ada.get(f"{BOOKS}/export").getvalue()

        few, many = (queries_of(as_ada, exported(books)) for books in (2, 40))

        assert few == many


def queries_of(client: ConformingClient, content: bytes) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert counts(post(client, content))[3] == 0
    return len(captured)


@pytest.mark.usefixtures("yen")
class TestCurrencyWithoutDecimals:
    @pytest.mark.parametrize("price", ["12.50", "0.01", 12.5])
    @pytest.mark.parametrize("route", [BOOKS, "/book"])
    def test_a_fraction_is_refused(
        self, as_ada: ConformingClient, new_book: dict[str, Any], price: Any, route: str
    ) -> None:
        tutorial = {"name": "N", "Author": "A", "Publisher": "P", "book_prize": price}
        body = tutorial if route == "/book" else {**new_book, "price": price}

        response = as_ada.post(route, body)

        assert response.status_code == 400
        assert NO_DECIMALS in response.content.decode()
        if route == BOOKS:
            assert response.json()["errors"][0]["code"] == "max_decimal_places"

    @pytest.mark.parametrize("price", ["1250", "1250.00", 1250])
    @pytest.mark.usefixtures("each_path")
    def test_a_whole_number_is_stored(
        self, as_ada: ConformingClient, new_book: dict[str, Any], price: Any
    ) -> None:
        response = as_ada.post(BOOKS, {**new_book, "price": price})

        assert response.status_code == 201
        assert response.json()["price"] == "1250"
        assert as_ada.get(BOOKS).json()["results"][0]["price"] == "1250"
        assert Book.objects.get().price == Decimal(1250)

    @pytest.mark.usefixtures("each_path")
    def test_a_fraction_that_was_stored_before_is_shown_and_stays(
        self, as_ada: ConformingClient, book: Book
    ) -> None:
        record = as_ada.get(f"{BOOKS}/{book.pk}").json()

        response = as_ada.put(f"{BOOKS}/{book.pk}", {**record, "name": "Romola"})

        assert record["price"] == "12.50"
        assert (response.status_code, response.json()["price"]) == (200, "12.50")

    def test_the_history_has_the_same_prices(self, as_ada: ConformingClient, book: Book) -> None:
        assert as_ada.patch(f"{BOOKS}/{book.pk}", {"price": "1250"}).status_code == 200
        assert as_ada.patch(f"{BOOKS}/{book.pk}", {"price": None}).status_code == 200

        unset, changed = as_ada.get(f"{BOOKS}/{book.pk}/history").json()["results"]

        assert (unset["before"]["price"], unset["after"]["price"]) == ("1250", None)
        assert (changed["before"]["price"], changed["after"]["price"]) == ("12.50", "1250")

    def test_the_admin(self, staff: Client, ada: User, new_book: dict[str, Any]) -> None:
        form = {**new_book, "owner": ada.pk}
        refused = staff.post("/admin/books/book/add/", {**form, "price": "12.50"})
        added = staff.post("/admin/books/book/add/", {**form, "price": "1250"})
        book = Book.objects.get()
        page = staff.get(f"/admin/books/book/{book.pk}/change/").content.decode()

        assert refused.context["adminform"].form.errors == {"price": [NO_DECIMALS]}
        assert added.status_code == 302
        assert 'name="price" value="1250" min="0" step="1"' in page
        assert "Price (JPY)" in page
        assert ">1250<" in staff.get("/admin/books/book/").content.decode()

    def test_the_admin_keeps_a_fraction_that_was_stored_before(
        self, staff: Client, ada: User, new_book: dict[str, Any], book: Book
    ) -> None:
        form = {**new_book, "owner": ada.pk, "price": "12.50", "name": "Romola"}

        assert staff.post(f"/admin/books/book/{book.pk}/change/", form).status_code == 302
        book.refresh_from_db()
        assert (book.name, book.price) == ("Romola", Decimal("12.50"))


@pytest.mark.usefixtures("euro")
def test_the_admins_list_and_form_name_the_currency(
    staff: Client, ada: User, book: Book, make_book: Callable[..., Book]
) -> None:
    make_book(ada, name="Romola")

    listed = staff.get("/admin/books/book/?o=4").content.decode()
    form = staff.get(f"/admin/books/book/{book.pk}/change/").content.decode()

    assert "Price (EUR)" in listed
    assert ">12.50<" in listed
    assert "Price (EUR)" in form
    german = staff.get("/admin/books/book/", headers={"Accept-Language": "de"}).content.decode()
    assert "Preis (EUR)" in german
    assert ">12,50<" in german


@pytest.mark.usefixtures("yen")
@pytest.mark.django_db
def test_the_tutorials_prices_are_rounded_and_reported(tmp_path: Path) -> None:
    old = old_files.write(
        tmp_path / "bookstore.db", [old_files.user()], [old_files.book(price=12.5)]
    )

    output = old_files.import_file(old)

    assert Book.objects.get().price == 13
    assert "rounded to 13" in output
