"""Replacing SECRET_KEY ends nothing, as long as SECRET_KEY_FALLBACKS has the former key."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.models import FreedName, LoginSession, User
from accounts.services.email_confirmation import email_token
from accounts.services.password_reset import reset_token
from books.models import Book
from conftest import PASSWORD
from tests.client import ConformingClient

pytestmark = pytest.mark.django_db

API = "/api/v1"
ME = f"{API}/users/me"
NEW = "the next key, of more than thirty-two bytes"
NEWER = "the key after that, of more than 32 bytes too"
BOOK = {"name": "Middlemarch", "author": "George Eliot"}

Rotate = Callable[..., None]
ClientOf = Callable[[User], ConformingClient]


@pytest.fixture
def rotate(settings: Any) -> Rotate:
    """Replace the key as settings.py does, without or with a list of former keys."""

    def replace(*, is_kept: bool = True, key: str = NEW) -> None:
        former = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS] if is_kept else []
        settings.SECRET_KEY = settings.JWT_SIGNING_KEY = key
        settings.SECRET_KEY_FALLBACKS = settings.JWT_FORMER_KEYS = former

    return replace


@pytest.fixture(params=["rotated", "rotated twice", "dropped"])
def is_kept(request: pytest.FixtureRequest) -> bool:
    """Whether the former key is kept; `change` replaces the key in that way."""
    return bool(request.param != "dropped")


@pytest.fixture
def change(request: pytest.FixtureRequest, is_kept: bool, rotate: Rotate) -> Callable[[], None]:
    def replace() -> None:
        rotate(is_kept=is_kept)
        if "twice" in request.node.name:
            rotate(key=NEWER)

    return replace


def log_in() -> Any:
    body = {"name": "ada", "password": PASSWORD}
    return ConformingClient().post(f"{API}/auth/token", body).json()


def status_with(access: str) -> int:
    status: int = ConformingClient(HTTP_AUTHORIZATION=f"Bearer {access}").get(ME).status_code
    return status


def test_tokens(ada: User, is_kept: bool, change: Callable[[], None]) -> None:
    tokens = log_in()
    assert status_with(tokens["access"]) == 200
    change()
    assert status_with(tokens["access"]) == (200 if is_kept else 401)
    answer = ConformingClient().post(f"{API}/auth/token/refresh", {"refresh": tokens["refresh"]})
    assert answer.status_code == (200 if is_kept else 401)
    if is_kept:
        assert status_with(answer.json()["access"]) == 200
    # The new key signs.
    assert status_with(log_in()["access"]) == 200


def test_a_token_with_another_signature_is_refused_all_the_same(ada: User, rotate: Rotate) -> None:
    rotate()
    signed, _, signature = log_in()["access"].rpartition(".")
    made_up = ("", signature[::-1], signature[:-1], f"{signature}=", "A" * len(signature))
    assert {status_with(f"{signed}.{each}") for each in made_up} == {401}


def test_tokens_with_a_key_of_their_own(ada: User, settings: Any) -> None:
    settings.JWT_SIGNING_KEY = "a key of the tokens alone, of 32 bytes"
    access = log_in()["access"]
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], NEW
    assert status_with(access) == 200


def test_browsers(
    ada: User,
    bob: User,
    is_kept: bool,
    change: Callable[[], None],
    session_of: Callable[[User], Client],
) -> None:
    browser = session_of(ada)
    browser.get("/")
    key, token = browser.cookies["sessionid"].value, browser.cookies["csrftoken"].value
    change()
    page = browser.get(ME, headers={"accept": "application/json"})
    assert page.status_code == (200 if is_kept else 401)
    if is_kept:
        # The same cookie: a parallel request of the browser has no other.
        assert "sessionid" not in page.cookies
        form = {"csrfmiddlewaretoken": token, **BOOK}
        assert browser.post(f"{API}/books", form).status_code == 201
        assert browser.cookies["sessionid"].value == key
        assert LoginSession.objects.filter(revoked_at=None).count() == 1


@pytest.fixture
def session_of() -> Callable[[User], Client]:
    """Return a browser with a session of the given user; it must send CSRF tokens."""

    def browser(user: User) -> Client:
        client = Client(enforce_csrf_checks=True)
        client.force_login(user)
        return client

    return browser


def test_cursors_of_lists(
    ada: User, is_kept: bool, change: Callable[[], None], client_of: ClientOf
) -> None:
    for number in range(3):
        book = {**BOOK, "name": f"b{number}"}
        assert client_of(ada).post(f"{API}/books", book).status_code == 201
    before = client_of(ada)
    following = before.get(f"{API}/books?limit=2&ordering=name").json()["next"]
    since = before.get(f"{API}/books/changes").json()["cursor"]
    events = before.get(f"{ME}/events?limit=2").json()["next"]
    change()
    client = client_of(ada)
    answer = client.get(following)
    expected = 200 if is_kept else 400
    assert answer.status_code == expected
    if is_kept:
        assert [book["name"] for book in answer.json()["results"]] == ["b2"]
    assert client.get(f"{API}/books/changes?since={since}").status_code == expected
    assert client.get(events).status_code == expected


def test_a_password_reset(ada: User, is_kept: bool, change: Callable[[], None]) -> None:
    token = reset_token(ada)
    change()
    body = {"token": token, "new_password": "amber-Compass-31"}
    answers = [ConformingClient().post(f"{API}/auth/password-reset/confirm", body) for _ in "12"]
    assert [each.status_code for each in answers] == [200 if is_kept else 403, 403]


def test_a_confirmation_of_an_address(
    ada: User, is_kept: bool, change: Callable[[], None], client_of: ClientOf
) -> None:
    token = email_token(ada, "lovelace@example.org")
    change()
    client = client_of(ada)
    answers = [client.post(f"{ME}/email/confirm", {"token": token}) for _ in "12"]
    assert [each.status_code for each in answers] == [204 if is_kept else 403, 403]


def test_a_reserved_name(
    ada: User, bob: User, is_kept: bool, change: Callable[[], None], client_of: ClientOf
) -> None:
    body = {"name": "lovelace", "current_password": PASSWORD}
    assert client_of(ada).patch(ME, body).status_code == 200
    change()
    answer = client_of(bob).patch(ME, {"name": "ADA", "current_password": PASSWORD})
    assert answer.status_code == (409 if is_kept else 200)
    if is_kept:
        body = {"name": "ada", "current_password": PASSWORD}
        assert client_of(ada).patch(ME, body).status_code == 200


def test_a_name_that_is_given_up_again_has_one_reservation(
    ada: User, rotate: Rotate, client_of: ClientOf
) -> None:
    for name in ("lovelace", "ada", "lovelace"):
        body = {"name": name, "current_password": PASSWORD}
        assert client_of(ada).patch(ME, body).status_code == 200
        rotate(key=f"{name} is in this key of thirty-two bytes")
    # Of "ada" and of "lovelace".
    assert FreedName.objects.count() == 2


def test_an_idempotency_key(ada: User, change: Callable[[], None], client_of: ClientOf) -> None:
    headers = {"idempotency_key": "8e03978e-40d5-43dd-bc93-6894a57f9324"}
    first = client_of(ada).post(f"{API}/books", BOOK, headers=headers)
    change()
    again = client_of(ada).post(f"{API}/books", BOOK, headers=headers)
    assert (again.status_code, again.content) == (201, first.content)
    assert Book.objects.count() == 1


def test_a_preview_of_the_admin(boss: User, rotate: Rotate) -> None:
    browser = Client()
    browser.force_login(boss)
    file = SimpleUploadedFile("books.csv", b"name,author\nMiddlemarch,George Eliot\n")
    sent = browser.post("/admin/books/book/import/", {"file": file, "owner": "boss"})
    address = sent.headers["Location"]
    digest = browser.get(address).context["job"].digest
    rotate()
    assert browser.post(address, {"button": "import", "digest": digest}).status_code == 302
    assert Book.objects.get().name == "Middlemarch"


def test_an_api_token(ada: User, change: Callable[[], None], client_of: ClientOf) -> None:
    body = {"name": "job", "scopes": ["books:read"], "expires_in_days": 9}
    made = client_of(ada).post(f"{ME}/tokens", {**body, "current_password": PASSWORD}).json()
    change()
    client = ConformingClient(HTTP_AUTHORIZATION=f"Bearer {made['token']}")
    assert client.get(f"{API}/books").status_code == 200
