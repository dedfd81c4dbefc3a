"""The form of a page, which its sender holds back until their session or their rights have ended.

Only a form that is too long for a stranger makes the server ask who sends it before it is read.
"""

import json
import re
from collections.abc import Callable
from html import unescape
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client

from accounts.models import AuthEvent, Passkey, User
from accounts.tests.attacks.test_held_requests import end_session_of
from accounts.tests.held import Held
from accounts.tests.pages import PROOF
from accounts.tests.test_passkey_pages import ADD, NEW, options_in
from accounts.tests.test_proof_pages import FORMS, Form
from accounts.tests.test_proof_pages import state as state_of
from bookstore_project.http.content_length import STRANGERS_MAXIMUM
from tests.passkey_authenticator import Device

pytestmark = pytest.mark.django_db

TOKEN = {"csrfmiddlewaretoken": "a" * 32}

each_length = pytest.mark.parametrize("padding", [0, STRANGERS_MAXIMUM], ids=["short", "long"])


def browser_of(user: User) -> Client:
    """Return a browser in which the user is signed in, whose forms need their CSRF token."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(user)
    client.cookies["csrftoken"] = TOKEN["csrfmiddlewaretoken"]
    return client


def send_held(
    client: Client,
    path: str,
    fields: dict[str, str],
    *,
    padding: int,
    meanwhile: Callable[[], object],
) -> Any:
    """Send a form that is held back until `meanwhile` has run."""
    content = urlencode({**fields, **TOKEN, "padding": "x" * padding}).encode()
    held = Held(content, meanwhile=meanwhile)
    sent: Any = {
        "wsgi.input": held,
        "CONTENT_LENGTH": str(len(content)),
        "CONTENT_TYPE": "application/x-www-form-urlencoded",
    }
    answer = client.generic("POST", path, **sent)
    assert held.tell() == len(content)
    return answer


@each_length
@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_it_changes_nothing_after_its_session(form: Form, padding: int, ada: User) -> None:
    if not form.without:
        return
    client, before = browser_of(ada), state_of(ada)
    sent = {**form.sent, **PROOF}
    answer = send_held(
        client, form.path, sent, padding=padding, meanwhile=lambda: end_session_of(ada)
    )
    assert answer.headers["Location"].startswith("/api/session/login/")
    kinds = AuthEvent.objects.filter(kind="session_revoked").count()
    assert (kinds, state_of(ada)[0], state_of(ada)[2:]) == (1, before[0], before[2:])


@each_length
def test_it_adds_no_passkey_after_its_session(padding: int, ada: User) -> None:
    """The passkey of a thief would sign in by itself, long after the session."""
    client = browser_of(ada)
    options = options_in(client.post(NEW, {"name": "phone", **PROOF, **TOKEN}))
    made = {"name": "phone", "passkey": json.dumps(Device().create(options))}
    send_held(client, ADD, made, padding=padding, meanwhile=lambda: end_session_of(ada))
    assert not Passkey.objects.exists()


def rights_of(client: Client, user: User) -> tuple[str, dict[str, str]]:
    """Return the address of the admin's form about a user, and what makes them an admin."""
    path = f"/admin/accounts/user/{user.pk}/change/"
    page = client.get(path).content.decode()
    hidden = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page)
    fields = {name: unescape(value) for name, value in hidden}
    return path, {**fields, "name": user.name, "admin": "on", "is_active": "on"}


def demote(user: User) -> None:
    User.objects.filter(pk=user.pk).update(admin=False)


@each_length
@pytest.mark.parametrize("end", [end_session_of, demote])
def test_it_makes_nobody_an_admin_after_its_session_or_its_rights(
    end: Callable[[User], None], padding: int, boss: User, bob: User
) -> None:
    client = browser_of(boss)
    path, sent = rights_of(client, bob)
    answer = send_held(client, path, sent, padding=padding, meanwhile=lambda: end(boss))
    assert answer.headers["Location"].startswith("/admin/login/")
    assert not User.objects.get(pk=bob.pk).admin


@each_length
def test_a_form_in_between_which_nothing_happens_is_taken(
    padding: int, boss: User, bob: User
) -> None:
    client = browser_of(boss)
    path, sent = rights_of(client, bob)
    answer = send_held(client, path, sent, padding=padding, meanwhile=lambda: None)
    assert answer.headers["Location"] == "/admin/accounts/user/"
    assert User.objects.get(pk=bob.pk).admin
