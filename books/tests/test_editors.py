"""Editors change, delete and restore every book, on the API and in the Django admin."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.models import LoginSession, User
from accounts.services.still_allowed import require_still_allowed
from books.models import Book, BookChange
from bookstore_project.errors import SessionEndedError
from tests.client import ConformingClient

from .conftest import BOOKS
from .files import counts, post

LIST = "/admin/books/book/"
FORM = {"name": "Emma", "author": "Jane Austen", "publisher": "John Murray"}


@pytest.fixture
def eve(make_user: Callable[..., User]) -> User:
    """An editor."""
    return make_user("eve", editor=True)


@pytest.fixture
def as_eve(eve: User, client_of: Callable[[User], ConformingClient]) -> ConformingClient:
    return client_of(eve)


@pytest.fixture
def editing(client: Client, eve: User) -> Client:
    """A browser with a signed-in editor."""
    client.force_login(eve)
    return client


def test_an_editor_changes_deletes_and_restores_a_book_of_another_owner(
    as_eve: ConformingClient, eve: User, ada: User, book: Book
) -> None:
    url = f"{BOOKS}/{book.pk}"

    assert as_eve.patch(url, {"price": "7.00"}).status_code == 200
    assert as_eve.put(url, {**FORM, "price": "8.00"}).status_code == 200
    assert as_eve.post(f"{url}/restore", {"version": 1}).status_code == 200
    assert as_eve.delete(url).status_code == 204
    assert [row["id"] for row in as_eve.get(f"{BOOKS}/deleted").json()["results"]] == [book.pk]
    assert as_eve.post(f"{url}/restore", {}).status_code == 200

    history = as_eve.get(f"{url}/history").json()["results"]
    assert {change["actor_name"] for change in history} == {"eve"}
    restored = Book.objects.get()
    assert (restored.name, restored.owner_id) == (book.name, ada.pk)


def test_a_new_book_of_an_editor_is_their_own(
    as_eve: ConformingClient, eve: User, new_book: dict[str, Any]
) -> None:
    assert as_eve.post(BOOKS, new_book).status_code == 201
    assert Book.objects.get().owner == eve


def test_a_file_of_an_editor_changes_books_of_others_by_id_and_adds_their_own(
    as_eve: ConformingClient, eve: User, ada: User, book: Book, new_book: dict[str, Any]
) -> None:
    stored = as_eve.get(f"{BOOKS}/{book.pk}").json()
    rows = [{**stored, "price": "7.00"}, new_book]

    response = post(as_eve, "\n".join(map(json.dumps, rows)), kind="application/x-ndjson")

    assert counts(response) == (1, 1, 0, 0)
    book.refresh_from_db()
    assert (str(book.price), book.owner_id) == ("7.00", ada.pk)
    assert Book.objects.exclude(pk=book.pk).get().owner == eve


def test_the_tutorials_routes_give_an_editor_their_own_books_alone(
    as_eve: ConformingClient, book: Book
) -> None:
    assert as_eve.get("/books").json() == {"list_of_books": []}
    assert as_eve.delete(f"/books/{book.pk}").status_code == 404
    assert as_eve.get("/users").status_code == 403


class TestDjangoAdmin:
    def test_the_index_lists_books_alone(self, editing: Client) -> None:
        response = editing.get("/admin/")

        assert response.status_code == 200
        models = [
            model["object_name"] for app in response.context["app_list"] for model in app["models"]
        ]
        assert sorted(models) == ["Book", "BookChange", "DeletedBook"]

    def test_sign_in(self, client: Client, eve: User, ada: User) -> None:
        form = {"password": "violet-Harbour-27", "next": LIST}

        refused = client.post("/admin/login/", {**form, "username": "ada"})
        signed_in = client.post("/admin/login/", {**form, "username": "eve"})

        assert (refused.status_code, signed_in.status_code) == (200, 302)
        assert "the account may not use this site" in refused.content.decode()
        assert signed_in.headers["Location"] == LIST

    def test_a_book_is_changed_and_deleted(self, editing: Client, ada: User, book: Book) -> None:
        form = {**FORM, "owner": ada.pk}

        assert editing.post(f"{LIST}{book.pk}/change/", form).status_code == 302
        book.refresh_from_db()
        assert (book.name, book.owner_id) == ("Emma", ada.pk)
        assert editing.post(f"{LIST}{book.pk}/delete/", {"post": "yes"}).status_code == 302
        assert not Book.objects.exists()

    def test_a_version_and_a_deleted_book_are_restored(
        self, editing: Client, as_ada: ConformingClient, book: Book
    ) -> None:
        assert as_ada.patch(f"{BOOKS}/{book.pk}", {"price": "7.00"}).status_code == 200
        restored = editing.post(f"{LIST}{book.pk}/restore/", {"version": "1"})
        assert restored.status_code == 302
        book.refresh_from_db()
        assert str(book.price) == "12.50"

        assert as_ada.delete(f"{BOOKS}/{book.pk}").status_code == 204
        deletion = BookChange.objects.get(kind="deleted")
        form = {"action": "bring_back", "_selected_action": [deletion.pk]}
        assert editing.post("/admin/books/bookchange/", form).status_code == 302
        assert Book.objects.get().pk == book.pk

    def test_the_owner_of_a_book_is_shown_and_stays(
        self, editing: Client, ada: User, eve: User, bob: User, book: Book
    ) -> None:
        forged = {**FORM, "owner": bob.pk}

        page = editing.get(f"{LIST}add/?owner={bob.pk}")
        added = editing.post(f"{LIST}add/", forged)
        changed = editing.post(f"{LIST}{book.pk}/change/", {**forged, "name": "Persuasion"})

        assert page.context["adminform"].form.initial["owner"] == eve.pk
        assert "disabled" in page.content.decode()
        assert (added.status_code, changed.status_code) == (302, 302)
        assert Book.objects.get(name="Emma").owner == eve
        assert Book.objects.get(name="Persuasion").owner == ada

    def test_a_second_copy_is_an_error_of_the_form(
        self, editing: Client, eve: User, make_book: Callable[..., Book]
    ) -> None:
        make_book(eve, **FORM)

        response = editing.post(f"{LIST}add/", FORM)

        assert response.status_code == 200
        assert Book.objects.count() == 1

    def test_files(self, editing: Client, as_eve: ConformingClient, book: Book) -> None:
        assert editing.get(f"{LIST}import/").status_code == 200
        form = {"action": "export_selected", "_selected_action": [book.pk]}
        assert editing.post(LIST, form).headers["Content-Type"] == "text/csv; charset=utf-8"

    @pytest.mark.parametrize(
        "page",
        [
            "accounts/",
            "accounts/user/",
            "accounts/user/add/",
            "accounts/user/{ada}/change/",
            "accounts/user/{ada}/password/",
            "accounts/user/{eve}/change/",
            "accounts/apitoken/",
            "accounts/authevent/",
            "autocomplete/?app_label=books&model_name=book&field_name=owner&term=a",
        ],
    )
    def test_nothing_about_accounts(self, editing: Client, ada: User, eve: User, page: str) -> None:
        path = f"/admin/{page.format(ada=ada.pk, eve=eve.pk)}"
        assert editing.get(path).status_code in (403, 404)
        assert editing.post(path, {"admin": "on"}).status_code in (403, 404, 405)
        eve.refresh_from_db()
        assert not eve.admin


class TestRightTakenAway:
    """It counts at once, in sessions that go on."""

    def test_on_the_api(
        self, as_eve: ConformingClient, as_boss: ConformingClient, eve: User, book: Book
    ) -> None:
        assert as_eve.patch(f"{BOOKS}/{book.pk}", {"price": "7.00"}).status_code == 200

        taken = as_boss.patch(f"/api/v1/users/{eve.public_id}", {"editor": False})

        assert (taken.status_code, taken.json()["editor"]) == (200, False)
        refused = as_eve.patch(f"{BOOKS}/{book.pk}", {"price": "8.00"})
        assert refused.status_code == 403
        assert refused.json()["detail"] == (
            "Only the owner, an editor or an admin may change this book."
        )
        assert as_eve.get(f"{BOOKS}/{book.pk}/history").status_code == 403
        assert as_eve.get(f"{BOOKS}/{book.pk}").status_code == 200

    def test_in_the_django_admin(
        self, editing: Client, as_boss: ConformingClient, eve: User, book: Book
    ) -> None:
        assert editing.get(LIST).status_code == 200

        as_boss.patch(f"/api/v1/users/{eve.public_id}", {"editor": False})

        response = editing.get(LIST)
        assert response.status_code == 302
        assert response.headers["Location"].startswith("/admin/login/")

    def test_during_an_import(
        self, as_eve: ConformingClient, as_boss: ConformingClient, eve: User
    ) -> None:
        session = LoginSession.objects.get(user=eve)
        require_still_allowed(eve, session=session)

        as_boss.patch(f"/api/v1/users/{eve.public_id}", {"editor": False})

        with pytest.raises(SessionEndedError):
            require_still_allowed(eve, session=session)
