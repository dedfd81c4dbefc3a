"""Reads and sends the pages of an account, as a browser does."""

import re
from html import unescape
from typing import Any

from django.test import Client

from accounts.models import User
from accounts.services.browser_use import login_of
from accounts.services.step_up import proof_store
from conftest import PASSWORD

PROOF = {"current_password": PASSWORD}


def browser_of(user: User) -> Client:
    """Return a browser in which the user is signed in, whose forms need no CSRF token."""
    client = Client()
    client.force_login(user)
    return client


def prove_factor(client: Client) -> None:
    """Let the user of a browser have proved their second factor just now."""
    login = login_of(client.session)
    assert login is not None
    proof_store(login, methods=("otp",))


def text_of(response: Any) -> str:
    """Return the text of a page as a person reads it, with one space between words."""
    page = re.sub(r"<(script|style)\b.*?</\1>", "", response.content.decode(), flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())


def error_of(response: Any, field: str) -> str:
    """Return the error that a page ties to a field, and that the field has the focus; or ""."""
    page = response.content.decode()
    control = re.search(rf'<(?:input|select)[^>]*name="{field}"[^>]*>', page)
    error = re.search(rf'id="id_{field}_error">(.*?)</div>', page, re.DOTALL)
    if control is None or error is None:
        return ""
    assert 'aria-invalid="true"' in control[0]
    assert f"id_{field}_error" in control[0]
    assert "autofocus" in control[0]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", error[1])).split())
