"""The deletion of an account removes its sessions and books, and keeps its events."""

import base64
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session

from accounts.api.views import auth as auth_view
from accounts.api.views import sessions as sessions_view
from accounts.models import AuthEvent, LoginSession, User
from accounts.services import deletion
from accounts.services import users as services
from accounts.tokens.classes import RefreshToken
from books.api import idempotency
from books.api import serializers as book_serializers
from books.models import Book
from bookstore_project.flask_compat import serializers as tutorial_serializers
from bookstore_project.flask_compat import views as tutorial_views
from conftest import PASSWORD
from tests.client import ConformingClient
from tests.problems import field_codes

ME = "/api/v1/users/me"
TUTORIAL_BOOK = {"name": "Romola", "Author": "George Eliot", "Publisher": "S", "book_prize": 9}
BOOK = {"name": "Romola", "author": "George Eliot", "publisher": "Smith, Elder & Co."}

ClientOf = Callable[[User], ConformingClient]


def delete(client: Any, password: str = PASSWORD) -> Any:
    return client.delete(ME, {"password": password}, format="json")


@pytest.mark.parametrize("path", [ME, f"{ME}/"])
def test_the_account_goes_with_its_sessions_and_books(
    ada: User, bob: User, client_of: ClientOf, make_book: Callable[..., Book], path: str
) -> None:
    client, others = client_of(ada), client_of(bob)
    refresh = str(RefreshToken.for_user(ada))
    make_book(ada)
    kept = make_book(bob)

    response = client.delete(path, {"password": PASSWORD})

    assert (response.status_code, response.content) == (204, b"")
    assert list(User.objects.all()) == [bob]
    assert list(Book.objects.all()) == [kept]
    assert LoginSession.objects.get().user == bob
    answers = [client.get(ME), client.post("/api/v1/auth/token/refresh", {"refresh": refresh})]
    assert [answer.status_code for answer in answers] == [401, 401]
    assert others.get(ME).status_code == 200


def test_the_address_is_free_again_and_the_name_is_not(
    ada: User, client_of: ClientOf, anonymous: ConformingClient
) -> None:
    credentials = {"name": "ada", "password": PASSWORD}
    assert delete(client_of(ada)).status_code == 204
    assert anonymous.post("/api/v1/auth/token", credentials).status_code == 401
    body = {**credentials, "email": "ada@example.org"}
    response = anonymous.post("/api/v1/auth/register", body)
    assert response.status_code == 409
    assert response.json()["code"] == "name_taken"
    assert anonymous.post("/api/v1/auth/register", {**body, "name": "lovelace"}).status_code == 201
    assert Book.objects.count() == 0


def test_a_browser_is_logged_out(ada: User) -> None:
    browser = ConformingClient()
    browser.force_login(ada)
    assert delete(browser).status_code == 204
    assert browser.get(ME).status_code == 401
    assert not Session.objects.exists()
    kinds = AuthEvent.objects.order_by("pk").values_list("kind", flat=True)
    assert list(kinds) == ["login", "account_deleted"]


def test_a_form_of_another_site_is_403(ada: User) -> None:
    browser = ConformingClient(enforce_csrf_checks=True)
    browser.force_login(ada)
    assert delete(browser).status_code == 403
    assert User.objects.filter(pk=ada.pk).exists()


def test_it_is_on_the_record_which_stays(ada: User, client_of: ClientOf) -> None:
    public_id, client = ada.public_id, client_of(ada)
    client.delete(
        ME,
        {"password": PASSWORD},
        REMOTE_ADDR="203.0.113.7",
        HTTP_USER_AGENT="shop/1.0",
        HTTP_X_REQUEST_ID="req-1",
    )
    event = AuthEvent.objects.get(kind="account_deleted")
    assert (event.subject_id, event.subject_name) == (public_id, "ada")
    assert (event.actor_id, event.actor_name) == (public_id, "ada")
    assert (event.address, event.user_agent) == ("203.0.113.7", "shop/1.0")
    assert (event.request_id, event.detail) == ("req-1", "")
    assert AuthEvent.objects.filter(subject_id=public_id, kind="login").exists()


def test_a_wrong_password_is_403_and_counts_as_a_failed_login(
    ada: User, client_of: ClientOf, settings: Any
) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "failed-login": (2, 3600)}
    client = client_of(ada)
    answers = [delete(client, "wrong") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [403, 403, 429]
    assert answers[0].json()["code"] == "wrong_password"
    assert int(answers[2].headers["Retry-After"]) > 0
    assert User.objects.filter(pk=ada.pk).exists()


@pytest.mark.parametrize("body", [None, {}])
def test_without_a_password_it_is_400(ada: User, client_of: ClientOf, body: Any) -> None:
    response = client_of(ada).delete(ME, body)
    assert response.status_code == 400
    assert field_codes(response) == {("#/password", "required")}
    assert User.objects.filter(pk=ada.pk).exists()


def test_a_stranger_gets_401(anonymous: ConformingClient) -> None:
    assert anonymous.delete(ME).status_code == 401


def test_the_last_admin_stays(boss: User, client_of: ClientOf, root: User) -> None:
    User.objects.filter(pk=root.pk).update(is_active=False)
    client = client_of(boss)
    response = delete(client)
    assert response.status_code == 409
    assert response.json()["code"] == "last_admin"
    assert not AuthEvent.objects.filter(kind="account_deleted").exists()
    User.objects.filter(pk=root.pk).update(is_active=True)
    assert delete(client).status_code == 204
    assert User.objects.active_admins().get() == root


def test_what_an_admin_did_in_the_django_admin_is_no_obstacle(
    boss: User, root: User, ada: User, client_of: ClientOf
) -> None:
    kind = ContentType.objects.get_for_model(User)
    for actor, target in ((boss, ada), (root, boss)):
        LogEntry.objects.create(
            user=actor,
            content_type=kind,
            object_id=str(target.pk),
            object_repr=str(target),
            action_flag=2,
        )
    assert delete(client_of(boss)).status_code == 204
    # Django's log entries by an admin are deleted with them; entries about them stay.
    assert LogEntry.objects.get().user == root


def test_it_all_happens_or_nothing(
    ada: User,
    client_of: ClientOf,
    make_book: Callable[..., Book],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    make_book(ada)
    client = client_of(ada)

    def broken(user: User) -> None:
        Book.objects.all().delete()
        raise RuntimeError

    monkeypatch.setattr(User, "delete", broken)
    with pytest.raises(RuntimeError):
        delete(client)
    assert Book.objects.count() == 1
    assert not AuthEvent.objects.filter(kind="account_deleted").exists()


@pytest.mark.parametrize("books", [1, 20])
def test_the_number_of_queries_is_the_same_however_many_books(
    books: int,
    ada: User,
    client_of: ClientOf,
    make_book: Callable[..., Book],
    django_assert_max_num_queries: Callable[[int], Any],
) -> None:
    for number in range(books):
        make_book(ada, name=f"Volume {number}")
    client = client_of(ada)
    with django_assert_max_num_queries(28):
        assert delete(client).status_code == 204


# --- A request in progress while the account is deleted -------------------------------------------


@pytest.fixture
def deleted_meanwhile(ada: User, monkeypatch: pytest.MonkeyPatch) -> Callable[[Any, str], None]:
    """Delete ada's account just before the named function is called."""

    def arrange(place: Any, name: str) -> None:
        original = getattr(place, name)

        def after_the_end(*args: Any, **kwargs: Any) -> Any:
            User.objects.filter(pk=ada.pk).delete()
            return original(*args, **kwargs)

        monkeypatch.setattr(place, name, after_the_end)

    return arrange


Arrange = Callable[[Any, str], None]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "sent",
    [
        (book_serializers, "/api/v1/books", BOOK),
        (tutorial_serializers, "/book", TUTORIAL_BOOK),
    ],
)
def test_a_book_for_an_account_that_is_gone_is_401(
    ada: User, client_of: ClientOf, deleted_meanwhile: Arrange, sent: tuple[Any, str, Any]
) -> None:
    client = client_of(ada)
    serializers, path, body = sent
    deleted_meanwhile(serializers, "book_create")
    assert client.post(path, body).status_code == 401
    assert not Book.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_key_for_an_account_that_is_gone_is_401(
    ada: User, client_of: ClientOf, deleted_meanwhile: Arrange
) -> None:
    client = client_of(ada)
    deleted_meanwhile(idempotency, "_answer_once")
    response = client.post("/api/v1/books", BOOK, HTTP_IDEMPOTENCY_KEY="one")
    assert response.status_code == 401
    assert not Book.objects.exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("path", "place"), [("/api/v1/auth/token", auth_view), ("/login", tutorial_views)]
)
def test_a_login_to_an_account_that_is_gone_is_401(
    ada: User, deleted_meanwhile: Arrange, path: str, place: Any
) -> None:
    basic = "Basic " + base64.b64encode(f"ada:{PASSWORD}".encode()).decode()
    deleted_meanwhile(place, "session_open")
    response = ConformingClient().post(path, HTTP_AUTHORIZATION=basic)
    assert response.status_code == 401
    assert not LoginSession.objects.exists()


def test_a_second_deletion_at_once_is_401(
    ada: User, client_of: ClientOf, deleted_meanwhile: Arrange
) -> None:
    client = client_of(ada)
    deleted_meanwhile(deletion, "require_another_admin")
    response = delete(client)
    assert response.status_code == 401
    assert response.json()["code"] == "token_invalid"


def test_a_new_name_for_an_account_that_is_gone_is_401(
    ada: User, client_of: ClientOf, deleted_meanwhile: Arrange
) -> None:
    client = client_of(ada)
    deleted_meanwhile(services, "require_same_epoch")
    assert client.patch(ME, {"name": "lovelace", "current_password": PASSWORD}).status_code == 401


def test_what_an_admin_does_to_an_account_that_is_gone_is_404(
    ada: User, boss: User, client_of: ClientOf, deleted_meanwhile: Arrange
) -> None:
    client, path = client_of(boss), f"/api/v1/users/{ada.public_id}"
    deleted_meanwhile(services, "require_another_admin")
    assert client.patch(path, {"is_active": False}).status_code == 404


def test_signing_out_someone_who_is_gone_is_404(
    ada: User, boss: User, client_of: ClientOf, deleted_meanwhile: Arrange
) -> None:
    client, path = client_of(boss), f"/api/v1/users/{ada.public_id}/sessions"
    deleted_meanwhile(sessions_view, "sessions_revoke")
    assert client.delete(path).status_code == 404
