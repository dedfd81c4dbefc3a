"""Admins erase accounts: by the API, in the Django admin and by a command."""

import json
from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from accounts.api.reauthentication import reauthenticate
from accounts.api.views import deletion as views
from accounts.models import AuthEvent, FreedName, LoginSession, User
from accounts.services import deletion
from accounts.services.users import require_another_admin
from books.models import Book
from bookstore_project.db.long_writes import LongWriteError
from conftest import PASSWORD
from tests.client import ConformingClient
from tests.problems import field_codes

ClientOf = Callable[[User], ConformingClient]
AdminOf = Callable[[User], Client]

USERS = "/api/v1/users"
PAGES = "/admin/accounts/user/"
BODY = {"current_password": PASSWORD}


def by_delete(client: ConformingClient, user: User, body: Any = BODY) -> Any:
    return client.delete(f"{USERS}/{user.public_id}", body)


def by_post(client: ConformingClient, user: User, body: Any = BODY) -> Any:
    return client.post(f"{USERS}/{user.public_id}/deletion", body)


@pytest.fixture
def bosses(boss: User, client_of: ClientOf) -> ConformingClient:
    """The client of an admin."""
    return client_of(boss)


@pytest.fixture
def shelf(ada: User, make_book: Callable[..., Book], monkeypatch: pytest.MonkeyPatch) -> User:
    """A user with more books than one transaction deletes."""
    monkeypatch.setattr(Book, "deleted_at_once", 2)
    for number in range(4):
        make_book(ada, name=f"Volume {number}")
    return ada


WAYS = pytest.mark.parametrize("erase", [by_delete, by_post])
Erase = Callable[..., Any]


def only_event(kind: str = "account_deleted") -> AuthEvent:
    return AuthEvent.objects.get(kind=kind)


@WAYS
def test_the_account_goes_with_everything_and_it_is_on_the_record(
    ada: User,
    bosses: ConformingClient,
    client_of: ClientOf,
    make_book: Callable[..., Book],
    erase: Erase,
) -> None:
    boss = User.objects.get(name="boss")
    theirs, kept = client_of(ada), make_book(boss)
    make_book(ada)
    response = erase(bosses, ada)
    assert (response.status_code, response.content) == (204, b"")
    assert list(User.objects.all()) == [boss]
    assert list(Book.objects.all()) == [kept]
    assert not LoginSession.objects.exclude(user=boss).exists()
    assert theirs.get(f"{USERS}/me").status_code == 401
    event = only_event()
    assert (event.subject_id, event.subject_name) == (ada.public_id, "ada")
    assert (event.actor_id, event.actor_name) == (boss.public_id, "boss")


@WAYS
def test_the_name_is_reserved_and_the_address_free(
    ada: User, boss: User, client_of: ClientOf, anonymous: ConformingClient, erase: Erase
) -> None:
    erase(client_of(boss), ada)
    body = {"name": "ada", "password": PASSWORD, "email": "ada@example.org"}
    response = anonymous.post("/api/v1/auth/register", body)
    assert (response.status_code, response.json()["code"]) == (409, "name_taken")
    assert anonymous.post("/api/v1/auth/register", {**body, "name": "kim"}).status_code == 201
    assert FreedName.objects.get().former_owner is None


@WAYS
def test_the_admins_own_password_is_needed(
    ada: User, boss: User, client_of: ClientOf, settings: Any, erase: Erase
) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "failed-login": (2, 3600)}
    client = client_of(boss)
    missing = erase(client, ada, {})
    assert field_codes(missing) == {("#/current_password", "required")}
    answers = [erase(client, ada, {"current_password": "wrong"}) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [403, 403, 429]
    assert answers[0].json()["code"] == "wrong_password"
    assert User.objects.filter(pk=ada.pk).exists()


@WAYS
def test_a_plain_admin_does_not_erase_a_superuser_and_hashes_nothing(
    root: User, boss: User, client_of: ClientOf, hash_calls: list[str], erase: Erase
) -> None:
    response = erase(client_of(boss), root)
    assert (response.status_code, response.json()["code"]) == (403, "permission_denied")
    assert hash_calls == []
    assert erase(client_of(root), boss).status_code == 204


@WAYS
def test_admins_do_not_erase_themselves_here(boss: User, client_of: ClientOf, erase: Erase) -> None:
    response = erase(client_of(boss), boss)
    assert (response.status_code, response.json()["code"]) == (409, "own_account")
    assert User.objects.get() == boss


@WAYS
def test_the_last_admin_stays(
    ada: User,
    boss: User,
    client_of: ClientOf,
    monkeypatch: pytest.MonkeyPatch,
    erase: Erase,
) -> None:
    client = client_of(boss)
    User.objects.filter(pk=ada.pk).update(admin=True)

    def after_a_demotion(user: User) -> None:
        User.objects.filter(pk=boss.pk).update(admin=False)
        require_another_admin(user)

    monkeypatch.setattr(deletion, "require_another_admin", after_a_demotion)
    response = erase(client, ada)
    assert (response.status_code, response.json()["code"]) == (409, "last_admin")
    assert User.objects.filter(pk=ada.pk).exists()


@WAYS
def test_whoever_is_gone_is_404(
    ada: User,
    boss: User,
    client_of: ClientOf,
    monkeypatch: pytest.MonkeyPatch,
    erase: Erase,
) -> None:
    client = client_of(boss)

    def deleted_meanwhile(request: Any, password: str) -> None:
        User.objects.filter(pk=ada.pk).delete()
        reauthenticate(request, password)

    monkeypatch.setattr(views, "reauthenticate", deleted_meanwhile)
    assert erase(client, ada).status_code == 404
    assert erase(client, ada).status_code == 404
    assert not AuthEvent.objects.filter(kind="account_deleted").exists()


@WAYS
def test_a_sign_out_of_the_user_meanwhile_is_no_obstacle(
    ada: User,
    boss: User,
    client_of: ClientOf,
    monkeypatch: pytest.MonkeyPatch,
    erase: Erase,
) -> None:
    def signed_out_meanwhile(request: Any, password: str) -> None:
        User.objects.filter(pk=ada.pk).update(session_epoch=9)
        reauthenticate(request, password)

    monkeypatch.setattr(views, "reauthenticate", signed_out_meanwhile)
    assert erase(client_of(boss), ada).status_code == 204


@WAYS
def test_an_account_with_many_books_is_closed_at_once(
    shelf: User, bosses: ConformingClient, erase: Erase
) -> None:
    assert erase(bosses, shelf).status_code == 204
    assert not User.objects.filter(pk=shelf.pk).exists()
    assert User.everyone.deleted().get().pk == shelf.pk
    deletion.deleted_users_remove()
    assert not Book.objects.exists()
    assert not User.everyone.filter(pk=shelf.pk).exists()


def test_a_browsers_form_of_another_site_is_403(ada: User, boss: User) -> None:
    browser = ConformingClient(enforce_csrf_checks=True)
    browser.force_login(boss)
    assert by_post(browser, ada).status_code == 403
    assert by_delete(browser, ada).status_code == 403
    assert User.objects.filter(pk=ada.pk).exists()


# --- POST users/me/deletion -----------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/api/v1/users/me/deletion", "/api/v1/users/me/deletion/"])
def test_you_delete_your_own_account_by_post(
    ada: User, client_of: ClientOf, make_book: Callable[..., Book], path: str
) -> None:
    make_book(ada)
    client = client_of(ada)
    assert field_codes(client.post(path, {})) == {("#/password", "required")}
    assert client.post(path, {"password": "wrong"}).json()["code"] == "wrong_password"
    assert client.post(path, {"password": PASSWORD}).status_code == 204
    assert not User.objects.exists()
    assert not Book.objects.exists()
    assert only_event().actor_id == ada.public_id
    assert client.get("/api/v1/users/me").status_code == 401


def test_a_browser_that_deletes_its_account_by_post_is_signed_out(ada: User) -> None:
    browser = ConformingClient()
    browser.force_login(ada)
    response = browser.post("/api/v1/users/me/deletion", {"password": PASSWORD})
    assert response.status_code == 204
    assert browser.get("/api/v1/users/me").status_code == 401


def test_the_last_admin_does_not_leave_by_post(boss: User, client_of: ClientOf) -> None:
    response = client_of(boss).post("/api/v1/users/me/deletion", {"password": PASSWORD})
    assert (response.status_code, response.json()["code"]) == (409, "last_admin")


# --- The Django admin -----------------------------------------------------------------------------


def page(user: User) -> str:
    return f"{PAGES}{user.pk}/delete/"


def act(client: Client, *users: User, **form: str) -> Any:
    keys = [str(user.pk) for user in users]
    form = {"action": "delete_selected", "_selected_action": keys, **form}  # type: ignore[dict-item]  # a list of a form
    return client.post(PAGES, form)


@pytest.mark.parametrize("deleter", ["boss", "root"])
def test_the_page_asks_first_and_deletes_then(
    request: pytest.FixtureRequest,
    shelf: User,
    admin_of: AdminOf,
    django_assert_max_num_queries: Callable[[int], Any],
    deleter: str,
) -> None:
    ada, actor = shelf, request.getfixturevalue(deleter)
    client = admin_of(actor)
    with django_assert_max_num_queries(6):
        response = client.get(page(ada))
    text = response.content.decode()
    assert "books of each account are deleted too" in text
    assert "Volume" not in text
    assert User.objects.filter(pk=ada.pk).exists()
    response = client.post(page(ada), {"post": "yes"}, follow=True)
    assert "was deleted successfully" in response.content.decode()
    assert not User.objects.filter(pk=ada.pk).exists()
    event = only_event()
    assert (event.subject_id, event.actor_id) == (ada.public_id, actor.public_id)
    # Django's log has no name, which would stay for ever.
    assert not LogEntry.objects.exists()
    assert FreedName.objects.count() == 1


def test_nobody_deletes_their_own_account_there(boss: User, root: User, admin_of: AdminOf) -> None:
    for user in (boss, root):
        client = admin_of(user)
        assert client.get(page(user)).status_code == 403
        assert client.post(page(user), {"post": "yes"}).status_code == 403
        assert act(client, user, post="yes").status_code == 302
    assert User.objects.count() == 2


def test_the_action_asks_first_and_deletes_those_it_may(
    ada: User, bob: User, boss: User, root: User, admin_of: AdminOf
) -> None:
    client = admin_of(boss)
    asked = act(client, ada, bob, boss, root)
    assert asked.status_code == 200
    text = asked.content.decode()
    assert "books of each account are deleted too" in text
    assert f'name="_selected_action" value="{ada.pk}"' in text
    assert f'name="_selected_action" value="{root.pk}"' not in text
    assert User.objects.count() == 4
    assert act(client, ada, bob, boss, root, post="yes").status_code == 302
    assert set(User.objects.all()) == {boss, root}
    assert "2 users were deleted." in client.get(PAGES).content.decode()
    assert AuthEvent.objects.filter(kind="account_deleted", actor_id=boss.public_id).count() == 2
    assert not LogEntry.objects.exists()


def test_an_editor_deletes_no_account(
    ada: User, make_user: Callable[..., User], admin_of: AdminOf
) -> None:
    client = admin_of(make_user("eve", editor=True))
    assert client.get(page(ada)).status_code == 403
    assert act(client, ada, post="yes").status_code == 403
    assert User.objects.filter(pk=ada.pk).exists()


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (LongWriteError(), "The account has just changed"),
        (User.DoesNotExist(), "The account has just changed"),
        (None, "This is the last active admin"),
    ],
)
def test_what_stops_a_deletion_is_said(
    ada: User,
    boss: User,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception | None,
    text: str,
) -> None:
    client = Client()
    client.force_login(boss)

    def stopped(user: User) -> None:
        if error is not None:
            raise error
        # Another admin demotes the one of this request at the same time.
        User.objects.filter(pk=boss.pk).update(admin=False, is_superuser=False)
        try:
            require_another_admin(user)
        finally:
            User.objects.filter(pk=boss.pk).update(admin=True)

    User.objects.filter(pk=ada.pk).update(admin=True)
    monkeypatch.setattr(deletion, "require_another_admin", stopped)
    response = client.post(page(ada), {"post": "yes"}, follow=True)
    assert (response.status_code, text in response.content.decode()) == (200, True)
    act(client, ada, post="yes")
    told = client.get(PAGES).content.decode()
    assert text in told
    assert "0 users were deleted." in told
    assert User.objects.filter(pk=ada.pk).exists()


def test_the_action_finds_no_account_that_is_gone(ada: User, boss: User, admin_of: AdminOf) -> None:
    client = admin_of(boss)
    User.objects.filter(pk=ada.pk).delete()
    assert act(client, ada, post="yes").status_code == 302
    assert client.get(page(ada)).status_code == 302


# --- The command ----------------------------------------------------------------------------------


def erase_user(*arguments: str) -> str:
    output = StringIO()
    call_command("erase_user", *arguments, stdout=output)
    return output.getvalue()


def test_the_command_asks_for_the_name(ada: User, monkeypatch: pytest.MonkeyPatch) -> None:
    for typed in ("", "yes", "bob"):
        monkeypatch.setattr("builtins.input", lambda prompt, typed=typed: typed)
        with pytest.raises(CommandError, match="Nothing was deleted"):
            erase_user("ada")

    def closed(prompt: str) -> str:
        raise EOFError

    monkeypatch.setattr("builtins.input", closed)
    with pytest.raises(CommandError, match="Nothing was deleted"):
        erase_user("ada")
    assert User.objects.get() == ada
    monkeypatch.setattr("builtins.input", lambda prompt: "ada")
    assert "Deleted ada." in erase_user("ADA")
    assert not User.objects.exists()
    event = only_event()
    assert (event.subject_id, event.actor_id, event.actor_name) == (ada.public_id, None, "")
    assert FreedName.objects.count() == 1


@pytest.mark.parametrize("flag", ["--yes", "--noinput", "--no-input"])
def test_the_command_removes_everything_without_a_server(shelf: User, flag: str) -> None:
    assert "Deleted ada." in erase_user("ada", flag)
    assert not Book.objects.exists()
    assert not User.everyone.filter(pk=shelf.pk).exists()


def test_the_command_keeps_the_last_admin_and_finds_nobody_else(boss: User) -> None:
    with pytest.raises(CommandError, match=r"last active admin.*Nothing was deleted"):
        erase_user("boss", "--yes")
    with pytest.raises(CommandError, match="There is no user 'ada'"):
        erase_user("ada", "--yes")
    assert User.objects.get() == boss


def test_the_command_says_that_an_import_is_running(
    ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def running(owners: Any) -> None:
        raise LongWriteError

    monkeypatch.setattr(deletion, "require_no_long_write", running)
    with pytest.raises(CommandError, match="Try again"):
        erase_user("ada", "--yes")
    assert User.objects.get() == ada
    assert not AuthEvent.objects.exists()


def test_an_import_that_is_running_is_503_for_the_api(
    ada: User, boss: User, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    def running(owners: Any) -> None:
        raise LongWriteError

    monkeypatch.setattr(deletion, "require_no_long_write", running)
    response = by_post(client_of(boss), ada)
    assert response.status_code == 503
    assert json.loads(response.content)["code"] == "busy"


def test_the_admins_log_of_earlier_changes_goes_with_the_events(
    boss: User, ada: User, bob: User, admin_of: AdminOf, settings: Any
) -> None:
    """Of accounts alone. The name of a deleted account was in it for ever."""
    client = admin_of(boss)
    for user in (ada, bob):
        form = {"name": user.name, "email": user.email or "", "is_active": "on", "editor": "on"}
        assert client.post(f"{PAGES}{user.pk}/change/", form).status_code == 302
    assert client.post(f"{PAGES}{ada.pk}/delete/", {"post": "yes"}).status_code == 302
    LogEntry.objects.create(
        user=boss,
        content_type=ContentType.objects.get_for_model(Book),
        object_id="1",
        object_repr="Emma",
        action_flag=CHANGE,
    )
    names = LogEntry.objects.order_by("object_repr").values_list("object_repr", flat=True)
    assert list(names) == ["Emma", "ada", "bob"]
    settings.AUTH_EVENT_DAYS = 30
    old = LogEntry.objects.exclude(object_repr="bob")
    old.update(action_time=timezone.now() - timedelta(days=31))
    call_command("prune", stdout=StringIO())
    assert list(names.all()) == ["Emma", "bob"]
