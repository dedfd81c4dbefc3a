"""Requests that ask for no proof, whose sender holds the body back until their session has ended.

The body is read before its sender is looked up, or else the sender is looked up again
(bookstore_project/http/held_body.py). That holds for tokens, cookies and API tokens.
"""

import json
import time
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import ApiToken, LoginSession, User
from accounts.origins import Origin
from accounts.services.api_tokens import NewToken, api_token_create
from accounts.services.sessions import session_open
from accounts.tests.attacks.test_held_requests import (
    by_token_and_cookie,
    end_session_of,
    refused,
    signed_in,
)
from accounts.tests.devices import PASSKEYS, device_of, passkey_of
from accounts.tests.held import Held, send_held
from books.models import Book
from books.services.books import book_delete
from bookstore_project.http.content_length import STRANGERS_MAXIMUM
from bookstore_project.http.scopes import WRITE
from tests.tools import require_module

pytestmark = pytest.mark.django_db

BOOKS = "/api/v1/books"
SESSIONS = "/api/v1/auth/sessions"
EMMA = {"name": "Emma", "author": "Jane Austen"}
TUTORIAL = {"Name": "Emma", "Author": "Jane Austen", "Publisher": "Murray", "book_prize": 3}

WRITES = ("create", "replace", "change", "delete", "by ISBN", "batch", "restore")

Sent = tuple[str, str, dict[str, Any]]

# Longer than a stranger may send, so that the sender is looked up first.
each_length = pytest.mark.parametrize("padding", [0, STRANGERS_MAXIMUM], ids=["short", "long"])


def write(name: str, user: User) -> Sent:
    """Return a request that writes books, of which one is there, and one was deleted."""
    kept, gone = (
        Book.objects.create(owner=user, name=name, author="Jane Austen")
        for name in ("Persuasion", "Sanditon")
    )
    book_delete(book=gone, origin=Origin(actor=user))
    path, operations = f"{BOOKS}/{kept.pk}", [{"op": "delete", "id": kept.pk}]
    writes: dict[str, Sent] = {
        "create": ("POST", BOOKS, EMMA),
        "replace": ("PUT", path, EMMA),
        "change": ("PATCH", path, {"name": "Emma"}),
        "delete": ("DELETE", path, {}),
        "by ISBN": ("PUT", f"{BOOKS}/by-isbn/9780141439587", EMMA),
        "batch": ("POST", f"{BOOKS}/batch", {"operations": operations}),
        "restore": ("POST", f"{BOOKS}/{gone.pk}/restore", {}),
    }
    return writes[name]


def stored() -> Any:
    return list(Book.objects.values_list("name", "version", "isbn").order_by("pk"))


def send(client: Client, sent: Sent, *, padding: int = 0, meanwhile: Any = lambda: None) -> Any:
    """Send a JSON body, which is held back until `meanwhile` has run, with spaces after it."""
    method, path, body = sent
    content = json.dumps(body).encode() + b" " * padding
    return send_held(client, method, path, content, meanwhile=meanwhile)


def with_api_token(user: User) -> Client:
    asked = NewToken(name="job", scopes=(WRITE,), days=30)
    _row, token = api_token_create(user=user, asked=asked, origin=Origin(actor=user))
    return Client(headers={"accept": "application/json", "authorization": f"Bearer {token}"})


# --- Books ---------------------------------------------------------------------------------------


@each_length
@by_token_and_cookie
@pytest.mark.parametrize("name", WRITES)
def test_it_writes_no_book_after_its_session(
    name: str, is_browser: bool, padding: int, ada: User
) -> None:
    client, sent = signed_in(ada, is_browser=is_browser), write(name, ada)
    before = stored()
    answer = send(client, sent, padding=padding, meanwhile=lambda: end_session_of(ada))
    assert refused(answer, is_browser=is_browser)
    assert stored() == before


@each_length
@pytest.mark.parametrize("fast", [False, True], ids=["slow path", "fast path"])
def test_it_writes_no_book_after_its_token_has_expired(
    fast: bool, padding: int, ada: User, settings: Any
) -> None:
    """Otherwise a stolen access token is good for as long as its session, in open connections."""
    settings.FAST_PATH = fast
    with require_module("time_machine").travel(time.time(), tick=False) as clock:
        client = signed_in(ada, is_browser=False)
        answer = send(
            client, write("create", ada), padding=padding, meanwhile=lambda: clock.shift(45 * 60)
        )
    assert (answer.status_code, answer.json()["code"]) == (401, "token_expired")
    assert not Book.objects.filter(name=EMMA["name"]).exists()


def test_it_imports_no_book_after_its_token_has_expired(ada: User) -> None:
    """The body of an import is not read before its sender is looked up, be it short or long."""
    content = b"title,author\n" + b"Emma,Jane Austen\n" * STRANGERS_MAXIMUM
    with require_module("time_machine").travel(time.time(), tick=False) as clock:
        client = signed_in(ada, is_browser=False)
        environ: Any = {
            "wsgi.input": Held(content, meanwhile=lambda: clock.shift(45 * 60)),
            "CONTENT_LENGTH": str(len(content)),
            "CONTENT_TYPE": "text/csv",
        }
        answer = client.generic("POST", f"{BOOKS}/import", **environ)
    assert (answer.status_code, answer.json()["code"]) == (401, "token_expired")
    assert not Book.objects.exists()


@each_length
@pytest.mark.parametrize("name", WRITES)
def test_it_writes_no_book_after_its_api_token(name: str, padding: int, ada: User) -> None:
    client, sent = with_api_token(ada), write(name, ada)
    before = stored()
    answer = send(client, sent, padding=padding, meanwhile=ApiToken.objects.all().delete)
    assert refused(answer, is_browser=False)
    assert stored() == before


@each_length
@by_token_and_cookie
def test_it_changes_no_book_of_others_after_the_right_to(
    is_browser: bool, padding: int, ada: User, bob: User
) -> None:
    User.objects.filter(pk=ada.pk).update(editor=True)
    ada.refresh_from_db()
    client, sent = signed_in(ada, is_browser=is_browser), write("change", bob)
    before = stored()
    rows = User.objects.filter(pk=ada.pk)
    answer = send(client, sent, padding=padding, meanwhile=lambda: rows.update(editor=False))
    assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied")
    assert stored() == before


@each_length
@pytest.mark.parametrize("sent", [("POST", "/book", TUTORIAL), ("POST", "/books", TUTORIAL)])
def test_the_tutorials_routes_store_none_either(sent: Sent, padding: int, ada: User) -> None:
    client = signed_in(ada, is_browser=False)
    answer = send(client, sent, padding=padding, meanwhile=lambda: end_session_of(ada))
    assert answer.status_code == 401
    assert not Book.objects.exists()


@each_length
@by_token_and_cookie
@pytest.mark.parametrize("name", WRITES)
def test_without_anything_in_between_it_is_done(
    name: str, is_browser: bool, padding: int, ada: User
) -> None:
    client, sent = signed_in(ada, is_browser=is_browser), write(name, ada)
    before = stored()
    assert send(client, sent, padding=padding).status_code in (200, 201, 204)
    assert stored() != before


def test_a_form_of_the_browsable_api_stores_no_book_after_its_session(ada: User) -> None:
    """The check of the CSRF token reads a form before the view does."""
    client = Client(enforce_csrf_checks=True, headers={"accept": "application/json"})
    client.force_login(ada)
    client.cookies["csrftoken"] = "a" * 32
    for padding in (0, STRANGERS_MAXIMUM):
        LoginSession.objects.all().delete()
        client.force_login(ada)
        fields = {**EMMA, "csrfmiddlewaretoken": "a" * 32, "padding": "x" * padding}
        content = "".join(
            f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
            for name, value in fields.items()
        )
        body = f"{content}--b--\r\n".encode()
        held = Held(body, meanwhile=lambda: end_session_of(ada))
        environ: Any = {
            "wsgi.input": held,
            "CONTENT_LENGTH": str(len(body)),
            "CONTENT_TYPE": "multipart/form-data; boundary=b",
        }
        answer = client.generic("POST", BOOKS, **environ)
        assert refused(answer, is_browser=True)
        assert not Book.objects.exists()


# --- Sessions and passkeys -----------------------------------------------------------------------


@by_token_and_cookie
def test_it_ends_no_other_session_after_its_own(is_browser: bool, ada: User) -> None:
    client = signed_in(ada, is_browser=is_browser)
    own = LoginSession.objects.get(user=ada)
    other = session_open(user=ada, origin=Origin(actor=ada))

    def end_own() -> None:
        LoginSession.objects.filter(pk=own.pk).delete()

    answer = send(client, ("DELETE", SESSIONS, {}), meanwhile=end_own)
    assert refused(answer, is_browser=is_browser)
    assert LoginSession.objects.live().filter(pk=other.pk).exists()


@by_token_and_cookie
def test_it_renames_no_passkey_after_its_session(is_browser: bool, ada: User) -> None:
    passkey = passkey_of(device_of(ada))
    client = signed_in(ada, is_browser=is_browser)
    sent = ("PATCH", f"{PASSKEYS}/{passkey.pk}", {"name": "gone"})
    answer = send(client, sent, meanwhile=lambda: end_session_of(ada))
    assert refused(answer, is_browser=is_browser)
    passkey.refresh_from_db()
    assert passkey.name == "phone"


# --- What it costs -------------------------------------------------------------------------------


def queries_of(client: Client, *, padding: int) -> int:
    body = json.dumps(EMMA) + " " * padding
    with CaptureQueriesContext(connection) as queries:
        answer = client.post(BOOKS, body, content_type="application/json")
    assert answer.status_code == 201
    Book.objects.all().delete()
    return len(queries)


def test_a_long_body_costs_one_query_more(ada: User) -> None:
    client = signed_in(ada, is_browser=False)
    short = queries_of(client, padding=0)
    assert queries_of(client, padding=STRANGERS_MAXIMUM) == short + 1


def test_a_long_body_with_a_cookie_of_nobody_is_not_read() -> None:
    client = Client(headers={"accept": "application/json"})
    client.cookies["sessionid"] = "a" * 32
    held = Held(b"{}", meanwhile=lambda: pytest.fail("The body was read."))
    length = str(STRANGERS_MAXIMUM + 1)
    environ: Any = {"wsgi.input": held, "CONTENT_LENGTH": length, "CONTENT_TYPE": "text/plain"}
    assert client.generic("POST", BOOKS, **environ).status_code == 401


def test_the_body_of_a_made_up_token_is_not_read(ada: User) -> None:
    client = Client(headers={"authorization": "Bearer eyJhbGciOiJIUzI1NiJ9.e30.c2ln"})
    held = Held(b"{}", meanwhile=lambda: pytest.fail("The body was read."))
    environ: Any = {"wsgi.input": held, "CONTENT_LENGTH": "2", "CONTENT_TYPE": "application/json"}
    assert client.generic("POST", BOOKS, **environ).status_code == 401
