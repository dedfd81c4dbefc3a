"""Books in the Django admin, over HTTP."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from books.models import Book

LIST = "/admin/books/book/"
ADD = f"{LIST}add/"
FORM = {"name": "Emma", "author": "Jane Austen", "publisher": "John Murray"}


@pytest.fixture
def staff(client: Client, boss: User) -> Client:
    """A browser with a signed-in admin who is not a superuser."""
    client.force_login(boss)
    return client


@pytest.mark.parametrize(
    "query",
    [
        "",
        "q=book",
        "q=nothing",
        "price__isempty=0",
        "created_at__gte=2024-01-01+00:00:00%2B00:00",
        "published_on__gte=1800-01-01",
        "price__isempty=1",
        "o=6",
        "o=-2",
        "o=4&q=book",
    ],
)
def test_the_list_costs_the_same_for_1_book_and_20_and_counts_nothing_unbounded(
    staff: Client, make_many: Callable[[int], list[Book]], query: str
) -> None:
    first = make_many(1)
    one = _queries(staff, query)
    Book.objects.filter(pk=first[0].pk).delete()
    make_many(20)
    twenty = _queries(staff, query)

    assert len(one) == len(twenty)
    counts = [sql for sql in twenty if "COUNT(" in sql]
    assert all("LIMIT" in sql for sql in counts)


@pytest.mark.usefixtures("book")
@pytest.mark.parametrize(
    ("query", "is_found"),
    [
        ("q=middlemarch", True),
        ("q=9780141439549", True),
        ("q=george+blackwood", True),
        ("q=austen", False),
        ("price__isempty=0", True),
        ("price__isempty=1", False),
        ("published_on__gte=1871-01-01&published_on__lt=1872-01-01", True),
        ("published_on__gte=1872-01-01", False),
        ("published_on__isnull=False", True),
        ("published_on__isnull=True", False),
        ("created_at__lt=2000-01-01+00:00:00%2B00:00", False),
    ],
)
def test_search_and_filters_narrow_the_list(staff: Client, query: str, is_found: bool) -> None:
    response = staff.get(f"{LIST}?{query}")

    assert response.status_code == 200
    assert ("Middlemarch" in response.content.decode()) is is_found


def test_the_list_shows_owner_price_and_dates(staff: Client, book: Book) -> None:
    response = staff.get(LIST)

    assert response.status_code == 200
    row = response.content.decode()
    for column in ("owner", "price", "published_on", "created"):
        assert f'class="field-{column}' in row
    assert "ada" in row
    assert "12.50" in row
    assert "1871-12-01" in row


def test_the_add_form_offers_the_signed_in_admin_as_the_owner(staff: Client, boss: User) -> None:
    response = staff.get(ADD)

    assert response.status_code == 200
    assert response.context["adminform"].form.initial["owner"] == boss.pk
    page = response.content.decode()
    assert "admin-autocomplete" in page
    assert f'<option value="{boss.pk}" selected>boss</option>' in page


def test_the_owner_may_be_given_in_the_address(staff: Client, ada: User) -> None:
    response = staff.get(f"{ADD}?owner={ada.pk}")

    assert response.status_code == 200
    assert f'<option value="{ada.pk}" selected>ada</option>' in response.content.decode()


def test_the_form_does_not_list_all_users(
    staff: Client, make_user: Callable[..., User], book: Book
) -> None:
    make_user("user of another shop")

    response = staff.get(f"{LIST}{book.pk}/change/")

    assert response.status_code == 200
    assert "user of another shop" not in response.content.decode()


def test_owners_are_found_as_one_types(staff: Client, ada: User, bob: User) -> None:
    response = staff.get(
        "/admin/autocomplete/?app_label=books&model_name=book&field_name=owner&term=BO"
    )

    assert response.status_code == 200
    assert [user["text"] for user in response.json()["results"]] == ["bob", "boss"]


def test_an_isbn_with_hyphens_is_stored_as_13_digits(staff: Client, ada: User) -> None:
    response = staff.post(ADD, {**FORM, "owner": ada.pk, "isbn": "0-14-143951-3", "price": "12.50"})

    assert response.status_code == 302
    book = Book.objects.get()
    assert (book.owner, book.isbn, str(book.price)) == (ada, "9780141439518", "12.50")


def test_empty_fields_are_stored_as_unset(staff: Client, ada: User) -> None:
    response = staff.post(ADD, {**FORM, "owner": ada.pk, "isbn": "", "price": ""})

    assert response.status_code == 302
    book = Book.objects.get()
    assert (book.isbn, book.price, book.published_on) == (None, None, None)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("price", "1e2"),
        ("price", "-1"),
        ("price", "1.234"),
        ("price", "１２"),
        ("isbn", "9780141439519"),
        ("name", ""),
        ("author", "x" * 256),
        ("publisher", "a\x00b"),
        ("owner", "0"),
        ("published_on", "junk"),
    ],
)
def test_a_bad_value_is_an_error_of_its_field(
    staff: Client, ada: User, field: str, value: str
) -> None:
    response = staff.post(ADD, {**FORM, "owner": ada.pk, field: value})

    assert response.status_code == 200
    assert list(response.context["adminform"].form.errors) == [field]
    assert not Book.objects.exists()


def test_a_second_copy_is_an_error_of_the_form(staff: Client, book: Book) -> None:
    response = staff.post(
        ADD,
        {
            "owner": book.owner_id,
            "name": book.name,
            "author": book.author,
            "publisher": "Another",
            "isbn": book.isbn,
        },
    )

    assert response.status_code == 200
    assert response.context["adminform"].form.non_field_errors() == [
        "This owner already has that book by that author with this ISBN."
    ]
    assert Book.objects.get() == book


def test_a_book_is_changed(staff: Client, book: Book) -> None:
    response = staff.post(
        f"{LIST}{book.pk}/change/", {**FORM, "owner": book.owner_id, "price": "8"}
    )

    assert response.status_code == 302
    book.refresh_from_db()
    assert (book.name, str(book.price)) == ("Emma", "8.00")


def test_a_book_is_deleted(staff: Client, book: Book) -> None:
    assert staff.get(f"{LIST}{book.pk}/delete/").status_code == 200
    assert Book.objects.exists()

    response = staff.post(f"{LIST}{book.pk}/delete/", {"post": "yes"})

    assert response.status_code == 302
    assert not Book.objects.exists()


def test_a_plain_user_is_sent_to_the_login(client: Client, ada: User, book: Book) -> None:
    client.force_login(ada)

    response = client.get(LIST)

    assert response.status_code == 302
    assert response.headers["Location"] == f"/admin/login/?next={LIST}"


def _queries(staff: Client, query: str) -> list[Any]:
    with CaptureQueriesContext(connection) as queries:
        response = staff.get(f"{LIST}?{query}")
    assert response.status_code == 200
    return [entry["sql"] for entry in queries.captured_queries]
