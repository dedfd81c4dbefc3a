"""Forged addresses of the Django admin: a client's mistake is never a 500."""

from collections.abc import Callable

import pytest
from django.db import DataError
from django.test import Client

from accounts.models import User
from books.models import Book

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(boss: User, make_book: Callable[..., Book]) -> Client:
    make_book(boss)
    client = Client()
    client.force_login(boss)
    return client


@pytest.mark.parametrize(
    "address",
    [
        "books/book/?created_at__year=9999&created_at__month=12&created_at__day=31",
        "books/book/add/?owner=abc",
        "books/book/?q=" + "word+" * 500,
        "accounts/user/?" + "&".join(f"a{number}=" for number in range(400)),
    ],
)
def test_an_impossible_query_is_400(address: str, admin: Client) -> None:
    response = admin.get(f"/admin/{address}")
    assert response.status_code == 400


@pytest.mark.parametrize("address", ["books/book/?name__regex=(", "accounts/user/?name__regex=%5B"])
def test_a_regular_expression_is_no_filter(address: str, admin: Client) -> None:
    response = admin.get(f"/admin/{address}")
    assert response.status_code == 400


@pytest.mark.parametrize("address", ["books/book/?q=middlemarch", "books/book/", "accounts/user/"])
def test_an_ordinary_list_is_shown(address: str, admin: Client) -> None:
    response = admin.get(f"/admin/{address}")
    assert response.status_code == 200


def test_a_failure_of_our_own_is_not_called_the_clients(
    admin: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: object) -> None:
        raise ValueError("ours")

    monkeypatch.setattr("books.admin.BookAdmin.get_queryset", fail)
    with pytest.raises(ValueError, match="ours"):
        admin.get("/admin/books/book/")


@pytest.mark.parametrize("error", [DataError("ours"), OverflowError("ours")])
def test_a_refusal_of_the_database_is_the_clients_only_if_it_sent_something(
    admin: Client, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fail(*args: object) -> None:
        raise error

    monkeypatch.setattr("books.admin.BookAdmin.get_queryset", fail)
    with pytest.raises(type(error), match="ours"):
        admin.get("/admin/books/book/")
    for response in (
        admin.get("/admin/books/book/?q=x"),
        admin.get("/admin/books/book/1/change/"),
        admin.post("/admin/books/book/", {"action": ""}),
    ):
        assert response.status_code == 400


def test_a_failure_of_our_own_in_a_form_is_not_called_the_clients(
    admin: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: object) -> None:
        raise ValueError("ours")

    monkeypatch.setattr("books.admin.BookAdmin.save_model", fail)
    book = {"owner": User.objects.get().pk, "name": "a", "author": "b", "publisher": "c"}
    with pytest.raises(ValueError, match="ours"):
        admin.post("/admin/books/book/add/?_changelist_filters=q%3Da", book)


def test_a_stale_form_gets_a_page_of_ours(boss: User) -> None:
    client = Client(enforce_csrf_checks=True)
    response = client.post("/admin/login/", {}, headers={"accept": "text/html"})
    assert response.status_code == 403
    assert "Load the page again." in response.content.decode()
