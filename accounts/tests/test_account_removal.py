"""An account with many records is closed at once, and removed in steps afterwards."""

from collections.abc import Callable
from io import StringIO
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import AuthEvent, LoginSession, User
from accounts.services import deletion
from books.models import Book, BookChange
from bookstore_project.db.file_lock import FileLock
from bookstore_project.serving.background import start_background_work
from conftest import PASSWORD
from tests.client import ConformingClient

pytestmark = pytest.mark.django_db

ME = "/api/v1/users/me"
TOKEN = "/api/v1/auth/token"  # a path
BOOKS = 7
STEP = 3

ClientOf = Callable[[User], ConformingClient]


@pytest.fixture
def closed(
    ada: User,
    bob: User,
    client_of: ClientOf,
    make_book: Callable[..., Book],
    monkeypatch: pytest.MonkeyPatch,
) -> ConformingClient:
    """The client of an account with many books that was just deleted; bob has a book too."""
    monkeypatch.setattr(Book, "deleted_at_once", STEP)
    monkeypatch.setattr(deletion, "FIRST", STEP)
    for number in range(BOOKS):
        make_book(ada, name=f"Volume {number}")
    make_book(bob)
    client = client_of(ada)
    response = client.delete(ME, {"password": PASSWORD}, format="json")
    assert (response.status_code, response.content) == (204, b"")
    return client


def books_left_by_each_step(user: User) -> list[int]:
    """Remove the deleted accounts, and return how many books of `user` each step left."""
    left: list[int] = []

    def note(execute: Callable[..., Any], sql: str, *arguments: Any) -> Any:
        result = execute(sql, *arguments)
        if sql.startswith("DELETE") and '"books_book"' in sql:
            left.append(Book.objects.filter(owner=user).count())
        return result

    with connection.execute_wrapper(note):
        deletion.deleted_users_remove()
    return left


def test_the_account_is_closed_when_the_answer_comes(
    closed: ConformingClient, ada: User, anonymous: ConformingClient
) -> None:
    ada.refresh_from_db()
    assert (ada.is_active, ada.email) == (False, None)
    assert ada.deleted_at is not None
    assert not ada.has_usable_password()
    assert "ada" not in ada.name
    assert closed.get(ME).status_code == 401
    credentials = {"name": "ada", "password": PASSWORD}
    assert anonymous.post(TOKEN, credentials).status_code == 401
    # Its address is free at once, and its name is reserved.
    body = {**credentials, "email": "ada@example.org"}
    assert anonymous.post("/api/v1/auth/register", body).json()["code"] == "name_taken"
    assert anonymous.post("/api/v1/auth/register", {**body, "name": "lovelace"}).status_code == 201


def test_nobody_finds_the_account_or_brings_it_back(
    closed: ConformingClient, ada: User, root: User, client_of: ClientOf
) -> None:
    public_id = ada.public_id
    ada.refresh_from_db()
    admin = client_of(root)
    listed = {user["public_id"] for user in admin.get("/api/v1/users").json()["results"]}
    tutorials = {user["public_id"] for user in admin.get("/users").json()["users"]}
    for each in (public_id, ada.public_id):
        assert str(each) not in listed | tutorials
        path = f"/api/v1/users/{each}"
        assert admin.patch(path, {"is_active": True, "admin": True}).status_code == 404
        assert admin.delete(f"{path}/sessions").status_code == 404
    browser = Client()
    browser.force_login(root)
    assert browser.get(f"/admin/accounts/user/{ada.pk}/change/").status_code == 302
    with pytest.raises(IntegrityError), transaction.atomic():
        User.everyone.filter(pk=ada.pk).update(admin=True)


def test_its_deleted_books_are_not_restored(
    ada: User,
    root: User,
    client_of: ClientOf,
    make_book: Callable[..., Book],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Book, "deleted_at_once", 0)
    kept, gone = make_book(ada), make_book(ada, name="Gone")
    client, admin = client_of(ada), client_of(root)
    assert client.delete(f"/api/v1/books/{gone.pk}").status_code == 204
    assert client.delete(ME, {"password": PASSWORD}, format="json").status_code == 204
    assert admin.post(f"/api/v1/books/{gone.pk}/restore").status_code == 404
    assert list(Book.objects.all()) == [kept]


def test_an_account_that_is_removed_is_no_admin_who_could_stay(
    boss: User,
    root: User,
    client_of: ClientOf,
    make_book: Callable[..., Book],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Book, "deleted_at_once", 0)
    make_book(boss)
    client, other = client_of(boss), client_of(root)
    assert client.delete(ME, {"password": PASSWORD}, format="json").status_code == 204
    response = other.delete(ME, {"password": PASSWORD}, format="json")
    assert (response.status_code, response.json()["code"]) == (409, "last_admin")


@pytest.mark.usefixtures("closed")
def test_one_process_removes_at_a_time(ada: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FileLock, "acquire", lambda lock: False)
    deletion.deleted_users_remove()
    assert User.everyone.filter(pk=ada.pk).exists()


@pytest.mark.usefixtures("closed")
@pytest.mark.parametrize(("seconds", "steps"), [(0.0, [1, 2, 3, 1]), (1.0, [1] * 7)])
def test_a_step_grows_while_it_is_quick(
    seconds: float, steps: list[int], ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deletion, "FIRST", 1)
    clock = SimpleNamespace(now=0.0)

    def monotonic() -> float:
        clock.now += seconds
        return float(clock.now)

    monkeypatch.setattr(deletion, "time", SimpleNamespace(monotonic=monotonic))
    monkeypatch.setattr("bookstore_project.db.pace.Pace.give_way", lambda kept, seconds: None)
    left = [BOOKS, *books_left_by_each_step(ada)]
    assert [before - after for before, after in pairwise(left)][: len(steps)] == steps


@pytest.mark.usefixtures("closed")
def test_nothing_is_left_of_it_but_the_record(ada: User, bob: User) -> None:
    deletion.deleted_users_remove()
    assert not User.everyone.filter(pk=ada.pk).exists()
    assert Book.objects.get().owner == bob
    assert not LoginSession.objects.filter(user_id=ada.pk).exists()
    assert not BookChange.objects.filter(owner_id=ada.pk).exists()
    events = AuthEvent.objects.filter(subject_id=ada.public_id, kind="account_deleted")
    assert events.count() == 1


@pytest.mark.usefixtures("closed")
def test_no_step_deletes_more_than_a_few_records(ada: User) -> None:
    assert books_left_by_each_step(ada)[:3] == [BOOKS - STEP, BOOKS - 2 * STEP, 0]


@pytest.mark.usefixtures("closed")
def test_a_server_that_ends_leaves_the_rest_to_the_next(
    ada: User, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = iter([False, False, True, True, True, True])
    monkeypatch.setattr(type(deletion._remover), "is_stopping", property(lambda _: next(answers)))  # noqa: SLF001  # the thread of this process
    deletion.deleted_users_remove()
    assert User.everyone.filter(pk=ada.pk).exists()
    monkeypatch.undo()
    call_command("prune", stdout=StringIO())
    assert not User.everyone.filter(pk=ada.pk).exists()
    assert Book.objects.get().owner == bob


def test_a_few_records_are_deleted_at_once(
    ada: User,
    client_of: ClientOf,
    make_book: Callable[..., Book],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Book, "deleted_at_once", STEP)
    for number in range(STEP):
        make_book(ada, name=f"Volume {number}")
    client = client_of(ada)
    assert client.delete(ME, {"password": PASSWORD}, format="json").status_code == 204
    assert not User.everyone.exists()
    assert not Book.objects.exists()


def test_looking_for_accounts_to_remove_is_one_query() -> None:
    with CaptureQueriesContext(connection) as queries:
        deletion.deleted_users_remove()
    assert len(queries) == 1


def test_the_thread_of_a_server_is_woken_when_the_account_is_closed(
    ada: User,
    client_of: ClientOf,
    make_book: Callable[..., Book],
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Any,
) -> None:
    woken: list[bool] = []
    monkeypatch.setattr(deletion._remover, "wake", lambda: woken.append(True))  # noqa: SLF001  # as above
    monkeypatch.setattr(Book, "deleted_at_once", 0)
    make_book(ada)
    client = client_of(ada)
    with django_capture_on_commit_callbacks(execute=True):
        client.delete(ME, {"password": PASSWORD}, format="json")
        assert woken == []
    assert woken == [True]


def test_a_server_starts_the_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[str] = []
    monkeypatch.undo()
    monkeypatch.setattr("accounts.mail.outbox.start", lambda work: None)
    monkeypatch.setattr(deletion._remover, "start", lambda work: started.append(work.__name__))  # noqa: SLF001  # the same
    start_background_work()
    assert started == ["deleted_users_remove"]
